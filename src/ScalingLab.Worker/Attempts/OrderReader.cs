using System.Text.Json;
using System.Threading.Channels;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Worker.Attempts;

/// <summary>
/// The worker's standard input, read by one thread from beginning to end: orders, one a line, and the end, which asks
/// the worker to stop. A line that comes while nobody waits for one is dropped, but for the last: the host sends the
/// next order after the worker has said that it is ready.
/// </summary>
internal sealed class OrderReader : IDisposable
{
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(new BoundedChannelOptions(1)
    {
        FullMode = BoundedChannelFullMode.DropOldest,
    });

    private readonly CancellationTokenSource _ended = new();

    /// <summary>Begins to read.</summary>
    /// <param name="input">Read to its end, which may be long after the last order.</param>
    public OrderReader(TextReader input) =>
        new Thread(() => ReadAll(input)) { IsBackground = true, Name = "stdin" }.Start();

    /// <summary>The input has ended: nobody wants anything more, or the host is gone.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Waits for the next line; null at the end.</summary>
    /// <exception cref="JsonException">The line is longer than any order.</exception>
    public string? Next()
    {
        try
        {
            return _lines.Reader.ReadAsync().AsTask().GetAwaiter().GetResult();
        }
        catch (ChannelClosedException e) when (e.InnerException is InvalidDataException tooLong)
        {
            throw Order.TooLong(tooLong);
        }
        catch (ChannelClosedException)
        {
            return null;
        }
    }

    /// <summary>Waits until there is a next line or none will come.</summary>
    /// <returns>Whether there is one.</returns>
    public bool WaitForNext(CancellationToken stop)
    {
        try
        {
            return _lines.Reader.WaitToReadAsync(stop).AsTask().GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidDataException or IOException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _ended.Dispose();

    private void ReadAll(TextReader input)
    {
        Exception? why = null;
        try
        {
            while (BoundedLines.ReadLine(input, Order.MaxLength) is { } line) _lines.Writer.TryWrite(line);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            why = e;
        }

        _lines.Writer.Complete(why);
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The last run ended first.
        }
    }
}
