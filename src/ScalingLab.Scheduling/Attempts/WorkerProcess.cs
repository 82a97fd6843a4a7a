using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Parsing;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Attempts;

/// <summary>One line of a worker's stdout: a message, or what it said instead.</summary>
/// <param name="Message">The message.</param>
/// <param name="Unreadable">What is none; both are null of a line that did not end, after which nothing is
/// heard.</param>
internal sealed record WorkerLine(WorkerMessage? Message, string? Unreadable);

/// <summary>
/// A worker: spec in, messages out. Its stdin stays open as long as it is wanted; closing it asks it to stop, and it
/// closes by itself when the host dies, however it dies. One that has said that it is ready takes another order.
/// </summary>
internal sealed class WorkerProcess : IDisposable
{
    public const int MaxMessageLength = 1024 * 1024; // bytes
    private const int MaxLogLineLength = 16 * 1024;

    /// <summary>A line of more bytes is no message that is too long, but a worker gone mad.</summary>
    public const int EndlessLine = 16 * 1024 * 1024;

    // What its host needs and a worker does not: it opens no ledger, and anybody who may see its environment must not
    // find a way to one there.
    private static readonly string[] Secrets = ["SCALINGLAB_LEDGER", "SCALINGLAB_TOKEN", "PGPASSWORD", "PGPASSFILE",
        "OTEL_EXPORTER_OTLP_HEADERS"];

    private readonly Process _process;
    // a chatterer waits in its pipe
    private readonly Channel<WorkerLine> _lines = Channel.CreateBounded<WorkerLine>(1024);
    private readonly Task _logged;
    private volatile AttemptLog _log;

    private WorkerProcess(Process process, AttemptLog log)
    {
        _process = process;
        _log = log;
        Exited = _process.WaitForExitAsync();
        _ = Task.Run(ReadMessagesAsync);
        _logged = Task.Run(ReadLogAsync);
    }

    /// <summary>Messages as they come; complete at the end of stdout.</summary>
    public ChannelReader<WorkerLine> Lines => _lines.Reader;

    /// <summary>The last lines of stderr.</summary>
    public string LogTail => _log.Tail;

    /// <summary>The process; null when it has ended already.</summary>
    public ProcessIdentity? Identity => LocalProcesses.Identify(_process.Id);

    /// <summary>Ends when the process does.</summary>
    public Task Exited { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>Orders that it was sent.</summary>
    public int Orders { get; private set; }

    /// <summary>It lives, and has said nothing that nobody has read.</summary>
    public bool IsIdle => !_process.HasExited && !_lines.Reader.TryPeek(out _);

    /// <summary>The exit code; 128 + signal where a signal ended it.</summary>
    public int ExitCode => _process.ExitCode;

    /// <exception cref="System.ComponentModel.Win32Exception">There is no such program, or it may not be
    /// run.</exception>
    public static WorkerProcess Start(WorkerCommand command, int threads, string logFile)
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var start = new ProcessStartInfo(command.FileName, command.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = utf8,
            UseShellExecute = false,
        };

        foreach (var secret in Secrets) start.Environment.Remove(secret);
        foreach (var (name, value) in command.WithThreads(threads).Environment) start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{command.FileName} did not start");
        return new WorkerProcess(process, new AttemptLog(logFile));
    }

    /// <summary>Has what it says on stderr from now on go to another file.</summary>
    public void Log(string file)
    {
        var before = _log;
        _log = new AttemptLog(file);
        before.Dispose();
    }

    /// <summary>Notes something in the log.</summary>
    public void Note(string line) => _log.Note(line);

    /// <summary>Hands the worker its order. A worker that is gone already shows by its end, not here.</summary>
    public async Task SendAsync(WorkOrder order)
    {
        Orders++;
        try
        {
            await _process.StandardInput.WriteLineAsync(RunJson.Serialize(order));
            await _process.StandardInput.FlushAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            _log.Add($"(the worker did not take its order: {e.Message})");
        }
    }

    /// <summary>Asks the worker to checkpoint and stop.</summary>
    public void RequestStop()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It is gone: asked enough.
        }
    }

    /// <summary>Kills the worker and its children.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e)
            when (e is InvalidOperationException or AggregateException or System.ComponentModel.Win32Exception)
        {
            // It ended in between: what was wanted.
        }
    }

    /// <summary>
    /// Waits for the process's end, then hands over what is left on its streams, not for ever: a grandchild may hold
    /// them open.
    /// </summary>
    public async Task DrainAsync(Action<WorkerLine> take)
    {
        await Exited;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(patience.Token)) take(line);
            await _logged.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // Somebody else holds the streams: what came is what there is.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _log.Dispose();
        _process.Dispose();
    }

    /// <summary>A line as it came; cut where it was longer than any message.</summary>
    public static WorkerLine Parse(string text, bool cut)
    {
        if (!cut)
        {
            try
            {
                var message = RunJson.Deserialize<WorkerMessage>(text);
                // 1e999 is read as infinity, which neither the ledger nor anybody else can say again
                RunJson.Serialize(message);
                return new WorkerLine(message, null);
            }
            catch (Exception e)
                when (e is JsonException or NotSupportedException or OverflowException or ArgumentException
                    or InvalidOperationException)
            {
                // Not a message: kept as unreadable below.
            }
        }
        return new WorkerLine(null, text.Length > 200 ? text[..200] + "..." : text);
    }

    private async Task ReadMessagesAsync()
    {
        try
        {
            await foreach (var (text, cut)
                in BoundedLines.ReadAsync(_process.StandardOutput.BaseStream, MaxMessageLength, EndlessLine))
                await _lines.Writer.WriteAsync(Parse(text, cut));
        }
        catch (InvalidDataException)
        {
            await _lines.Writer.WriteAsync(new WorkerLine(null, null));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The pipe broke: the end of what it says.
        }
        finally
        {
            _lines.Writer.Complete();
        }
    }

    private async Task ReadLogAsync()
    {
        try
        {
            await foreach (var (text, _)
                in BoundedLines.ReadAsync(_process.StandardError.BaseStream, MaxLogLineLength)) _log.Add(text);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The pipe broke: the end of the log.
        }
    }
}
