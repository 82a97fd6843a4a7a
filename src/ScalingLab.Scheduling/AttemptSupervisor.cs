using System.ComponentModel;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Scheduling;

/// <summary>
/// Supervises one attempt from the worker's start to its end: passes its points and its last word to the ledger, renews the lease, and, to
/// stop it, asks, waits and kills. A worker may do anything; nothing that it does reaches beyond its attempt.
/// </summary>
internal sealed class AttemptSupervisor(
    Ledger ledger, SweepRunOptions options, Action<SweepProgress> report, Attempt attempt, string model)
{
    private const int MostNonsense = 1000; // lines; beyond, the worker is not one of ours
    private const int LinesATurn = 4096; // then lease, silence and stop have their turn
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);

    private readonly List<MetricPoint> _points = [];
    private long? _checkpoint;
    private bool _gotFurther;
    private WorkerMessage? _lastWord;
    private int _nonsense;
    private string? _firstNonsense;
    private long _heard = Stopwatch.GetTimestamp();
    private long _flushed = Stopwatch.GetTimestamp();
    private long _renewed = Stopwatch.GetTimestamp();
    private long? _askedAt;
    private bool _askedByPerson;
    private bool _taken;
    private string? _killedBecause;
    private bool _complained;

    /// <summary>Runs the attempt to its end.</summary>
    /// <param name="stop">Asks the worker to checkpoint and stop; the run goes back to pending, uncharged.</param>
    /// <param name="takenAway">The run is no longer this attempt's: the worker is stopped and nothing more is written.</param>
    /// <exception cref="DbException">The ledger could not be reached for longer than the patience.</exception>
    public async Task RunAsync(CancellationToken stop, CancellationToken takenAway)
    {
        var settings = options.Settings(attempt.Spec);
        settings = settings with
        {
            Threads = await WithPatience(() => ledger.KeepThreads(attempt, settings.Threads)) ?? settings.Threads,

            // Each attempt that ran out of memory halves the micro-batch; the batch that the optimizer sees stays as it is.
            MicroBatchTokens = Math.Max(attempt.Spec.Shape.Context, settings.MicroBatchTokens >> Math.Min(attempt.MemoryLosses, 30)),
        };
        var logFile = Path.Combine(
            options.LogFolder, attempt.Run.Value, string.Create(CultureInfo.InvariantCulture, $"attempt-{attempt.Number}.log"));
        WorkerProcess worker;
        try
        {
            worker = WorkerProcess.Start(options.Worker, settings.Threads, logFile);
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or IOException)
        {
            await LoseAsync(FailureKind.Environment, $"the worker {options.Worker.FileName} cannot be started: {e.Message}");
            return;
        }

        using (worker)
        {
            try
            {
                // The worker is recorded before it is told anything, so that a worker that touches a checkpoint is always one that can be
                // found.
                if (worker.Mark is { } mark) _taken = !await WithPatience(() => ledger.RecordWorker(attempt, mark));
                if (!_taken) await worker.SendAsync(new WorkOrder(attempt.Spec, settings));
                await WatchAsync(worker, stop, takenAway);
            }
            finally
            {
                // Whatever went wrong in here, no worker is left behind.
                if (!worker.HasExited) worker.Kill();
                await worker.DrainAsync(Take);
            }
            await SettleAsync(worker);
        }
    }

    private async Task WatchAsync(WorkerProcess worker, CancellationToken stop, CancellationToken takenAway)
    {
        var more = worker.Lines.WaitToReadAsync().AsTask();
        var looked = Stopwatch.GetTimestamp();
        while (!worker.HasExited)
        {
            await Task.WhenAny(more, worker.Exited, Task.Delay(Tick, CancellationToken.None));
            if (more.IsCompleted)
            {
                for (var n = 0; n < LinesATurn && worker.Lines.TryRead(out var line); n++) Take(line);
                if (!await more)
                {
                    // The end of stdout: nothing more can be said, so nothing more is waited for than the grace of a stop.
                    more = new TaskCompletionSource<bool>().Task;
                    Ask(worker);
                }
                else
                {
                    more = worker.Lines.WaitToReadAsync().AsTask();
                }
            }

            // A host that was itself stopped for a while (a laptop's lid) does not hold the time against its worker.
            if (Stopwatch.GetElapsedTime(looked) > TimeSpan.FromSeconds(30)) _heard = Stopwatch.GetTimestamp();
            looked = Stopwatch.GetTimestamp();
            WriteOut();

            _taken |= takenAway.IsCancellationRequested;
            if (stop.IsCancellationRequested && _askedAt is null) _askedByPerson = true;
            if (_taken || _lastWord is not null || _askedByPerson) Ask(worker);
            if (_nonsense > MostNonsense) Kill(worker, $"it said {_nonsense} lines that are no messages");
            if (_askedAt is null && Stopwatch.GetElapsedTime(_heard) > options.SilenceLimit)
                Kill(worker, string.Create(CultureInfo.InvariantCulture, $"it said nothing for {options.SilenceLimit.TotalSeconds:0.#} s"));
            if (_askedAt is { } since && Stopwatch.GetElapsedTime(since) > options.StopGrace)
                Kill(worker, string.Create(CultureInfo.InvariantCulture, $"it did not stop within {options.StopGrace.TotalSeconds:0.#} s"));
        }
    }

    private void Ask(WorkerProcess worker)
    {
        if (_askedAt is not null) return;
        _askedAt = Stopwatch.GetTimestamp();
        worker.AskToStop();
    }

    private void Kill(WorkerProcess worker, string because)
    {
        if (_killedBecause is not null) return;
        _killedBecause = because;
        worker.Kill();
    }

    private void Take(WorkerLine line)
    {
        if (line.Message is not { } message)
        {
            _nonsense++;
            _firstNonsense ??= line.Nonsense;
            return;
        }
        _heard = Stopwatch.GetTimestamp();
        if (_lastWord is not null) return; // the last word is the last
        switch (message)
        {
            case WorkerMessage.Started s:
                report(new SweepProgress.Started(
                    attempt.Run, model, attempt.Number, s.Step, attempt.Spec.Steps, s.Parameters, s.Device));
                break;
            case WorkerMessage.Progress p:
                report(new SweepProgress.Training(attempt.Run, model, p.Step, p.Steps, p.Loss, p.TokensPerSecond));
                break;
            case WorkerMessage.Measured m:
                _points.Add(m.Point);
                break;
            case WorkerMessage.CheckpointSaved c:
                _checkpoint = c.Step;
                _gotFurther |= c.Step > attempt.Checkpoint;
                break;
            case WorkerMessage.Completed or WorkerMessage.Failed:
                _lastWord = message;
                break;
        }
    }

    // Points and lease. A ledger that cannot be reached just now costs nothing: the points wait here, the lease is tried again.
    private void WriteOut()
    {
        if (_taken) return;
        try
        {
            // A checkpoint is news at once: should this host die next, the run is not charged for the time before it.
            if (_checkpoint is not null || (_points.Count > 0 && Stopwatch.GetElapsedTime(_flushed) >= options.FlushInterval))
            {
                _flushed = Stopwatch.GetTimestamp();
                _taken = !ledger.AddNews(attempt, News());
                _points.Clear();
                _checkpoint = null;
            }
            if (Stopwatch.GetElapsedTime(_renewed) >= options.Lease / 3)
            {
                if (ledger.Renew(attempt, options.Lease)) _renewed = Stopwatch.GetTimestamp();
                else _taken = true;
            }
        }
        catch (DbException e)
        {
            Complain(e);
        }
    }

    private AttemptNews News() => new(_points, _checkpoint);

    private void Complain(DbException e)
    {
        if (_complained) return; // once an attempt is enough to be known
        _complained = true;
        report(new SweepProgress.Trouble($"the ledger cannot be written ({e.Message}); run {attempt.Run} goes on, what it says waits"));
    }

    private async Task SettleAsync(WorkerProcess worker)
    {
        if (_taken)
        {
            report(new SweepProgress.TakenAway(attempt.Run, model, attempt.Number));
            return;
        }
        if (_nonsense > 0)
            report(new SweepProgress.Trouble(
                $"the worker of run {attempt.Run} said {_nonsense} lines that are no messages, first: {_firstNonsense}"));
        switch (_lastWord)
        {
            case WorkerMessage.Completed done:
                if (await WithPatience(() => ledger.Accept(attempt, done.Result, News())))
                    report(new SweepProgress.Completed(attempt.Run, model, attempt.Number, done.Result));
                else
                    report(new SweepProgress.TakenAway(attempt.Run, model, attempt.Number));
                break;
            case WorkerMessage.Failed failed:
                await LoseAsync(failed.Kind, failed.Message);
                break;
            default:
                // Asked to stop, it is not to blame for how it stopped. An interrupt from the terminal (130 = 128 + SIGINT) reaches host
                // and workers alike: it is the person's stop, whoever sees it first.
                var interrupted = _askedByPerson || worker.ExitCode == 130;
                await LoseAsync(interrupted ? FailureKind.Interrupted : FailureKind.Crashed, LastSeen(worker));
                break;
        }
    }

    private async Task LoseAsync(FailureKind kind, string message)
    {
        var loss = options.Retries.After(kind, message, _gotFurther ? 0 : attempt.Losses, _askedByPerson);
        if (await WithPatience(() => ledger.Lose(attempt, loss, News())))
            report(new SweepProgress.Lost(
                attempt.Run, model, attempt.Number, RunLifecycle.Next(RunState.Running, loss.Happened), kind, message));
        else
            report(new SweepProgress.TakenAway(attempt.Run, model, attempt.Number));
    }

    private string LastSeen(WorkerProcess worker)
    {
        var text = _killedBecause is { } because
            ? $"the worker was killed: {because}"
            : $"the worker ended without a last word, exit code {worker.ExitCode}";
        if (worker.ExitCode > 128 && _killedBecause is null) text += $" (signal {worker.ExitCode - 128})";
        if (_nonsense > 0) text += $"; {_nonsense} lines on its stdout were no messages, first: {_firstNonsense}";
        if (worker.LogTail is { Length: > 0 } tail) text += $"; last lines of its stderr:\n{tail}";
        return text;
    }

    /// <summary>A result is worth waiting for: tries until the ledger answers or the patience ends.</summary>
    private async Task<T> WithPatience<T>(Func<T> write)
    {
        var began = Stopwatch.GetTimestamp();
        var patience = _askedByPerson ? options.StopGrace : options.LedgerPatience;
        while (true)
        {
            try
            {
                return write();
            }
            catch (DbException e) when (Stopwatch.GetElapsedTime(began) < patience)
            {
                Complain(e);
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }
    }
}
