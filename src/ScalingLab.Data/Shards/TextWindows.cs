using ScalingLab.Runs;

namespace ScalingLab.Data.Shards;

/// <summary>A text as training sequences of a context's length. Safe to read from several threads at once.</summary>
public abstract class TextWindows
{
    private protected TextWindows(int context) => Context = context;

    /// <summary>Tokens in a window.</summary>
    public int Context { get; }

    /// <summary>Windows in a pass over the text.</summary>
    public abstract long Count { get; }

    /// <summary>Share of the windows' tokens that are the text's own; the rest fills windows up.</summary>
    public abstract double TextShare { get; }

    /// <summary>The windows of a text, which is not owned.</summary>
    /// <param name="packing">How documents become windows.</param>
    /// <param name="endOfDocument">The token that ends each document.</param>
    /// <exception cref="DataException">The text has not one whole window.</exception>
    public static TextWindows Of(TokenText text, int context, Packing packing, int endOfDocument) =>
        packing == Packing.BestFit ? new PackedWindows(text, context, endOfDocument) : new CutWindows(text, context);

    /// <summary>
    /// Fills inputs and targets, each [context], with a window; targets[t] is the token after inputs[t].</summary>
    /// <param name="window">0 to <see cref="Count"/> - 1.</param>
    public abstract void Read(long window, Span<long> inputs, Span<long> targets);
}

/// <summary>Windows one after another, cut wherever they fall (<see cref="TokenWindows"/>).</summary>
internal sealed class CutWindows : TextWindows
{
    private readonly TokenText _text;

    public CutWindows(TokenText text, int context) : base(context) =>
        (_text, Count) = (text, TokenWindows.Count(text, context));

    public override long Count { get; }

    public override double TextShare => 1;

    public override void Read(long window, Span<long> inputs, Span<long> targets) =>
        TokenWindows.Read(_text, Context, window, inputs, targets);
}
