using ScalingLab.Data.Shards;

namespace ScalingLab.Data.Batches;

/// <summary>The first windows of a shard, in order. Does not own the shard.</summary>
public sealed class ShardWindows : EvaluationWindows
{
    private readonly TokenShard _shard;

    /// <param name="tokens">How many target tokens are wanted: as many whole windows as that holds (at least one, at
    /// most all).</param>
    /// <exception cref="DataException">The shard has fewer than context + 1 tokens.</exception>
    public ShardWindows(TokenShard shard, int context, long tokens)
        : base(context, Math.Clamp(AtLeastOne(tokens) / context, 1, TokenWindows.Count(shard, context))) =>
        _shard = shard;

    /// <summary>Ends of documents included, averaged over the whole shard (not these windows alone).</summary>
    public override double? BytesPerToken => (double)_shard.TextBytes / _shard.Tokens;

    private protected override void Read(long window, Span<long> inputs, Span<long> targets) =>
        TokenWindows.Read(_shard, Context, window, inputs, targets);

    private static long AtLeastOne(long tokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        return tokens;
    }
}
