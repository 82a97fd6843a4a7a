using System.Data.Common;
using Quartz;
using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Scheduling;

/// <content>Attempts under way here, each in a slot of a device.</content>
internal sealed partial class NodeEngine
{
    private const string RunKey = "run";

    private readonly Lock _gate = new();
    private readonly Dictionary<RunId, Held> _held = [];
    private readonly Dictionary<string, (DateTimeOffset Until, string What)> _lacking = []; // sweeps whose data are not here
    private int _attempts;
    private int _unwell; // attempts that failed for this node's environment since one went well
    private DateTimeOffset? _unwellUntil;

    /// <summary>An attempt under way here, from the moment its slot is taken.</summary>
    private sealed class Held(QueuedRun queued, string device) : IDisposable
    {
        /// <summary>The run as it was queued.</summary>
        public QueuedRun Queued => queued;

        /// <summary>The device that it was given.</summary>
        public string Device => device;

        /// <summary>The attempt's fencing number; null until its run is claimed.</summary>
        public long? Fence { get; set; }

        public CancellationTokenSource TakenAway { get; } = new();

        public CancellationTokenSource Yield { get; } = new();

        public void Dispose()
        {
            TakenAway.Dispose();
            Yield.Dispose();
        }
    }

    /// <summary>Claims the run and supervises the attempt, in a slot that <see cref="ReconcileAsync"/> set aside.</summary>
    public async Task RunAttemptAsync(IJobExecutionContext context)
    {
        var run = new RunId(context.MergedJobDataMap.GetString(RunKey)!);
        var wake = true;
        Attempt? attempt = null;
        Held mine;
        lock (_gate) mine = _held[run];
        try
        {
            if (_stop.IsCancellationRequested) return;
            attempt = ledger.Claim(run, new Claimant(_name, LocalProcesses.Current, mine.Device), options.Lease);
            if (attempt is null) return; // another node was quicker
            lock (_gate) mine.Fence = attempt.Fence;
            Interlocked.Increment(ref _attempts);
            var device = options.Devices.First(d => d.Name == mine.Device);
            var supervisor = new AttemptSupervisor(ledger, options, report, attempt, mine.Queued, device, charged: scope.OneAttempt);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, mine.Yield.Token);
            await supervisor.RunAsync(stop.Token, mine.TakenAway.Token);
            Judge(supervisor, mine.Queued.Sweep);
        }
        catch (DbException e)
        {
            // The lease runs out and the run is free again. The next look decides whether the node can go on.
            wake = false;
            report(new SweepProgress.Trouble($"the ledger cannot be written ({e.Message}); run {run} waits for its lease to end"));
        }
        catch (Exception e) when (attempt is not null)
        {
            // Whatever went wrong in supervising one attempt (its progress bar), it is that attempt's loss and no other's.
            var loss = options.Retries.After(FailureKind.Crashed, $"the attempt could not be supervised: {e}", attempt.Losses);
            if (ledger.Lose(attempt, loss))
                report(new SweepProgress.Lost(
                    run, mine.Queued.Model, attempt.Number, RunLifecycle.Next(RunState.Running, loss.Happened), loss.Kind, loss.Message));
        }
        finally
        {
            Release(run);
            if (scope.OneAttempt && attempt is not null) Stop();
            if (wake) await WakeAsync(context.Scheduler);
        }
    }

    /// <summary>
    /// A node that failed runs for its own fault (a full disk, a driver gone) must not take all of them and fail them one after the other: it
    /// waits, tries one, and is well again when one gets somewhere.
    /// </summary>
    private void Judge(AttemptSupervisor attempt, string sweep)
    {
        if (attempt.LacksData is { } what)
        {
            var until = ledger.Now + options.Retries.BackOffMax;
            lock (_gate) _lacking[sweep] = (until, what);
        }
        if (attempt.Failure == FailureKind.Environment)
        {
            var wait = options.Retries.Wait(FailureKind.Environment, _unwell);
            Interlocked.Increment(ref _unwell);
            _unwellUntil = ledger.Now + wait;
        }
        else if (attempt.WentWell)
        {
            Interlocked.Exchange(ref _unwell, 0);
        }
    }

    private void Release(RunId run)
    {
        lock (_gate)
        {
            _held.Remove(run, out var mine);
            mine?.Dispose();
        }
        FinishIfStopped();
    }

    // Looks again at once: a slot is free, or a run. One look that is asked for already is enough.
    private async Task WakeAsync(IScheduler scheduler)
    {
        if (_finished.Task.IsCompleted || Interlocked.Exchange(ref _wakes, 1) == 1) return;
        try
        {
            await scheduler.TriggerJob(ReconcileKey);
        }
        catch (SchedulerException)
        {
            // Shutting down: nobody is left to wake.
        }
    }

    /// <summary>
    /// Attempts of this node whose run was cancelled or claimed by another: their workers are stopped now, not at the next renewal.
    /// </summary>
    private void ReleaseTaken(IReadOnlyList<QueuedRun> queue, Dictionary<RunId, Seen> here)
    {
        var running = queue.Where(q => q.State == RunState.Running).ToDictionary(q => q.Run, q => q.Fence);
        lock (_gate)
        {
            foreach (var (run, seen) in here)
            {
                if (seen.Fence is null || running.GetValueOrDefault(run) == seen.Fence) continue;
                if (_held.TryGetValue(run, out var mine) && mine.Fence == seen.Fence) _ = mine.TakenAway.CancelAsync();
            }
        }
    }

    private async Task StartAsync(QueuedRun run, string device, IScheduler scheduler)
    {
        lock (_gate)
        {
            if (_stop.IsCancellationRequested || !_held.TryAdd(run.Run, new Held(run, device))) return;
        }
        try
        {
            var identity = $"{run.Run}-{run.Fence + 1}-{Guid.NewGuid():N}";
            var job = JobBuilder.Create<AttemptJob>().WithIdentity(identity, "attempts").UsingJobData(RunKey, run.Run.Value).Build();
            await scheduler.ScheduleJob(job, TriggerBuilder.Create().WithIdentity(identity, "attempts").ForJob(job).StartNow().Build());
        }
        catch
        {
            Release(run.Run);
            throw;
        }
    }
}
