using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Shards;

/// <summary>
/// What takes to read a whole shard is kept beside it, in its folder's "order": magic (8), SHA-256 of the tokens (32),
/// what it is of (8), entries (8), the entries, SHA-256 of all before (32), little-endian. A file that is damaged or
/// another shard's is made anew.
/// </summary>
internal static class ShardIndex
{
    private const int HeaderBytes = 56;

    private static ReadOnlySpan<byte> Magic => "SLORDER1"u8;

    /// <summary>The entries as they are kept, or else as they are found, and then kept.</summary>
    /// <param name="shard">Whose they are.</param>
    /// <param name="what">Their kind and what they are of: the file is SHARD.OF of the kind "order", else
    /// SHARD.OF.KIND.</param>
    /// <param name="find">Reads them from the shard.</param>
    public static T[] Kept<T>(TokenShard shard, (string Kind, long Of) what, Func<T[]> find) where T : unmanaged
    {
        var name = $"{Path.GetFileName(shard.Path)}.{what.Of}{(what.Kind == "order" ? "" : $".{what.Kind}")}";
        var path = Path.Combine(Path.GetDirectoryName(shard.Path)!, "order", name);
        if (Read<T>(path, shard, what.Of) is { } kept) return kept;
        var found = find();
        Write(path, shard, what.Of, found);
        return found;
    }

    private static T[]? Read<T>(string path, TokenShard shard, long of) where T : unmanaged
    {
        try
        {
            if (!File.Exists(path)) return null;
            using var file = InputFile.Open(path, FileKind.State);
            var bytes = new byte[file.Length].AsSpan();
            file.ReadExactly(bytes);
            var end = bytes.Length - SHA256.HashSizeInBytes;
            var entries = (end - HeaderBytes) / Unsafe.SizeOf<T>();
            if (end < HeaderBytes || !bytes[..HeaderBytes].SequenceEqual(Header(shard, of, entries))
                || !SHA256.HashData(bytes[..end]).AsSpan().SequenceEqual(bytes[end..])) return null;
            return MemoryMarshal.Cast<byte, T>(bytes[HeaderBytes..end]).ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Write<T>(string path, TokenShard shard, long of, T[] entries) where T : unmanaged
    {
        var beside = $"{path}.{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            byte[] bytes = [.. Header(shard, of, entries.Length), .. MemoryMarshal.AsBytes<T>(entries)];
            File.WriteAllBytes(beside, [.. bytes, .. SHA256.HashData(bytes)]);
            File.Move(beside, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that only reads, or a full disk: the next reads the shard again.
        }
    }

    private static byte[] Header(TokenShard shard, long of, long entries)
    {
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        Convert.FromHexString(shard.TokensHash).CopyTo(header, 8);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(40), of);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(48), entries);
        return header;
    }
}
