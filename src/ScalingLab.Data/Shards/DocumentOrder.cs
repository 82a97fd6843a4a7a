using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Shards;

/// <summary>A document of a shard.</summary>
/// <param name="Place">The hash of its text, by which documents are ordered.</param>
/// <param name="Start">Its first token.</param>
/// <param name="Length">Its tokens, the end of document included.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct DocumentPlace(ulong Place, long Start, long Length);

/// <summary>
/// The documents of a shard in the order of their texts' hashes, which takes to read all of it and is therefore kept
/// beside it: magic (8), SHA-256 of the tokens (32), tokens looked at (8), documents (8), 24 bytes each, SHA-256 of all
/// before (32), little-endian. A file that is damaged or another shard's is made anew.
/// </summary>
internal static class DocumentOrder
{
    private const int ChunkTokens = 1 << 16;
    private const int HeaderBytes = 56;

    private static ReadOnlySpan<byte> Magic => "SLORDER1"u8;

    /// <summary>The documents among the shard's first so many tokens, in order; kept for the next.</summary>
    public static DocumentPlace[] Kept(TokenShard shard, Tokenizer tokenizer, long within)
    {
        var path = Path.Combine(
            Path.GetDirectoryName(shard.Path)!, "order", $"{Path.GetFileName(shard.Path)}.{within}");
        if (Read(path, shard, within) is { } kept) return kept;
        var found = Of(shard, tokenizer, within);
        Write(path, shard, within, found);
        return found;
    }

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

    private static DocumentPlace[]? Read(string path, TokenShard shard, long within)
    {
        try
        {
            if (!File.Exists(path)) return null;
            using var file = InputFile.Open(path, FileKind.State);
            var bytes = new byte[file.Length].AsSpan();
            file.ReadExactly(bytes);
            var end = bytes.Length - SHA256.HashSizeInBytes;
            var documents = (end - HeaderBytes) / Unsafe.SizeOf<DocumentPlace>();
            if (end < HeaderBytes || !bytes[..HeaderBytes].SequenceEqual(Header(shard, within, documents))
                || !SHA256.HashData(bytes[..end]).AsSpan().SequenceEqual(bytes[end..])) return null;
            return MemoryMarshal.Cast<byte, DocumentPlace>(bytes[HeaderBytes..end]).ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Write(string path, TokenShard shard, long within, DocumentPlace[] documents)
    {
        var beside = $"{path}.{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            byte[] bytes =
                [.. Header(shard, within, documents.Length), .. MemoryMarshal.AsBytes<DocumentPlace>(documents)];
            File.WriteAllBytes(beside, [.. bytes, .. SHA256.HashData(bytes)]);
            File.Move(beside, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that only reads, or a full disk: the next reads the shard again.
        }
    }

    private static byte[] Header(TokenShard shard, long within, long documents)
    {
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        Convert.FromHexString(shard.TokensHash).CopyTo(header, 8);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(40), within);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(48), documents);
        return header;
    }
}
