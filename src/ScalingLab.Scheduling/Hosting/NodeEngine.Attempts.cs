using System.Data.Common;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Attempts;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Hosting;

/// <content>Attempts under way here, each in a slot of a device.</content>
internal sealed partial class NodeEngine
{
    private readonly Lock _gate = new();
    private readonly Dictionary<RunId, Held> _held = [];
    // sweeps whose data are not here
    private readonly Dictionary<string, (DateTimeOffset Until, string What)> _missingData = [];
    private int _attempts;
    private int _environmentFailures; // attempts that failed for this node's environment since one went well
    private DateTimeOffset? _backOffUntil;

    /// <summary>An attempt granted to this node, from its claim to its end.</summary>
    private sealed class Held(QueuedRun queued, string device, Attempt attempt)
    {
        public QueuedRun Queued => queued;

        /// <summary>The device that it was given.</summary>
        public string Device => device;

        /// <summary>The claim.</summary>
        public Attempt Attempt => attempt;

        /// <summary>The job that supervises it; null until it is enqueued.</summary>
        public string? Job { get; set; }

        /// <summary>Somebody is at it: its job, or who gives it back.</summary>
        public bool HasBegun { get; set; }

        /// <summary>Its job was asked to end.</summary>
        public bool IsStopping { get; set; }

        /// <summary>The run is no longer this attempt's.</summary>
        public bool IsTakenAway { get; set; }
    }

    /// <summary>Supervises the attempt that <see cref="Poll"/> claimed.</summary>
    /// <param name="run">The run.</param>
    /// <param name="stop">Asks the worker to checkpoint and stop.</param>
    public async Task RunAttemptAsync(RunId run, CancellationToken stop)
    {
        if (Begin(run) is not { } mine) return; // given back in between
        var wake = true;
        try
        {
            List<NodeDevice> devices =
                [.. NodeDevice.Split(mine.Device).Select(name => options.Devices.First(d => d.Name == name))];
            var supervisor =
                new AttemptSupervisor(ledger, options, report, mine.Attempt, mine.Queued, devices, _workers,
                    scope.OneAttempt);
            await supervisor.RunAsync(() => mine.IsTakenAway, stop);
            UpdateHealth(supervisor, mine.Queued.Sweep);
        }
        catch (DbException e)
        {
            // The lease runs out and the run is free again. The next look decides whether the node can go on.
            wake = false;
            report(new SweepProgress.Trouble($"the ledger cannot be written ({e.Message}); run {run} waits for its "
                + "lease to end"));
        }
        catch (Exception e)
        {
            // Whatever went wrong in supervising one attempt (its progress bar), it is that attempt's loss and no
            // other's.
            var attempt = mine.Attempt;
            var loss =
                options.Retries.After(FailureKind.Crashed, $"the attempt could not be supervised: {e}",
                    attempt.ChargedAttempts);
            if (ledger.EndWithoutResult(attempt, loss))
                report(new SweepProgress.Lost(
                    run, mine.Queued.Model, attempt.Number, RunLifecycle.Next(RunState.Running, loss.Happened),
                    loss.Kind, loss.Message));
        }
        finally
        {
            Release(run);
            if (scope.OneAttempt) Stop();
            if (wake) Wake();
        }
    }

    /// <summary>
    /// A node that failed runs for its own fault (a full disk, a driver gone) must not take all of them and fail them
    /// one after the other: it waits, tries one, and is well again when one gets somewhere.
    /// </summary>
    private void UpdateHealth(AttemptSupervisor attempt, string sweep)
    {
        if (attempt.MissingData is { } what)
        {
            var until = ledger.Now + options.Retries.BackOffMax;
            lock (_gate) _missingData[sweep] = (until, what);
        }
        if (attempt.Failure == FailureKind.Environment)
        {
            var wait = options.Retries.Wait(FailureKind.Environment, _environmentFailures);
            Interlocked.Increment(ref _environmentFailures);
            _backOffUntil = ledger.Now + wait;
        }
        else if (attempt.MadeProgress)
        {
            Interlocked.Exchange(ref _environmentFailures, 0);
        }
    }

    private Held? Begin(RunId run)
    {
        lock (_gate)
        {
            if (!_held.TryGetValue(run, out var mine) || mine.HasBegun) return null;
            mine.HasBegun = true;
            return mine;
        }
    }

    private void Release(RunId run)
    {
        lock (_gate) _held.Remove(run);
        FinishIfStopped();
    }

    /// <summary>
    /// Attempts of this node whose run was cancelled or claimed by another: their workers are stopped now, not at the
    /// next renewal.
    /// </summary>
    private void ReleaseTaken(IReadOnlyList<QueuedRun> queue, Dictionary<RunId, Seen> here)
    {
        var running = queue.Where(q => q.State == RunState.Running).ToDictionary(q => q.Run, q => q.Fence);
        foreach (var (run, seen) in here)
        {
            if (running.GetValueOrDefault(run) != seen.Fence) Interrupt(run, "taken away", seen.Fence);
        }
    }

    /// <summary>
    /// Asks an attempt's job to end; with a fencing number, because the run is no longer that attempt's.
    /// </summary>
    private void Interrupt(RunId run, string because, long? takenFrom = null)
    {
        string? job;
        lock (_gate)
        {
            if (!_held.TryGetValue(run, out var mine) || (takenFrom is not null && mine.Attempt.Fence != takenFrom))
                return;
            mine.IsTakenAway |= takenFrom is not null;
            if (mine.IsStopping) return;
            mine.IsStopping = mine.HasBegun;
            job = mine.HasBegun ? mine.Job : null;
        }
        if (job is not null) jobs.Cancel(job, because);
        else Wake(); // a job that is cancelled before it begins would never begin: it is asked when it has
    }

    /// <summary>
    /// Claims the run, and hands the attempt that the ledger grants to the queue of its device, of several the first.
    /// </summary>
    private void Start(QueuedRun run, string device)
    {
        if (_stop.IsCancellationRequested) return;
        // another was quicker
        if (ledger.Claim(run.Run, new Claimant(_name, LocalProcesses.Current, device), options.Lease) is not
            { } attempt) return;
        Interlocked.Increment(ref _attempts);
        var mine = new Held(run, device, attempt);
        lock (_gate) _held.Add(run.Run, mine);
        try
        {
            var cell = ledger.Cell(run.Sweep, run.Run);
            var title = cell is null ? run.Run.Value
                : AttemptTitle.Format(run.Sweep, cell, attempt.Number, attempt.Fence);
            mine.Job = jobs.Enqueue(NodeDevice.Split(device)[0], title, run.Run);
        }
        catch
        {
            GiveBack(run.Run);
            throw;
        }
        if (_stop.IsCancellationRequested) GiveBack(run.Run);
    }

    private void GiveBackUnbegun()
    {
        List<RunId> runs;
        lock (_gate) runs = [.. _held.Where(h => !h.Value.HasBegun).Select(h => h.Key)];
        foreach (var run in runs) GiveBack(run);
    }

    /// <summary>An attempt whose job will not begin: the run goes back to pending, uncharged.</summary>
    private void GiveBack(RunId run)
    {
        if (Begin(run) is not { Attempt: var attempt }) return;
        try
        {
            ledger.EndWithoutResult(attempt,
                options.Retries.After(FailureKind.Interrupted, "stopped before it began", attempt.ChargedAttempts,
                    askedToStop: true));
        }
        catch (DbException)
        {
            // Its lease ends by itself.
        }
        Release(run);
    }
}
