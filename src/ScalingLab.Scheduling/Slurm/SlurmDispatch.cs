using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Slurm;

/// <summary>A run of the queue with when its sweep may run.</summary>
/// <param name="Queued">The ledger's row.</param>
/// <param name="Window">When its sweep may run; null is always.</param>
/// <param name="FlopsPerSecond">Its speed as it was measured on the class of devices that its job asks for; null where
/// nothing was.</param>
public sealed record SlurmRun(QueuedRun Queued, TimeWindow? Window = null, double? FlopsPerSecond = null);

/// <summary>
/// All that a launcher decides on. Only from a look at Slurm that succeeded: jobs that could not be seen are not gone.
/// </summary>
/// <param name="Runs">The runs that have not ended, of the sweeps that this launcher serves.</param>
/// <param name="Submitted">Every run that has a job noted, whatever became of it; of all sweeps.</param>
/// <param name="Unended">Every run that has not ended, of all sweeps: a job of another launcher's sweep is left
/// alone.</param>
/// <param name="Tasks">This state folder's jobs in Slurm, ended ones included as long as Slurm knows them.</param>
public sealed record SlurmView(
    IReadOnlyList<SlurmRun> Runs, IReadOnlyList<SubmittedRun> Submitted, IReadOnlySet<RunId> Unended,
    IReadOnlyList<SlurmTask> Tasks)
{
    /// <summary>
    /// Until when nothing more is handed over, because a person asked this launcher to yield; null is not asked.
    /// </summary>
    public DateTimeOffset? YieldedUntil { get; init; }

    /// <summary>
    /// Leases that ended before this say nothing of their holders, who could not renew them; null is that they could.
    /// </summary>
    public DateTimeOffset? LeasesCountFrom { get; init; }
}

/// <summary>What the plan asks for.</summary>
public abstract record SlurmAction
{
    private SlurmAction()
    {
    }

    /// <summary>Hand these runs of one sweep to Slurm, as one job or one array.</summary>
    public sealed record Submit(IReadOnlyList<QueuedRun> Runs) : SlurmAction;

    /// <summary>Take the job out of Slurm's queue, and the ledger's note of it back.</summary>
    public sealed record Cancel(SlurmTask Task) : SlurmAction;

    /// <summary>Take the ledger's note back: there is no job of that name any more, or there never was one.</summary>
    public sealed record Release(RunId Run, string Job) : SlurmAction;

    /// <summary>Note the job again: Slurm put it back into its queue after its attempt was lost.</summary>
    public sealed record Adopt(RunId Run, string Job) : SlurmAction;

    /// <summary>Charge the run an attempt: its job ended badly before it began one, and would again.</summary>
    public sealed record Charge(QueuedRun Run, SlurmTask Task) : SlurmAction;

    /// <summary>Take the run from an attempt that stopped answering.</summary>
    public sealed record Expire(QueuedRun Run, AttemptEnd Loss) : SlurmAction;
}

/// <summary>
/// What is handed to Slurm, cancelled there, and taken back from it: a pure function of what the ledger and Slurm say.
/// </summary>
public static class SlurmDispatch
{
    /// <summary>
    /// What to do now. Runs go to Slurm in the order in which a node would start them (higher priority, then longest
    /// first), those of one sweep that need the same together; what Slurm does with them is Slurm's.
    /// </summary>
    /// <param name="now">The ledger's time.</param>
    /// <param name="view">What the ledger and Slurm say.</param>
    /// <param name="options">Capacity, grace and what a lost attempt means.</param>
    public static IReadOnlyList<SlurmAction> Plan(DateTimeOffset now, SlurmView view, SlurmOptions options)
    {
        var tasks = view.Tasks.ToLookup(t => t.Run);
        var actions = new List<SlurmAction>();
        var leasesCount = !(view.LeasesCountFrom > now);
        foreach (var run in view.Runs)
            actions.AddRange(ActionsForRun(now, run, tasks[run.Queued.Run].ToList(), leasesCount, options));
        actions.AddRange(ActionsForEnded(view, tasks));

        var alive = view.Tasks.Count(t => t.Job.Phase != SlurmPhase.Ended);
        if (!(view.YieldedUntil > now))
            actions.AddRange(Submissions(now, view, tasks, options.MaxJobs - alive, options));
        return actions;
    }

    /// <summary>
    /// Whether nothing of those runs is in Slurm or running, and nothing but a person would let one start.
    /// </summary>
    public static bool IsDone(DateTimeOffset now, IReadOnlyList<SlurmRun> runs) => runs.All(r =>
        r.Queued is { State: RunState.Pending, Submission: null } q
        && (q.Paused || !EndsInTime(now, r) || q.YieldedUntil == Ledger.UntilResumed));

    private static bool MayStart(DateTimeOffset now, SlurmRun run) =>
        run.Queued is { Paused: false } q && !(q.YieldedUntil > now) && EndsInTime(now, run)
        && run.Window?.Contains(now) != false;

    // As a node has it: a job whose run cannot end by the deadline would only find that out, and be handed over again.
    private static bool EndsInTime(DateTimeOffset now, SlurmRun run) => run.Queued.Deadline is not { } deadline
        || (deadline > now && !(run.Queued.FlopsLeft / run.FlopsPerSecond > (deadline - now).TotalSeconds));

