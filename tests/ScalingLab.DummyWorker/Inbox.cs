using System.Collections.Concurrent;

namespace ScalingLab.DummyWorker;

/// <summary>Standard input, read to its end by a thread of its own.</summary>
internal sealed class Inbox : IDisposable
{
    private readonly BlockingCollection<string> _lines = [];

    public Inbox() => new Thread(() =>
    {
        while (Console.In.ReadLine() is { } line) _lines.Add(line);
        _lines.CompleteAdding();
        Ended.Set();
    }) { IsBackground = true }.Start();

    /// <summary>Set when there is no more.</summary>
    public ManualResetEventSlim Ended { get; } = new();

    /// <summary>The next line; null at the end.</summary>
    public string? Next() => _lines.TryTake(out var line, Timeout.Infinite) ? line : null;

    public void Dispose()
    {
        _lines.Dispose();
        Ended.Dispose();
    }
}
