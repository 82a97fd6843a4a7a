using System.Runtime.CompilerServices;
using System.Text;

namespace ScalingLab.Runs.Parsing;

/// <summary>Lines of a stream, each of bounded length: a writer gone mad fills no memory.</summary>
public static class BoundedLines
{
    /// <summary>
    /// Reads until the stream ends. A line longer than <paramref name="longest"/> bytes comes as its beginning, marked
    /// as cut; the rest of it is dropped. Bytes that are no UTF-8 come as replacement characters.
    /// </summary>
    /// <param name="stream">Read from where it stands.</param>
    /// <param name="longest">Bytes of a line that are kept.</param>
    /// <param name="most">Bytes after which a line is no longer waited for.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <exception cref="InvalidDataException">A line is longer than <paramref name="most"/>.</exception>
    public static async IAsyncEnumerable<(string Text, bool Cut)> ReadAsync(
        Stream stream, int longest, long most = long.MaxValue,
        [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var buffer = new byte[16 * 1024];
        using var line = new MemoryStream();
        var bytes = 0L;
        while (true)
        {
            var read = await stream.ReadAsync(buffer, cancel);
            if (read == 0) break;
            for (var start = 0; start < read;)
            {
                var end = Array.IndexOf(buffer, (byte)'\n', start, read - start);
                var length = (end < 0 ? read : end) - start;
                line.Write(buffer, start, Math.Min(length, longest - (int)line.Length));
                bytes += length;
                if (bytes > most) throw TooLong(most, "bytes");
                start += length;
                if (end < 0) continue;
                start++;
                yield return Take();
            }
        }
        if (line.Length > 0) yield return Take();

        (string, bool) Take()
        {
            var taken = (Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length).TrimEnd('\r'), bytes > longest);
            line.SetLength(0);
            bytes = 0;
            return taken;
        }
    }

    /// <summary>The next line, without its end; null at the end of the text.</summary>
    /// <param name="text">Read from where it stands.</param>
    /// <param name="longest">Characters of the longest line.</param>
    /// <exception cref="InvalidDataException">The line is longer; no more of it has been read.</exception>
    public static string? ReadLine(TextReader text, int longest)
    {
        var line = new StringBuilder();
        for (int next; (next = text.Read()) != '\n'; line.Append((char)next))
        {
            if (next < 0) return line.Length > 0 ? line.ToString() : null;
            if (line.Length == longest) throw TooLong(longest, "characters");
        }
        return line is [.., '\r'] ? line.ToString(0, line.Length - 1) : line.ToString();
    }

    private static InvalidDataException TooLong(long most, string what) =>
        new(FormattableString.Invariant($"a line is longer than {most} {what}"));
}
