using System.Text;

namespace ScalingLab.Scheduling;

/// <summary>
/// What a worker says on stderr: the beginning in a file, up to a bound, the end in memory and, where the file was cut, at the file's end.
/// A disk that is full costs the log, never the run.
/// </summary>
internal sealed class AttemptLog : IDisposable
{
    private const int LargestFile = 1024 * 1024;
    private const int TailLines = 20;

    private readonly Lock gate = new();
    private readonly Queue<string> tail = new();
    private StreamWriter? file;
    private long written;
    private long dropped;

    public AttemptLog(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            file = new StreamWriter(path, append: false, new UTF8Encoding(false)) { AutoFlush = true };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            tail.Enqueue($"(no log file: {e.Message})");
        }
    }

    /// <summary>The last lines.</summary>
    public string Tail
    {
        get
        {
            lock (gate) return string.Join('\n', tail);
        }
    }

    public void Add(string line)
    {
        lock (gate)
        {
            if (tail.Count == TailLines) tail.Dequeue();
            tail.Enqueue(line.Length > 500 ? line[..500] + "..." : line);
            written += line.Length + 1;
            if (written <= LargestFile) TryWrite(line);
            else dropped++;
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (dropped > 0)
                TryWrite($"... cut at {LargestFile} characters, {dropped} lines left out; the last:\n{string.Join('\n', tail)}");
            try
            {
                file?.Dispose();
            }
            catch (IOException)
            {
                // The disk is full: the log ends where it ends.
            }
            file = null;
        }
    }

    private void TryWrite(string text)
    {
        try
        {
            file?.WriteLine(text);
        }
        catch (IOException e)
        {
            tail.Enqueue($"(the log file ends here: {e.Message})");
            file = null;
        }
    }
}
