using System.Data.Common;
using System.Diagnostics;
using Quartz;
using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Scheduling;

/// <summary>
/// One node's part in a ledger: what it supervises, and how its plan is carried out. Quartz calls it; the ledger holds everything that must
/// survive.
/// </summary>
/// <param name="ledger">The queue.</param>
/// <param name="options">What this node gives.</param>
/// <param name="scope">What of the ledger it runs.</param>
/// <param name="report">Hears of everything.</param>
internal sealed partial class NodeEngine(Ledger ledger, NodeOptions options, NodeScope scope, Action<SweepProgress> report) : IDisposable
{
    public static readonly JobKey ReconcileKey = new("reconcile");
    private static readonly TimeSpan SweepsEvery = TimeSpan.FromSeconds(1);

    private readonly RunForecast _forecast = new(ledger, options);
    private readonly WindowTexts _windows = new(report);
    private readonly ReportWork _reports = new(ledger, options.Report, options.Retries.BackOffMax, report);
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<ProcessMark, long> _orphans = [];
    private readonly Dictionary<string, Dictionary<WaitReason, int>> _waiting = [];
    private SweepSummary? _counted;
    private long _sweepsRead;
    private long? _troubleSince;
    private DateTimeOffset? _leasesCountFrom;
    private (long Fence, long Since)? _heldElsewhere;
    private int _wakes;

    /// <summary>
    /// Ends when there is nothing left to do in a scope that ends, or when it was stopped and the last worker is gone; fails when the ledger
    /// stays out of reach.
    /// </summary>
    public Task Finished => _finished.Task;

    public int AttemptsStarted => _attempts;

    /// <summary>Starts nothing more and asks every worker to checkpoint and stop.</summary>
    public void Stop()
    {
        _stop.Cancel();
        Finish();
    }

