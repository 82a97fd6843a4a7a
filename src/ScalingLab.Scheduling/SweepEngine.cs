using System.Data.Common;
using System.Diagnostics;
using Quartz;
using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Scheduling;

/// <summary>
/// One host's part in a sweep: what it supervises, and how the plan is carried out. Quartz calls it; the ledger holds everything that must
/// survive.
/// </summary>
internal sealed class SweepEngine(Ledger ledger, SweepRunOptions options, Action<SweepProgress> report) : IDisposable
{
    public static readonly JobKey ReconcileKey = new("reconcile");
    private const string RunKey = "run";
    private const string ModelKey = "model";

    private readonly Lock _gate = new();
    private readonly Dictionary<RunId, Held> _held = [];
    private readonly Dictionary<ProcessMark, long> _orphans = [];
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private SweepSummary? _counted;
    private long? _troubleSince;
    private int _attempts;

    /// <summary>An attempt under way here, from the moment its slot is taken.</summary>
    private sealed class Held : IDisposable
    {
        /// <summary>The attempt's fencing number; null until its run is claimed.</summary>
        public long? Fence { get; set; }

        public CancellationTokenSource TakenAway { get; } = new();

        public void Dispose() => TakenAway.Dispose();
    }

    /// <summary>
    /// Ends when the sweep has, or when it was stopped and the last worker is gone; fails when the ledger stays out of reach.
    /// </summary>
    public Task Finished => _finished.Task;

    public int AttemptsStarted => _attempts;

    /// <summary>Starts nothing more and asks every worker to checkpoint and stop.</summary>
    public void Stop()
    {
        _stop.Cancel();
        lock (_gate)
        {
            if (_held.Count == 0) _finished.TrySetResult();
        }
    }

