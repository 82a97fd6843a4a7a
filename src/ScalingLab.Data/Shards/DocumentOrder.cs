using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ScalingLab.Data.Tokenizers;

namespace ScalingLab.Data.Shards;

/// <summary>A document of a shard.</summary>
/// <param name="Place">The hash of its text, by which documents are ordered.</param>
/// <param name="Start">Its first token.</param>
/// <param name="Length">Its tokens, the end of document included.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct DocumentPlace(ulong Place, long Start, long Length);

/// <summary>
/// The documents of a shard in the order of their texts' hashes, which takes to read all of it and is therefore kept
/// beside it (<see cref="ShardIndex"/>).
/// </summary>
internal static class DocumentOrder
{
    private const int ChunkTokens = 1 << 16;

    /// <summary>The documents among the shard's first so many tokens, in order; kept for the next.</summary>
    public static DocumentPlace[] Kept(TokenShard shard, Tokenizer tokenizer, long within) =>
        ShardIndex.Kept(shard, ("order", within), () => Of(shard, tokenizer, within));

    /// <summary>The same, read from the shard.</summary>
    public static DocumentPlace[] Of(TokenShard shard, Tokenizer tokenizer, long within)
    {
        var documents = new List<DocumentPlace>();
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
                documents.Add(new(ContentHash.SortKey(digest), begin, at + i + 1 - begin));
                begin = at + i + 1;
            }
            Hash();
        }
        documents.Sort((a, b) => a.Place != b.Place ? a.Place.CompareTo(b.Place) : a.Start.CompareTo(b.Start));
        return [.. documents];

        void Hash()
        {
            sha.AppendData(CollectionsMarshal.AsSpan(text));
            text.Clear();
        }
    }
}