    private static IEnumerable<SlurmAction> ActionsForRun(
        DateTimeOffset now, SlurmRun view, List<SlurmTask> tasks, bool leasesCount, SlurmOptions options)
    {
        var run = view.Queued;
        var alive = tasks.Where(t => t.Job.Phase != SlurmPhase.Ended).ToList();
        if (run.State == RunState.Running)
        {
            if (leasesCount && !(run.LeaseUntil > now)) yield return Expire(run, tasks, options.Retries);
            yield break;
        }

        var waiting = alive.Where(t => t.Job.Phase == SlurmPhase.Waiting).ToList();
        if (!MayStart(now, view))
        {
            foreach (var task in waiting) yield return new SlurmAction.Cancel(task);
        }
        else if (alive.Count > 1)
        {
            // sbatch reported no success, and succeeded; or a job was put back into the queue after another had taken
            // its place.
            var keep = alive.Find(t => t.Job.Phase == SlurmPhase.Running)
                ?? alive.Find(t => t.Job.Key == run.Submission?.Job) ?? alive[0];
            foreach (var task in waiting.Where(t => t != keep)) yield return new SlurmAction.Cancel(task);
        }

        if (run.Submission is not { } note)
        {
            // Not one that Slurm calls running: an attempt that was lost ends the note before its job has ended. A job
            // that is still there long after will do nothing more: its node came back without it, and Slurm may take
            // minutes to miss it.
            if (waiting.Count > 0 && MayStart(now, view))
                yield return new SlurmAction.Adopt(run.Run, waiting[0].Job.Key);
            else if (now - run.NotBefore > options.Lease)
            {
                foreach (var task in alive.Except(waiting)) yield return new SlurmAction.Cancel(task);
            }
        }
        else if (!alive.Exists(t => t.Job.Key == note.Job))
        {
            var ended = tasks.Find(t => t.Job.Key == note.Job);
            if (ended is { Job.EndedBadly: true }) yield return new SlurmAction.Charge(run, ended);
            else if (ended is not null || now - note.At > options.Grace)
                yield return new SlurmAction.Release(run.Run, note.Job);
        }
    }

    /// <summary>
    /// A run that has ended needs no job: one that was cancelled is stopped, one that has its result just ends.
    /// </summary>
    private static IEnumerable<SlurmAction> ActionsForEnded(SlurmView view, ILookup<RunId, SlurmTask> tasks)
    {
        var noted = view.Submitted.Where(s => RunLifecycle.IsEnded(s.State))
            .ToDictionary(s => s.Run, s => s.Submission.Job);
        foreach (var task in view.Tasks.Where(t => !view.Unended.Contains(t.Run)))
        {
            if (task.Job.Phase == SlurmPhase.Waiting
                || (task.Job.Phase == SlurmPhase.Running && noted.ContainsKey(task.Run)))
                yield return new SlurmAction.Cancel(task);
        }
        foreach (var (run, job) in noted.Where(n => tasks[n.Key].All(t => t.Job.Phase == SlurmPhase.Ended)))
            yield return new SlurmAction.Release(run, job);
    }

    private static IEnumerable<SlurmAction> Submissions(
        DateTimeOffset now, SlurmView view, ILookup<RunId, SlurmTask> tasks, int room, SlurmOptions options)
    {
        // One run that may have killed its hosts at a time, as on any node: see Dispatch.
        var suspects = view.Runs.Count(r => Dispatch.IsSuspect(r.Queued, options.Retries)
            && (r.Queued.State == RunState.Running || r.Queued.Submission is not null));
        var chosen = new List<QueuedRun>();
        foreach (var run in view.Runs
            .Where(r => r.Queued is { State: RunState.Pending, Submission: null } && !(r.Queued.NotBefore > now)
                && MayStart(now, r)
                && tasks[r.Queued.Run].All(t => t.Job.Phase == SlurmPhase.Ended))
            .OrderBy(r => Dispatch.IsSuspect(r.Queued, options.Retries))
            .ThenByDescending(r => r.Queued.Priority)
            .ThenByDescending(r => r.Queued.FlopsLeft / (r.FlopsPerSecond ?? 1))
            .ThenBy(r => r.Queued.Sweep, StringComparer.Ordinal).ThenBy(r => r.Queued.Position)
            .Select(r => r.Queued))
        {
            if (chosen.Count >= room) break;
            if (Dispatch.IsSuspect(run, options.Retries) && suspects++ > 0) continue;
            chosen.Add(run);
        }

        foreach (var together in chosen.GroupBy(r => (r.Sweep, r.DeviceClass, Dispatch.IsSuspect(r, options.Retries))))
        {
            foreach (var batch in together.Chunk(options.MaxArraySize)) yield return new SlurmAction.Submit(batch);
        }
    }

    /// <summary>
    /// Its job may be back in Slurm's queue, or be running on a node that Slurm has not missed yet: neither is a reason
    /// to leave the run to the dead. What Slurm says of the end of its job is said with it.
    /// </summary>
    private static SlurmAction.Expire Expire(QueuedRun run, List<SlurmTask> tasks, RetryPolicy retries)
    {
        var job = tasks.Find(t => t.Job.Key == run.Submission?.Job)?.Job;
        var kind = job?.State == "OUT_OF_MEMORY" ? FailureKind.OutOfMemory : FailureKind.LeaseExpired;
        var slurm = job is null ? "" : $"; Slurm says of its job {job.Id}: {job.State}";
        return new SlurmAction.Expire(run, retries.After(kind, $"{run.Node} stopped renewing its "
            + $"lease{slurm}", run.ChargedAttempts));
    }
}