    /// <summary>Reads the ledger, asks the plan, carries it out.</summary>
    public async Task ReconcileAsync(IScheduler scheduler)
    {
        Interlocked.Exchange(ref _wakes, 0);
        try
        {
            // What is held here is noted before the ledger is read: an attempt that claims its run in between must not look robbed.
            Dictionary<RunId, Seen> here;
            lock (_gate) here = _held.ToDictionary(h => h.Key, h => new Seen(h.Value.Fence, h.Value.Device, h.Value.Yield.IsCancellationRequested));
            var now = ledger.Now;
            var queue = scope.Of(ledger, text => _windows.Find(text)?.Contains(now) != false);
            if (_troubleSince is { } since) Recovered(now, Stopwatch.GetElapsedTime(since));
            StayAnnounced(now);
            var reportsDue = LookAtSweeps();

            ReleaseTaken(queue, here);
            _forecast.Begin();
            if (queue.Any(q => q.Deadline is not null)) _forecast.ReadSpeeds();
            var plan = Dispatch.Plan(now, View(queue, here), Node(), options.Retries);
            Say(plan);
            foreach (var action in plan) await CarryOutAsync(action, scheduler, reportsDue);
            if (scope.OneAttempt && CannotBegin(queue, plan)) Finish();
        }
        catch (LedgerException e) when (e.Damaged)
        {
            Fail(e); // waiting mends nothing, and writing on could lose more
        }
        catch (DbException e)
        {
            if (_troubleSince is null)
                report(new SweepProgress.Trouble($"the ledger cannot be used ({e.Message}); workers go on, trying again"));
            _troubleSince ??= Stopwatch.GetTimestamp();
            if (NodeOptions.IsOver(Stopwatch.GetElapsedTime(_troubleSince.Value), options.LedgerPatience)) Fail(e);
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    // Leases that ended while nobody could renew them say nothing of their holders, who get a lease's time to say that they live.
    private void Recovered(DateTimeOffset now, TimeSpan outage)
    {
        _troubleSince = null;
        if (outage > options.Lease / 3) _leasesCountFrom = now + options.Lease;
        report(new SweepProgress.Trouble($"the ledger answers again after {outage.TotalSeconds:0} s"));
    }

    /// <summary>Counts for those who watch; whether a report is due that this node would make.</summary>
    private bool LookAtSweeps()
    {
        if (scope.OneAttempt) return false; // a hundred jobs of a cluster would count ten thousand runs each second, for nobody
        if (_counted is not null && Stopwatch.GetElapsedTime(_sweepsRead) < SweepsEvery && scope.Sweep is null) return false;
        _sweepsRead = Stopwatch.GetTimestamp();
        if (scope.Sweep is { } sweep)
        {
            var summary = ledger.Find(sweep) ?? throw new InvalidOperationException($"the sweep '{sweep}' is gone from the ledger");
            Count(summary);
            return MakeReports([summary]);
        }
        var all = ledger.Sweeps();
        foreach (var summary in all) Count(summary);
        return MakeReports(all);
    }

    private NodeView Node() => new(options.Devices)
    {
        YieldedUntil = _yieldedUntil,
        Stopping = _stop.IsCancellationRequested,
        UnwellUntil = _unwellUntil,
        Doubtful = _unwell > 0,
        FreeDiskBytes = FreeDisk(),
        LeasesCountFrom = _leasesCountFrom,
    };

    private long? FreeDisk()
    {
        try
        {
            return new DriveInfo(options.StateFolder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null; // a place that cannot be asked: the worker will see
        }
    }

    private List<RunView> View(IReadOnlyList<QueuedRun> queue, Dictionary<RunId, Seen> here)
    {
        Dictionary<string, DateTimeOffset> lacking;
        lock (_gate) lacking = _lacking.ToDictionary(l => l.Key, l => l.Value.Until);
        return queue.Select(q => View(q, here, lacking)).ToList();
    }

    private RunView View(QueuedRun q, Dictionary<RunId, Seen> here, Dictionary<string, DateTimeOffset> lacking)
    {
        var (needs, room) = _forecast.Of(q);
        var mine = here.GetValueOrDefault(q.Run);
        return new RunView(q)
        {
            DeviceHere = mine?.Device,
            Yielding = mine?.Yielding == true,
            OnThisMachine = q.Host is { } h && LocalProcesses.IsHere(h),
            HostIsGone = q.Host is { } host && LocalProcesses.IsHere(host) && !LocalProcesses.IsAlive(host),
            WorkerIsAlive = q.Worker is { } worker && LocalProcesses.IsAlive(worker),
            HostsLostWithout = mine is null && q.State == RunState.Running && q.Losses >= options.Retries.AttemptCap - 1
                ? ledger.HostsLostWithout(q.Run, q.Losses)
                : 0,
            Window = q.Window is { } text ? _windows.Find(text) : null,
            Needs = needs,
            Threads = options.Threads(q),
            LacksDataUntil = lacking.TryGetValue(q.Sweep, out var again) ? again : null,
            CheckpointBytes = room,
        };
    }

    private async Task CarryOutAsync(DispatchAction action, IScheduler scheduler, bool reportsDue)
    {
        switch (action)
        {
            case DispatchAction.Start start:
                await StartAsync(start.Run, start.Device, scheduler);
                break;
            case DispatchAction.Yield yield:
                lock (_gate)
                {
                    if (_held.TryGetValue(yield.Run.Run, out var mine)) _ = mine.Yield.CancelAsync();
                }
                break;
            case DispatchAction.Expire expire:
                if (ledger.Expire(expire.Run.Run, expire.Run.Fence, expire.Loss, expire.HostIsGone))
                {
                    report(new SweepProgress.Lost(
                        expire.Run.Run, expire.Run.Model, expire.Run.Attempts, RunLifecycle.Next(RunState.Running, expire.Loss.Happened),
                        expire.Loss.Kind, expire.Loss.Message));
                    await WakeAsync(scheduler);
                }
                break;
            case DispatchAction.StopWorker { Run.Worker: { } worker } stop:
                // Its stdin closed when its host died: it stops by itself, and has a while for it.
                _orphans.TryAdd(worker, Stopwatch.GetTimestamp());
                if (stop.HadItsTime || Stopwatch.GetElapsedTime(_orphans[worker]) > options.OrphanGrace) LocalProcesses.Kill(worker);
                break;
            case DispatchAction.Finish when scope.Ends && !reportsDue:
                Finish();
                break;
        }
    }

    /// <summary>
    /// The one attempt that this is here for: it may not start now, or somebody holds the run and goes on renewing. Who waits in a cluster's
    /// job holds its device for nothing.
    /// </summary>
    private bool CannotBegin(IReadOnlyList<QueuedRun> queue, IReadOnlyList<DispatchAction> plan)
    {
        if (queue is not [{ State: RunState.Running } run]) _heldElsewhere = null;
        else if (_heldElsewhere is not { } held || held.Fence != run.Fence) _heldElsewhere = (run.Fence, Stopwatch.GetTimestamp());
        else if (Stopwatch.GetElapsedTime(held.Since) > (2 * options.Lease) + options.OrphanGrace) return true;
        return plan.OfType<DispatchAction.Wait>().Any();
    }

    private void Finish()
    {
        lock (_gate)
        {
            if (_held.Count == 0 && !_reports.IsUnderWay) _finished.TrySetResult();
        }
    }

    private void FinishIfStopped()
    {
        if (_stop.IsCancellationRequested) Finish();
    }

    private void Fail(Exception e)
    {
        _finished.TrySetException(e);
        Stop();
    }

    /// <summary>An attempt held here as it was before the ledger was read.</summary>
    private sealed record Seen(long? Fence, string Device, bool Yielding);
}
