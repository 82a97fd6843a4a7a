using ScalingLab.Data.Tokenizers;

namespace ScalingLab.Data.Shards;

/// <summary>
/// The first so many tokens of a shard whose documents are ordered by the hash of their text: a fair sample of
/// documents, the last of them cut. Smaller subsets are the beginning of larger ones, whatever the shard's own order,
/// so that runs on more unique text have seen all that runs on less have (as the subsets of Muennighoff et al. 2023,
/// arXiv 2305.16264, section 4, do). Does not own the shard.
/// </summary>
public sealed class TokenSubset : TokenText
{
    private readonly TokenShard _shard;
    private readonly long[] _starts;
    private readonly long[] _ends;

    private TokenSubset(TokenShard shard, long[] starts, long[] ends) =>
        (_shard, _starts, _ends) = (shard, starts, ends);

    public override string Path => _shard.Path;

    public override long Tokens => _ends[^1];

    /// <summary>Documents, the cut one included.</summary>
    public int Documents => _ends.Length;

    /// <summary>Takes to read the shard once, to hash its documents.</summary>
    /// <param name="tokenizer">The shard's.</param>
    /// <param name="tokens">At least 1.</param>
    /// <param name="within">Only documents among the shard's first so many tokens are taken, which end with a document:
    /// those that are no copies.</param>
    /// <param name="keep">Whether their order is kept beside the shard, and taken from there.</param>
    /// <exception cref="DataException">There are fewer tokens than that.</exception>
    public static TokenSubset First(
        TokenShard shard, Tokenizer tokenizer, long tokens, long within, bool keep = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(within, shard.Tokens);
        if (tokens > within)
            throw new DataException($"{shard.Path}: {tokens:N0} unique tokens are asked for; the training text has "
                + $"{within:N0}.");
        var documents = keep ? DocumentOrder.Kept(shard, tokenizer, within)
            : DocumentOrder.Of(shard, tokenizer, within);
        var (starts, ends, total) = (new List<long>(), new List<long>(), 0L);
        foreach (var (_, start, length) in documents)
        {
            if (total == tokens) break;
            total += Math.Min(length, tokens - total);
            starts.Add(start);
            ends.Add(total);
        }
        return new(shard, [.. starts], [.. ends]);
    }

    /// <inheritdoc/>
    internal override long[] DocumentEnds(int endOfDocument) => _ends;

    public override void Read(long start, Span<long> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Tokens - tokens.Length);
        var found = Array.BinarySearch(_ends, start + 1);
        for (var document = found >= 0 ? found : ~found; tokens.Length > 0; document++)
        {
            var begin = document == 0 ? 0 : _ends[document - 1];
            var part = (int)Math.Min(tokens.Length, _ends[document] - start);
            _shard.Read(_starts[document] + (start - begin), tokens[..part]);
            tokens = tokens[part..];
            start += part;
        }
    }
}
