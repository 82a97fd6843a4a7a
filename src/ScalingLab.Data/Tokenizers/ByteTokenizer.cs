using System.Text;

namespace ScalingLab.Data.Tokenizers;

/// <summary>A token is a byte of UTF-8; 256 is the end of a document. Vocabulary 257.</summary>
public sealed class ByteTokenizer : Tokenizer
{
    /// <summary>The number of values a byte has, which every tokenizer here begins with.</summary>
    internal const int ByteValues = 256;

    internal static readonly byte[] AllBytes = [.. Enumerable.Range(0, ByteValues).Select(value => (byte)value)];

    public ByteTokenizer() : base(ByteValues + 1, ByteValues)
    {
        using var hash = new ContentHash();
        Hash = hash.Add(Kind).Add(Vocabulary).Hex();
    }

    public override string Kind => "bytes";

    public override string Hash { get; }

    public override void Encode(ReadOnlySpan<char> text, List<int> tokens)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        tokens.EnsureCapacity(tokens.Count + bytes.Length);
        foreach (var value in bytes) tokens.Add(value);
    }

    public override ReadOnlySpan<byte> Bytes(int token)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, Vocabulary);
        return token == EndOfDocument ? [] : AllBytes.AsSpan(token, 1);
    }
}
