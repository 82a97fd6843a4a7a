using System.Globalization;
using System.Text;

namespace ScalingLab.Scheduling.Attempts;

/// <summary>
/// What a worker says on stderr, with notes of its supervisor between: the beginning in a file, up to a bound, the end
/// in memory and, where the file was cut, at the file's end. A disk that is full costs the log, never the run.
/// </summary>
internal sealed class AttemptLog : IDisposable
{
    private const int MaxFileLength = 1024 * 1024;
    private const int TailLines = 20;
    private const int MaxNotesLength = 64 * 1024; // characters, of all of them

    private readonly Lock _gate = new();
    private readonly Queue<string> _tail = new();
    private StreamWriter? _file;
    private long _written;
    private long _dropped;
    private long _noted;

    public AttemptLog(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            _file = new StreamWriter(path, append: false, new UTF8Encoding(false)) { AutoFlush = true };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _tail.Enqueue($"(no log file: {e.Message})");
        }
    }

    /// <summary>The last lines that the worker said.</summary>
    public string Tail
    {
        get
        {
            lock (_gate) return string.Join('\n', _tail);
        }
    }

    public void Add(string line)
    {
        lock (_gate)
        {
            if (_tail.Count == TailLines) _tail.Dequeue();
            _tail.Enqueue(line.Length > 500 ? line[..500] + "..." : line);
            _written += line.Length + 1;
            if (_written <= MaxFileLength) TryWrite(line);
            else _dropped++;
        }
    }

    /// <summary>Notes something with the time, in the file alone, however much the worker has said.</summary>
    public void Note(string line)
    {
        var time = TimeProvider.System.GetUtcNow();
        lock (_gate)
        {
            if ((_noted += line.Length) <= MaxNotesLength)
                TryWrite(string.Create(CultureInfo.InvariantCulture, $"{time:yyyy-MM-dd'T'HH:mm:ss'Z'} {line}"));
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_dropped > 0)
                TryWrite($"... cut at {MaxFileLength} characters, {_dropped} lines left out; the "
                    + $"last:\n{string.Join('\n', _tail)}");
            try
            {
                _file?.Dispose();
            }
            catch (IOException)
            {
                // The disk is full: the log ends where it ends.
            }
            _file = null;
        }
    }

    private void TryWrite(string text)
    {
        try
        {
            _file?.WriteLine(text);
        }
        catch (IOException e)
        {
            _tail.Enqueue($"(the log file ends here: {e.Message})");
            _file = null;
        }
    }
}
