using ScalingLab.Data.Shards;

namespace ScalingLab.Data.Batches;

/// <summary>A fixed validation set: windows of a context's length, the same for every run on the same data.</summary>
public abstract class EvaluationWindows
{
    private protected EvaluationWindows(int context, long windows) => (Context, Windows) = (context, windows);

    public long Windows { get; }

    public int Context { get; }

    /// <summary>Target tokens in all windows.</summary>
    public long Tokens => Windows * Context;

    /// <summary>UTF-8 bytes of a token on average; null where tokens stand for no text.</summary>
    public abstract double? BytesPerToken { get; }

    /// <summary>Fills inputs and targets, each [windows, context], with windows firstWindow onwards.</summary>
    public void Read(long firstWindow, int windows, Span<long> inputs, Span<long> targets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstWindow);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstWindow, Windows - windows);
        TokenWindows.CheckLength(windows, Context, inputs, targets);
        for (var i = 0; i < windows; i++)
        {
            var row = i * Context;
            Read(firstWindow + i, inputs.Slice(row, Context), targets.Slice(row, Context));
        }
    }

    /// <summary>Fills inputs and targets, each [context], with one window.</summary>
    private protected abstract void Read(long window, Span<long> inputs, Span<long> targets);
}