    /// <summary>Reads the ledger, asks the plan, carries it out.</summary>
    public async Task ReconcileAsync(IScheduler scheduler)
    {
        try
        {
            // What is held here is noted before the ledger is read: an attempt that claims its run in between must not look robbed.
            Dictionary<RunId, long?> here;
            lock (_gate) here = _held.ToDictionary(h => h.Key, h => h.Value.Fence);
            var summary = ledger.Find(options.Sweep)
                ?? throw new InvalidOperationException($"the sweep '{options.Sweep}' is gone from the ledger");
            var queue = ledger.Queue(options.Sweep);
            if (_counted is null || !_counted.Counts.OrderBy(c => c.Key).SequenceEqual(summary.Counts.OrderBy(c => c.Key)))
                report(new SweepProgress.Counted(_counted = summary));

            ReleaseTaken(queue, here);
            var plan = Dispatch.Plan(ledger.Now, View(queue, here), FreeSlots(), summary.Paused, options.Retries);
            foreach (var action in plan) await CarryOutAsync(action, scheduler);
            _troubleSince = null;
        }
        catch (DbException e)
        {
            if (_troubleSince is null)
                report(new SweepProgress.Trouble($"the ledger cannot be used ({e.Message}); workers go on, trying again"));
            _troubleSince ??= Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(_troubleSince.Value) > options.LedgerPatience) Fail(e);
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <summary>Claims the run and supervises the attempt, in a slot that <see cref="ReconcileAsync"/> set aside.</summary>
    public async Task RunAttemptAsync(IJobExecutionContext context)
    {
        var run = new RunId(context.MergedJobDataMap.GetString(RunKey)!);
        var model = context.MergedJobDataMap.GetString(ModelKey)!;
        var wake = true;
        Attempt? attempt = null;
        Held mine;
        lock (_gate) mine = _held[run];
        try
        {
            if (_stop.IsCancellationRequested) return;
            attempt = ledger.Claim(run, new Claimant(options.Node, LocalProcesses.Current), options.Lease);
            if (attempt is null) return; // another host was quicker
            lock (_gate) mine.Fence = attempt.Fence;
            Interlocked.Increment(ref _attempts);
            await new AttemptSupervisor(ledger, options, report, attempt, model).RunAsync(_stop.Token, mine.TakenAway.Token);
        }
        catch (DbException e)
        {
            // The lease runs out and the run is free again. The next look, a second later, decides whether the sweep can go on.
            wake = false;
            report(new SweepProgress.Trouble($"the ledger cannot be written ({e.Message}); run {run} waits for its lease to end"));
        }
        catch (Exception e) when (attempt is not null)
        {
            // Whatever went wrong in supervising one attempt (its settings, its progress bar), it is that attempt's loss and no other's.
            var loss = options.Retries.After(FailureKind.Crashed, $"the attempt could not be supervised: {e}", attempt.Losses);
            if (ledger.Lose(attempt, loss))
                report(new SweepProgress.Lost(
                    run, model, attempt.Number, RunLifecycle.Next(RunState.Running, loss.Happened), loss.Kind, loss.Message));
        }
        finally
        {
            Release(run);
            if (wake) await WakeAsync(context.Scheduler);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private void Release(RunId run)
    {
        lock (_gate)
        {
            _held.Remove(run, out var mine);
            mine?.Dispose();
            if (_held.Count == 0 && _stop.IsCancellationRequested) _finished.TrySetResult();
        }
    }

    private async Task WakeAsync(IScheduler scheduler)
    {
        try
        {
            if (!_finished.Task.IsCompleted) await scheduler.TriggerJob(ReconcileKey);
        }
        catch (SchedulerException)
        {
            // Shutting down: nobody is left to wake.
        }
    }

    private void Fail(Exception e)
    {
        _finished.TrySetException(e);
        Stop();
    }

    private int FreeSlots()
    {
        lock (_gate) return _stop.IsCancellationRequested ? 0 : options.Slots - _held.Count;
    }

    private static List<RunView> View(IReadOnlyList<QueuedRun> queue, Dictionary<RunId, long?> here) => queue.Select(q => new RunView(
        q,
        SupervisedHere: here.ContainsKey(q.Run),
        HostIsGone: q.Host is { } host && LocalProcesses.IsHere(host) && !LocalProcesses.IsAlive(host),
        WorkerIsAlive: q.Worker is { } worker && LocalProcesses.IsAlive(worker))).ToList();

    /// <summary>
    /// Attempts of this host whose run was cancelled or claimed by another: their workers are stopped now, not at the next renewal.
    /// </summary>
    private void ReleaseTaken(IReadOnlyList<QueuedRun> queue, Dictionary<RunId, long?> here)
    {
        var running = queue.Where(q => q.State == RunState.Running).ToDictionary(q => q.Run, q => q.Fence);
        lock (_gate)
        {
            foreach (var (run, fence) in here)
            {
                if (fence is null || running.GetValueOrDefault(run) == fence) continue;
                if (_held.TryGetValue(run, out var mine) && mine.Fence == fence) mine.TakenAway.Cancel();
            }
        }
    }

    private async Task CarryOutAsync(DispatchAction action, IScheduler scheduler)
    {
        switch (action)
        {
            case DispatchAction.Start start:
                await StartAsync(start.Run, scheduler);
                break;
            case DispatchAction.Expire expire:
                if (ledger.Expire(expire.Run.Run, expire.Run.Fence, expire.Loss, expire.HostIsGone))
                {
                    report(new SweepProgress.Lost(
                        expire.Run.Run, expire.Run.Model, expire.Run.Attempts, RunLifecycle.Next(RunState.Running, expire.Loss.Happened),
                        expire.Loss.Kind, expire.Loss.Message));
                }
                break;
            case DispatchAction.StopWorker { Run.Worker: { } worker }:
                // Its stdin closed when its host died: it has the same grace as any worker that is asked to stop.
                if (_orphans.TryAdd(worker, Stopwatch.GetTimestamp())) break;
                if (Stopwatch.GetElapsedTime(_orphans[worker]) > options.StopGrace) LocalProcesses.Kill(worker);
                break;
            case DispatchAction.Finish:
                lock (_gate)
                {
                    if (_held.Count == 0) _finished.TrySetResult();
                }
                break;
        }
    }

    private async Task StartAsync(QueuedRun run, IScheduler scheduler)
    {
        lock (_gate)
        {
            if (_stop.IsCancellationRequested || !_held.TryAdd(run.Run, new Held())) return;
        }
        try
        {
            var identity = $"{run.Run}-{run.Fence + 1}-{Guid.NewGuid():N}";
            var job = JobBuilder.Create<AttemptJob>().WithIdentity(identity, options.Sweep)
                .UsingJobData(RunKey, run.Run.Value).UsingJobData(ModelKey, run.Model).Build();
            await scheduler.ScheduleJob(job, TriggerBuilder.Create().WithIdentity(identity, options.Sweep).ForJob(job).StartNow().Build());
        }
        catch
        {
            Release(run.Run);
            throw;
        }
    }
}
