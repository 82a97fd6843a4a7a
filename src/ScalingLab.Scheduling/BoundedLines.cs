using System.Runtime.CompilerServices;
using System.Text;

namespace ScalingLab.Scheduling;

/// <summary>Lines of a stream, each of bounded length: a writer gone mad fills no memory.</summary>
internal static class BoundedLines
{
    /// <summary>
    /// Reads until the stream ends. A line longer than <paramref name="longest"/> bytes comes as its beginning, marked as cut; the rest of
    /// it is dropped. Bytes that are no UTF-8 come as replacement characters.
    /// </summary>
    public static async IAsyncEnumerable<(string Text, bool Cut)> ReadAsync(
        Stream stream, int longest, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var buffer = new byte[16 * 1024];
        using var line = new MemoryStream();
        var cut = false;
        while (true)
        {
            var read = await stream.ReadAsync(buffer, cancel);
            if (read == 0) break;
            for (var start = 0; start < read;)
            {
                var end = Array.IndexOf(buffer, (byte)'\n', start, read - start);
                var length = (end < 0 ? read : end) - start;
                var room = longest - (int)line.Length;
                line.Write(buffer, start, Math.Min(length, room));
                cut |= length > room;
                start += length;
                if (end < 0) continue;
                start++;
                yield return Take();
            }
        }
        if (line.Length > 0) yield return Take();

        (string, bool) Take()
        {
            var text = Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length).TrimEnd('\r');
            var was = cut;
            line.SetLength(0);
            cut = false;
            return (text, was);
        }
    }
}
