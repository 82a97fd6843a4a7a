using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ScalingLab.Data;

/// <summary>
/// SHA-256 over a sequence of strings, each preceded by its length so that no two sequences read alike.
/// </summary>
internal sealed class ContentHash : IDisposable
{
    private readonly IncrementalHash _sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public ContentHash Add(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, bytes.Length);
        _sha.AppendData(length);
        _sha.AppendData(bytes);
        return this;
    }

    /// <summary>Adds strings that are preceded by their lengths already (<see cref="Frame"/>).</summary>
    public void AddFramed(ReadOnlySpan<byte> frames) => _sha.AppendData(frames);

    /// <summary>Writes a document's name and its text as they are hashed.</summary>
    /// <returns>UTF-8 bytes of the text, which stand last.</returns>
    public static int Frame(string name, string text, ArrayBufferWriter<byte> into)
    {
        Write(name);
        return Write(text);

        int Write(string one)
        {
            var bytes = Encoding.UTF8.GetByteCount(one);
            BinaryPrimitives.WriteInt64LittleEndian(into.GetSpan(sizeof(long)), bytes);
            into.Advance(sizeof(long));
            if (bytes > 0) into.Advance(Encoding.UTF8.GetBytes(one, into.GetSpan(bytes)));
            return bytes;
        }
    }

    public ContentHash Add(long number) => Add(number.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>64 lower-case hexadecimal digits of what has been added so far.</summary>
    public string Hex() => Convert.ToHexStringLower(_sha.GetCurrentHash());

    /// <summary>The first 8 bytes of a text's SHA-256, as a number.</summary>
    public static ulong ToNumber(string text) =>
        ToNumber(Encoding.UTF8.GetBytes(text));

    /// <summary>The same of a text in UTF-8.</summary>
    public static ulong ToNumber(ReadOnlySpan<byte> text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }

    /// <summary>
    /// The place of a text among others that are ordered by chance, the same whatever they are: the second 8 bytes of
    /// its SHA-256, since the first decide whether it is held out.</summary>
    /// <param name="sha256">32 bytes.</param>
    public static ulong SortKey(ReadOnlySpan<byte> sha256) => BinaryPrimitives.ReadUInt64LittleEndian(sha256[8..]);

    public void Dispose() => _sha.Dispose();
}
