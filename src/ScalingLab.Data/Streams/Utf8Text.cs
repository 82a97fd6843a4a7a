using System.Text;
using System.Text.Unicode;

namespace ScalingLab.Data.Streams;

/// <summary>Bytes that should be UTF-8, as text.</summary>
public static class Utf8Text
{
    /// <summary>
    /// The text, each maximal invalid sequence replaced by U+FFFD, and how many those were (Unicode 15, section 3.9).
    /// </summary>
    public static (string Text, long Replaced) Decode(ReadOnlySpan<byte> bytes) =>
        (Encoding.UTF8.GetString(bytes), InvalidSequences(bytes));

    /// <summary>How many maximal sequences are no UTF-8; none in UTF-16 with a byte order mark.</summary>
    public static long InvalidSequences(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes) || bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]) return 0;
        long invalid = 0;
        while (bytes.Length > 0)
        {
            if (Rune.DecodeFromUtf8(bytes, out _, out var used) != System.Buffers.OperationStatus.Done) invalid++;
            bytes = bytes[used..];
        }
        return invalid;
    }
}
