using ScalingLab.Data.Shards;

namespace ScalingLab.Data.Batches;

/// <summary>A fixed validation set: the first windows of a shard, in order. Does not own the shard.</summary>
public sealed class EvaluationWindows
{
    private readonly TokenShard _shard;

    /// <param name="tokens">How many target tokens are wanted: as many whole windows as that holds (at least one, at
    /// most all).</param>
    /// <exception cref="DataException">The shard has fewer than context + 1 tokens.</exception>
    public EvaluationWindows(TokenShard shard, int context, long tokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        Windows = Math.Clamp(tokens / context, 1, TokenWindows.Count(shard, context));
        Context = context;
        _shard = shard;
    }

    public long Windows { get; }

    public int Context { get; }

    /// <summary>Target tokens in all windows.</summary>
    public long Tokens => Windows * Context;

    /// <summary>
    /// UTF-8 bytes per token, ends of documents included, averaged over the whole shard (not these windows alone).
    /// </summary>
    public double BytesPerToken => (double)_shard.TextBytes / _shard.Tokens;

    /// <summary>Fills inputs and targets, each [windows, context], with windows firstWindow onwards.</summary>
    public void Read(long firstWindow, int windows, Span<long> inputs, Span<long> targets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstWindow);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstWindow, Windows - windows);
        TokenWindows.CheckLength(windows, Context, inputs, targets);
        for (var i = 0; i < windows; i++)
        {
            var row = i * Context;
            TokenWindows.Read(_shard, Context, firstWindow + i, inputs.Slice(row, Context),
                targets.Slice(row, Context));
        }
    }
}
