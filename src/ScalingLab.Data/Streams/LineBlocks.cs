namespace ScalingLab.Data.Streams;

/// <summary>Whole lines in a row, as the bytes that stand in a file.</summary>
/// <param name="Bytes">Their bytes begin it.</param>
/// <param name="Length">How many bytes.</param>
/// <param name="FirstLine">The number of the first line, from 1.</param>
internal sealed record LineBlock(byte[] Bytes, int Length, long FirstLine)
{
    public ReadOnlySpan<byte> Span => Bytes.AsSpan(0, Length);
}

/// <summary>A stream of lines in blocks, so that several threads can each read some.</summary>
internal static class LineBlocks
{
    /// <summary>The stream's lines, in blocks that end with a line; its byte order mark is left out.</summary>
    /// <param name="wanted">Bytes in a block; a longer line has a block of its own.</param>
    /// <exception cref="IOException">A line is longer than a gigabyte, or the stream cannot be read.</exception>
    public static IEnumerable<LineBlock> Read(Stream stream, int wanted)
    {
        var (bytes, line) = (new byte[wanted], 1L);
        var filled = stream.ReadAtLeast(bytes.AsSpan(0, 3), 3, throwOnEndOfStream: false);
        if (bytes.AsSpan(0, filled).StartsWith("\uFEFF"u8)) filled = 0;
        while (true)
        {
            filled += stream.ReadAtLeast(bytes.AsSpan(filled), bytes.Length - filled, throwOnEndOfStream: false);
            var isLast = filled < bytes.Length;
            var end = isLast ? filled : bytes.AsSpan(0, filled).LastIndexOf((byte)'\n') + 1;
            if (end > 0) yield return new(bytes, end, line);
            if (isLast) yield break;
            if (end == 0)
            {
                if (bytes.Length > Array.MaxLength / 2)
                    throw new IOException("a line of more than a gigabyte is no record");
                Array.Resize(ref bytes, bytes.Length * 2);
                continue;
            }
            line += bytes.AsSpan(0, end).Count((byte)'\n');
            var rest = bytes.AsSpan(end, filled - end);
            var next = new byte[Math.Max(wanted, rest.Length)];
            rest.CopyTo(next);
            (bytes, filled) = (next, rest.Length);
        }
    }
}
