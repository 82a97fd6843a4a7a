using System.ComponentModel;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Attempts;

/// <summary>
/// Supervises one attempt from the worker's start to its end: passes its points and its last word to the ledger, renews
/// the lease, and, to stop it, asks, waits and kills. A worker may do anything; nothing that it does reaches beyond its
/// attempt.
/// </summary>
/// <param name="ledger">The queue.</param>
/// <param name="options">The node's.</param>
/// <param name="report">Hears of it.</param>
/// <param name="attempt">The claim.</param>
/// <param name="queued">The run as it was queued.</param>
/// <param name="devices">The devices that it was given, all of one class; a processor as often as it trains there
/// together.</param>
/// <param name="workers">Starts the worker, and keeps one that is ready for another run.</param>
/// <param name="charged">Whether data that are not here are charged: where the next attempt would be made in just such
/// a place.</param>
internal sealed partial class AttemptSupervisor(
    Ledger ledger, NodeOptions options, Action<SweepProgress> report, Attempt attempt, QueuedRun queued,
    IReadOnlyList<NodeDevice> devices,
    WarmWorkers workers, bool charged)
{
    private const int MaxProtocolErrors = 1000; // lines; beyond, the worker is not one of ours
    private const int LinesPerTurn = 4096; // then lease, silence and stop have their turn
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(2); // after the last word

    private readonly string _model = queued.Model;
    private readonly AttemptMessages _notes =
        new(attempt, queued, options.Name, NodeDevice.Join(devices.Select(d => d.Name)));
    private Action<string> _note = _ => { };
    private WorkerMessage? _finalMessage;
    private bool _isReady;
    private bool _sentAfterFinal;
    private bool _hasSentMessage;
    private int _protocolErrors;
    private string? _firstProtocolError;
    private long _lastMessageAt = Stopwatch.GetTimestamp();
    private long? _stopRequestedAt;
    private bool _stoppedByOperator;
    private bool _halvesMicroBatch;
    private bool _hasEndlessLine;
    private bool _isTakenAway;
    private string? _killedBecause;
    private string? _logFile;

    /// <summary>The worker got as far as a checkpoint or a result: this node's environment is sound.</summary>
    public bool MadeProgress { get; private set; }

    /// <summary>
    /// The class of the failure that ended the attempt; null where it did not fail or was taken away.
    /// </summary>
    public FailureKind? Failure { get; private set; }

    /// <summary>
    /// Which data of the run this node lacks; null where it has them, or where that was charged as any other failure.
    /// </summary>
    public string? MissingData { get; private set; }

    /// <summary>Runs the attempt to its end.</summary>
    /// <param name="takenAway">Whether the stop is because the run is no longer this attempt's: nothing more is
    /// written.</param>
    /// <param name="stop">Asks the worker to checkpoint and stop; the run goes back to pending, uncharged.</param>
    /// <exception cref="DbException">The ledger could not be reached for longer than the patience.</exception>
    public async Task RunAsync(Func<bool> takenAway, CancellationToken stop)
    {
        if (await ResolveSettingsAsync(takenAway, stop) is not { } settings) return;
        _logFile = Path.Combine(options.LogFolder, NodeOptions.LogName(attempt.Run, attempt.Number));
        // A worker that waited and is gone before it said a word of this run has not failed it.
        if (!await WorkAsync(settings, fresh: attempt.Number > 1, takenAway, stop))
            await WorkAsync(settings, fresh: true, takenAway, stop);
    }

    /// <returns>Whether the attempt has ended; else a worker that had waited was gone.</returns>
    private async Task<bool> WorkAsync(WorkerSettings settings, bool fresh, Func<bool> takenAway,
        CancellationToken stop)
    {
        var command = Command();
        WorkerProcess worker;
        try
        {
            worker = await workers.StartAsync(command, settings.Threads, _logFile!, fresh);
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or IOException)
        {
            _logFile = null; // there is none
            await EndWithoutResultAsync(FailureKind.Environment,
                $"the worker {options.Worker.FileName} cannot be started: {e.Message}");
            return true;
        }

        var waits = false;
        _note = worker.Note;
        _note(_notes.DescribeOrder());
        try
        {
            try
            {
                // The worker is recorded before it is told anything, so that a worker that touches a checkpoint is
                // always one that can be found.
                if (worker.Identity is { } mark)
                    _isTakenAway = !await WithRetries(() => ledger.RecordWorker(attempt, mark, settings));
                if (!_isTakenAway) await worker.SendAsync(new WorkOrder(attempt.Spec, settings));
                waits = await WatchAsync(worker, takenAway, stop);
            }
            finally
            {
                // Whatever went wrong in here, no worker is left behind.
                if (!waits)
                {
                    if (!worker.HasExited) worker.Kill();
                    await worker.DrainAsync(Handle);
                }
            }
            if (worker.Orders > 1 && !_hasSentMessage && !_isTakenAway && !_stoppedByOperator && _killedBecause is null
                && _protocolErrors == 0)
            {
                _stopRequestedAt = null;
                return false;
            }
            await EndAsync(worker);
            return true;
        }
        finally
        {
            if (waits) workers.Keep(worker, command, settings.Threads);
            else worker.Dispose();
        }
    }

    /// <summary>
    /// The settings, which may take minutes to make (the data of a sweep that another machine queued): the lease is
    /// renewed meanwhile. Null when the attempt ended here.
    /// </summary>
    private async Task<WorkerSettings?> ResolveSettingsAsync(Func<bool> takenAway, CancellationToken stop)
    {
        using var given = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            var making =
                Task.Run(() => options.Settings(new Assignment(queued.Sweep, attempt.Spec, devices[0]), given.Token),
                    CancellationToken.None);
            while (await Task.WhenAny(making, Task.Delay(PollInterval, CancellationToken.None)) != making)
            {
                WriteOut();
                if (_isTakenAway) await given.CancelAsync();
            }
            var settings =
                RunEstimates.ResolveMicroBatch((await making) with { Gpus = devices.Count }, attempt.Spec, devices[0],
                    attempt.OutOfMemoryAttempts);
            _halvesMicroBatch = RunEstimates.CanHalveMicroBatch(settings, attempt.Spec);
            return settings with
            {
                // An earlier attempt was trained to the end and lost all the same: it died while its model was asked.
                // The result comes first; what is missing is asked before the report.
                Tasks = attempt.Checkpoint >= attempt.Spec.Steps ? null : settings.Tasks,
                Threads = await WithRetries(() => ledger.KeepThreads(attempt, settings.Threads)) ?? settings.Threads,
            };
        }
        catch (OperationCanceledException) when (given.IsCancellationRequested)
        {
            (_isTakenAway, _stoppedByOperator) = (_isTakenAway || takenAway(), true);
            if (_isTakenAway) report(new SweepProgress.TakenAway(attempt.Run, _model, attempt.Number));
            else await EndWithoutResultAsync(FailureKind.Interrupted, "stopped before its worker was started");
            return null;
        }
        catch (MissingDataException e) when (!charged)
        {
            MissingData = e.Message;
            _stoppedByOperator = true; // nobody is to blame: uncharged, and free for another node at once
            await EndWithoutResultAsync(FailureKind.Interrupted, $"{options.Name} lacks data: {e.Message}");
            return null;
        }
        catch (Exception e) when (e is not DbException)
        {
            await EndWithoutResultAsync(FailureKind.Environment, $"{options.Name} cannot carry it out: {e.Message}");
            return null;
        }
    }

    // Whatever the machine has, a worker sees the GPUs that it was given, its own as the first, or none. The order of
    // the indices is the driver's.
    private WorkerCommand Command()
    {
        var environment = new Dictionary<string, string>(options.Worker.Environment)
        {
            ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID",
            ["CUDA_VISIBLE_DEVICES"] = devices[0].Class == "cuda"
                ? string.Join(',', devices.Select(d => d.Uuid ?? d.Name.Split(':')[^1])) : "",
        };
        return options.Worker with { Environment = environment };
    }

    /// <returns>Whether the worker waits for another order; else it has ended.</returns>
    private async Task<bool> WatchAsync(WorkerProcess worker, Func<bool> takenAway, CancellationToken stop)
    {
        var more = worker.Lines.WaitToReadAsync(CancellationToken.None).AsTask();
        var looked = Stopwatch.GetTimestamp();
        while (!worker.HasExited)
        {
            await Task.WhenAny(more, worker.Exited, Task.Delay(PollInterval, CancellationToken.None));
            if (more.IsCompleted)
            {
                for (var n = 0; n < LinesPerTurn && worker.Lines.TryRead(out var line); n++) Handle(line);
                if (!await more)
                {
                    // The end of stdout: nothing more can be said, so nothing more is waited for than the grace of a
                    // stop.
                    more = new TaskCompletionSource<bool>().Task;
                    RequestStop(worker);
                }
                else
                {
                    more = worker.Lines.WaitToReadAsync(CancellationToken.None).AsTask();
                }
            }

            // A host that was itself stopped for a while (a laptop's lid) does not hold the time against its worker.
            if (Stopwatch.GetElapsedTime(looked) > TimeSpan.FromSeconds(30)) _lastMessageAt = Stopwatch.GetTimestamp();
            looked = Stopwatch.GetTimestamp();
            WriteOut();

            _isTakenAway |= takenAway();
            if (stop.IsCancellationRequested && _stopRequestedAt is null) _stoppedByOperator = true;
            var maySayReady = MayBecomeReady(worker);
            if (_isReady && maySayReady && !_isTakenAway && !_stoppedByOperator && _stopRequestedAt is null)
                return true;
            if (_isTakenAway || _stoppedByOperator || (_finalMessage is not null && !maySayReady)) RequestStop(worker);
            if (_hasEndlessLine)
                Kill(worker, $"it said a line of more than {WorkerProcess.EndlessLine / (1024 * 1024)} MiB");
            if (_protocolErrors > MaxProtocolErrors)
                Kill(worker, $"it said {_protocolErrors} lines that are no messages");
            if (_stopRequestedAt is null && Stopwatch.GetElapsedTime(_lastMessageAt) > options.SilenceLimit)
                Kill(worker, string.Create(CultureInfo.InvariantCulture, $"it said nothing for "
                    + $"{options.SilenceLimit.TotalSeconds:0.#} s"));
            if (_stopRequestedAt is { } since && Stopwatch.GetElapsedTime(since) > options.StopGrace)
                Kill(worker, string.Create(CultureInfo.InvariantCulture, $"it did not stop within "
                    + $"{options.StopGrace.TotalSeconds:0.#} s"));
        }
        return false;
    }

    private bool MayBecomeReady(WorkerProcess worker) =>
        _finalMessage is WorkerMessage.Completed && !_sentAfterFinal && _protocolErrors == 0
        && Stopwatch.GetElapsedTime(_lastMessageAt) < ReadyTimeout && workers.CanReuse(worker);

    private void RequestStop(WorkerProcess worker)
    {
        if (_stopRequestedAt is not null) return;
        _stopRequestedAt = Stopwatch.GetTimestamp();
        worker.RequestStop();
    }

    private void Kill(WorkerProcess worker, string because)
    {
        if (_killedBecause is not null) return;
        _killedBecause = because;
        worker.Kill();
    }

    private void Handle(WorkerLine line)
    {
        if (line is { Message: null, Unreadable: null })
        {
            _hasEndlessLine = true;
            return;
        }
        if (line.Message is not { } message)
        {
            _protocolErrors++;
            _firstProtocolError ??= line.Unreadable;
            return;
        }
        _lastMessageAt = Stopwatch.GetTimestamp();
        _hasSentMessage = true;
        if (_finalMessage is not null)
        {
            // The last word is the last.
            if (message is WorkerMessage.Ready && _finalMessage is WorkerMessage.Completed && !_isReady)
                _isReady = true;
            else _sentAfterFinal = true;
            return;
        }
        if (_notes.Describe(message) is { } note) _note(note);
        switch (message)
        {
            case WorkerMessage.Started s:
                ReportSkippedCheckpoints(s);
                report(new SweepProgress.Started(
                    attempt.Run, _model, attempt.Number, s.Step, attempt.Spec.Steps, s.Parameters, s.Device));
                break;
            case WorkerMessage.Progress p:
                _tokensPerSecond = p.TokensPerSecond;
                report(new SweepProgress.Training(attempt.Run, _model, p.Step, p.Steps, p.Loss, p.TokensPerSecond));
                break;
            case WorkerMessage.Measured m:
                _points.Add(m.Point);
                break;
            case WorkerMessage.CheckpointSaved c:
                _checkpoint = c.Step;
                MadeProgress = true;
                _hasNewCheckpoint |= c.Step > attempt.Checkpoint;
                break;
            case WorkerMessage.Completed or WorkerMessage.Failed:
                _finalMessage = message;
                break;
        }
    }
}
