using System.Data.Common;
using System.Diagnostics;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Attempts;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

namespace ScalingLab.Scheduling.Hosting;

/// <summary>
/// One node's part in a ledger: what it supervises, and how its plan is carried out. Hangfire calls it; the ledger
/// holds everything that must survive.
/// </summary>
/// <param name="ledger">The queue.</param>
/// <param name="options">What this node gives.</param>
/// <param name="scope">What of the ledger it runs.</param>
/// <param name="jobs">Carries attempts to the devices' workers.</param>
/// <param name="report">Hears of everything.</param>
internal sealed partial class NodeEngine(
    Ledger ledger, NodeOptions options, NodeScope scope, NodeJobs jobs, Action<SweepProgress> report) : IDisposable
{
    private readonly QueueCache _queue = new(ledger, scope);
    private readonly RunEstimates _forecast = new(ledger, options);
    private readonly WindowCache _windows = new(report);
    private readonly ReportBuilder _reports = new(ledger, options.Report, options.Retries.BackOffMax, report);
    private readonly WarmWorkers _workers = new(scope.OneAttempt ? 1 : options.RunsPerWorker);
    private readonly NoticeSender? _notices = options.Notify is { } notify ? new NoticeSender(ledger, notify, report)
        : null;
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<ProcessIdentity, long> _orphans = [];
    private readonly Dictionary<string, Dictionary<WaitReason, int>> _waiting = [];
    private SweepSummary? _counted;
    private long? _troubleSince;
    private DateTimeOffset? _leasesCountFrom;
    private (long Fence, long Since)? _heldElsewhere;

    /// <summary>
    /// Ends when there is nothing left to do in a scope that ends, or when it was stopped and the last worker is gone;
    /// fails when the ledger stays out of reach.
    /// </summary>
    public Task Finished => _finished.Task;

    public int AttemptsStarted => _attempts;

    /// <summary>Starts nothing more and asks every worker to checkpoint and stop.</summary>
    public void Stop()
    {
        _stop.Cancel();
        jobs.StopAttempts();
        GiveBackUnbegun();
        Finish();
    }

    /// <summary>
    /// Reads what is new in the ledger and, where that or the time may change it, makes the plan anew and carries it
    /// out.
    /// </summary>
    public void Poll()
    {
        try
        {
            // What is held here is noted before the ledger is read: an attempt that ends in between must not look
            // robbed.
            Dictionary<RunId, Seen> here;
            lock (_gate) here =
                _held.ToDictionary(h => h.Key,
                    h => new Seen(h.Value.Attempt.Fence, h.Value.Device, h.Value.IsStopping));
            var wanted = IsPlanDue();
            bool IsOwn(RunId run, long fence) => here.TryGetValue(run, out var mine) && mine.Fence == fence;
            var news = _queue.Read(always: wanted, IsOwn);
            if (!wanted && news.Now >= _nextChange)
            {
                wanted = true;
                news = news.Merge(_queue.Read(always: true, IsOwn));
            }
            if (_troubleSince is { } since) Recovered(news.Now, Stopwatch.GetElapsedTime(since));
            if (news.IsWhole) ReadNode(news.Now);
            if (wanted || news.Any) CarryOut(news, here);
        }
        catch (LedgerException e) when (e.IsDamaged)
        {
            Fail(e); // waiting mends nothing, and writing on could lose more
        }
        catch (DbException e)
        {
            Wake(); // what was read may not have been acted on
            if (_troubleSince is null)
                report(new SweepProgress.Trouble($"the ledger cannot be used "
                    + $"({e.Message}); workers go on, trying again"));
            _troubleSince ??= Stopwatch.GetTimestamp();
            if (NodeOptions.HasTimedOut(Stopwatch.GetElapsedTime(_troubleSince.Value), options.LedgerTimeout)) Fail(e);
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _workers.Dispose();
        _stop.Dispose();
        _wake.Dispose();
    }

    // Leases that ended while nobody could renew them say nothing of their holders, who get a lease's time to say that
    // they live.
    private void Recovered(DateTimeOffset now, TimeSpan outage)
    {
        _troubleSince = null;
        if (outage > options.Lease / 3) _leasesCountFrom = now + options.Lease;
        report(new SweepProgress.Trouble($"the ledger answers again after {outage.TotalSeconds:0} s"));
    }

    private void CarryOut(QueueUpdate news, Dictionary<RunId, Seen> here)
    {
        var queue = _queue.Runs(news.Now, text => _windows.Find(text).Contains(news.Now));
        if (news.SweepMayHaveEnded && options.Report is not null && !scope.OneAttempt) jobs.MakeReports();
        if (news.Any) CountSweep();
        ReleaseTaken(queue, here);
        _forecast.Begin();
        var (runs, node) = (View(queue, here, news.Now), Node());
        var plan = Dispatch.Plan(news.Now, runs, node, options.Retries);
        ReportWaits(plan);
        var finishes = false;
        foreach (var action in plan)
        {
            if (action is DispatchAction.Finish) finishes = scope.Ends;
            else CarryOut(action);
        }
        Expect(news.Now, runs, node, plan, soon: finishes);
        if ((finishes && !ReportsAreDue() && !SendsNotices()) || (scope.OneAttempt && CannotBegin(queue, plan)))
            Finish();
    }

    private NodeView Node() => new(options.Devices)
    {
        YieldedUntil = _yieldedUntil,
        Stopping = _stop.IsCancellationRequested,
        IgnoresRunsHeldElsewhere = scope.UntilIdle,
        BackOffUntil = _backOffUntil,
        OnProbation = _environmentFailures > 0,
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

    private List<RunView> View(IReadOnlyList<QueuedRun> queue, Dictionary<RunId, Seen> here, DateTimeOffset now)
    {
        Dictionary<string, DateTimeOffset> lacking;
        lock (_gate) lacking = _missingData.ToDictionary(l => l.Key, l => l.Value.Until);
        return queue.Select(q => View(q, here, lacking, now)).ToList();
    }

    private RunView View(QueuedRun q, Dictionary<RunId, Seen> here, Dictionary<string, DateTimeOffset> lacking,
        DateTimeOffset now)
    {
        var (needs, room) = _forecast.For(q);
        var mine = here.GetValueOrDefault(q.Run);
        return new RunView(q)
        {
            DeviceHere = mine?.Device,
            Yielding = mine?.IsStopping == true,
            OnThisMachine = q.Host is { } h && LocalProcesses.IsHere(h),
            HostIsGone = q.Host is { } host && LocalProcesses.IsHere(host) && !LocalProcesses.IsAlive(host),
            WorkerIsAlive = q.Worker is { } worker && LocalProcesses.IsAlive(worker),
            HostsLostWithout = mine is null && q.State == RunState.Running
                && q.ChargedAttempts >= options.Retries.AttemptCap - 1
                ? ledger.HostsLostWithout(q.Run, q.ChargedAttempts)
                : 0,
            Window = q.Window is { } text ? _windows.Find(text) : null,
            WindowChanges = q.Window is { } words ? _windows.NextTransition(words, now) : null,
            Needs = needs,
            Threads = options.Threads(q),
            LacksDataUntil = lacking.TryGetValue(q.Sweep, out var again) ? again : null,
            CheckpointBytes = room,
        };
    }

    private void CarryOut(DispatchAction action)
    {
        switch (action)
        {
            case DispatchAction.Start start:
                Start(start.Run, start.Device);
                break;
            case DispatchAction.Yield yield:
                Interrupt(yield.Run.Run, yield.Why.Describe());
                break;
            case DispatchAction.Expire expire:
                if (ledger.Expire(expire.Run.Run, expire.Run.Fence, expire.Loss, expire.HostIsGone))
                {
                    report(new SweepProgress.Lost(
                        expire.Run.Run, expire.Run.Model, expire.Run.Attempts,
                        RunLifecycle.Next(RunState.Running, expire.Loss.Happened),
                        expire.Loss.Kind, expire.Loss.Message));
                }
                Wake();
                break;
            case DispatchAction.StopWorker { Run.Worker: { } worker } stop:
                // Its stdin closed when its host died: it stops by itself, and has a while for it.
                _orphans.TryAdd(worker, Stopwatch.GetTimestamp());
                if (stop.HadItsTime || Stopwatch.GetElapsedTime(_orphans[worker]) > options.OrphanGrace)
                    LocalProcesses.Kill(worker);
                break;
        }
    }

    /// <summary>
    /// The one attempt that this is here for: it may not start now, or somebody holds the run and goes on renewing. Who
    /// waits in a cluster's job holds its device for nothing.
    /// </summary>
    private bool CannotBegin(IReadOnlyList<QueuedRun> queue, IReadOnlyList<DispatchAction> plan)
    {
        if (queue is not [{ State: RunState.Running } run]) _heldElsewhere = null;
        else if (_heldElsewhere is not { } held || held.Fence != run.Fence)
            _heldElsewhere = (run.Fence, Stopwatch.GetTimestamp());
        else if (Stopwatch.GetElapsedTime(held.Since) > (2 * options.Lease) + options.OrphanGrace) return true;
        return plan.OfType<DispatchAction.Wait>().Any();
    }

    private void Finish()
    {
        lock (_gate)
        {
            if (_held.Count == 0 && !_reports.IsUnderWay && _notices?.IsUnderWay != true) _finished.TrySetResult();
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
    private sealed record Seen(long Fence, string Device, bool IsStopping);
}
