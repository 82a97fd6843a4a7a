using System.Security.Cryptography;
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
    private const int ChunkTokens = 1 << 16;

    private readonly TokenShard _shard;
    private readonly long[] _starts;
    private readonly long[] _ends;

    private TokenSubset(TokenShard shard, long[] starts, long[] ends) =>
        (_shard, _starts, _ends) = (shard, starts, ends);

    public override string Path => _shard.Path;

    public override long Tokens => _ends[^1];

    /// <summary>Documents, the cut one included.</summary>
    public int Documents => _ends.Length;

    /// <summary>Reads the shard once to hash its documents.</summary>
    /// <param name="tokenizer">The shard's.</param>
    /// <param name="tokens">At least 1.</param>
    /// <param name="within">Only documents among the shard's first so many tokens are taken, which end with a document:
    /// those that are no copies.</param>
    /// <exception cref="DataException">There are fewer tokens than that.</exception>
    public static TokenSubset First(TokenShard shard, Tokenizer tokenizer, long tokens, long within)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(within, shard.Tokens);
        if (tokens > within)
            throw new DataException($"{shard.Path}: {tokens:N0} unique tokens are asked for; the training text has "
                + $"{within:N0}.");
        var documents = DocumentPlaces(shard, tokenizer, within);
        documents.Sort((a, b) => a.Place != b.Place ? a.Place.CompareTo(b.Place) : a.Start.CompareTo(b.Start));
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

    private static List<(ulong Place, long Start, long Length)> DocumentPlaces(TokenShard shard, Tokenizer tokenizer,
        long within)
    {
        var documents = new List<(ulong, long, long)>();
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (chunk, text, digest) = (new long[ChunkTokens], new List<byte>(), new byte[SHA256.HashSizeInBytes]);
        long begin = 0;
        for (long at = 0; at < within; at += ChunkTokens)
        {
            var read = chunk.AsSpan(0, (int)Math.Min(ChunkTokens, within - at));
            shard.Read(at, read);
            for (var i = 0; i < read.Length; i++)
            {
                if (read[i] != tokenizer.EndOfDocument)
                {
                    text.AddRange(tokenizer.Bytes((int)read[i]));
                    continue;
                }
                Hash();
                sha.GetHashAndReset(digest);
                documents.Add((ContentHash.SortKey(digest), begin, at + i + 1 - begin));
                begin = at + i + 1;
            }
            Hash();
        }
        return documents;

        void Hash()
        {
            sha.AppendData(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(text));
            text.Clear();
        }
    }
}
