using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ScalingLab.Data.Shards;

/// <summary>
/// The first 192 bytes of a token file, little-endian: magic (8), version (4), bytes a token (4), vocabulary (4),
/// unused (4), tokens (8), text bytes (8), tokenizer hash (32), corpus hash (32), SHA-256 of the tokens (32), zeros,
/// SHA-256 of all before (32).</summary>
internal sealed record TokenShardHeader(
    int BytesPerToken, int Vocabulary, long Tokens, long TextBytes, string TokenizerHash, string CorpusHash,
    string TokensHash)
{
    public const int Length = 192;
    public const int CurrentVersion = 1;

    private const int HashBytes = 32;

    private static ReadOnlySpan<byte> Magic => "SLTOKENS"u8;

    /// <summary>Two bytes hold the numbers 0 to 65535.</summary>
    public static int WidthFor(int vocabulary) => vocabulary <= ushort.MaxValue + 1 ? sizeof(ushort) : sizeof(uint);

    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        var span = bytes.AsSpan();
        Magic.CopyTo(span);
        BinaryPrimitives.WriteInt32LittleEndian(span[8..], CurrentVersion);
        BinaryPrimitives.WriteInt32LittleEndian(span[12..], BytesPerToken);
        BinaryPrimitives.WriteInt32LittleEndian(span[16..], Vocabulary);
        BinaryPrimitives.WriteInt64LittleEndian(span[24..], Tokens);
        BinaryPrimitives.WriteInt64LittleEndian(span[32..], TextBytes);
        Convert.FromHexString(TokenizerHash).CopyTo(span[40..]);
        Convert.FromHexString(CorpusHash).CopyTo(span[72..]);
        Convert.FromHexString(TokensHash).CopyTo(span[104..]);
        SHA256.HashData(span[..^HashBytes], span[^HashBytes..]);
        return bytes;
    }

    /// <param name="fileBytes">Length of the whole file, which must fit what the header says.</param>
    /// <exception cref="DataException">Not a token file, of another version, cut short or damaged.</exception>
    public static TokenShardHeader Parse(ReadOnlySpan<byte> bytes, string path, long fileBytes)
    {
        if (bytes.Length < Length || !bytes.StartsWith(Magic))
            throw new DataException(
                $"{path}: not a token file (its first bytes are not SLTOKENS): prepare the data again.");
        if (BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]) is not CurrentVersion and var version)
        {
            throw new DataException(
                $"{path}: token file version {version}; this program reads version "
                    + $"{CurrentVersion}: prepare the data again.");
        }
        Span<byte> hash = stackalloc byte[HashBytes];
        SHA256.HashData(bytes[..(Length - HashBytes)], hash);
        if (!hash.SequenceEqual(bytes[(Length - HashBytes)..Length]))
            throw new DataException(
                $"{path}: the header does not fit its checksum: the file is damaged; prepare the data again.");
        var header = new TokenShardHeader(
            BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
            Convert.ToHexStringLower(bytes.Slice(40, HashBytes)), Convert.ToHexStringLower(bytes.Slice(72, HashBytes)),
            Convert.ToHexStringLower(bytes.Slice(104, HashBytes)));
        if (header.Vocabulary < 1 || header.BytesPerToken != WidthFor(header.Vocabulary) || header.Tokens < 0
            || header.TextBytes < 0)
        {
            throw new DataException(
                $"{path}: its header says {header.Tokens} tokens of {header.BytesPerToken} bytes each, out of a "
                    + $"vocabulary of {header.Vocabulary}, "
                + $"for {header.TextBytes} bytes of text, which cannot be: prepare the data again.");
        }
        var holds = (fileBytes - Length) / header.BytesPerToken;
        if (header.Tokens != holds || (fileBytes - Length) % header.BytesPerToken != 0)
        {
            throw new DataException(
                $"{path}: its header says {header.Tokens} tokens, and its length is that of {holds}: the file is cut "
                    + "short; prepare the data again.");
        }
        return header;
    }
}
