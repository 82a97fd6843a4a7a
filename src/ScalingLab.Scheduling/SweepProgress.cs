using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Hosting;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling;

/// <summary>
/// What a running sweep has to show, as it happens. Reported from several threads, in order for each run.
/// </summary>
public abstract record SweepProgress
{
    private SweepProgress()
    {
    }

    /// <summary>
    /// A worker has model and data and begins, or goes on from a checkpoint, at <paramref name="Step"/>.
    /// </summary>
    public sealed record Started(
        RunId Run, string Model, int Attempt, long Step, long Steps, long Parameters, string Device) : SweepProgress;

    /// <summary>A sign of life from a worker.</summary>
    public sealed record Training(RunId Run, string Model, long Step, long Steps, double Loss, double TokensPerSecond)
        : SweepProgress;

    /// <summary>A result was accepted.</summary>
    public sealed record Completed(RunId Run, string Model, int Attempt, RunResult Result) : SweepProgress;

    /// <summary>
    /// An attempt ended without a result; <paramref name="State"/> is where the run stands now: pending when it will be
    /// tried again, failed or quarantined when not.
    /// </summary>
    public sealed record Lost(RunId Run, string Model, int Attempt, RunState State, FailureKind Kind, string Message)
        : SweepProgress
    {
        /// <summary>What the worker said on stderr; null where none was started.</summary>
        public string? LogFile { get; init; }
    }

    /// <summary>
    /// An attempt no longer held its run (cancelled, or taken over by another host): its worker was stopped, its words
    /// were not written.
    /// </summary>
    public sealed record TakenAway(RunId Run, string Model, int Attempt) : SweepProgress;

    /// <summary>
    /// Runs were handed to a cluster as a job of that name, which the cluster calls <paramref name="Id"/>.
    /// </summary>
    public sealed record Submitted(string Job, string Id, int Runs) : SweepProgress;

    /// <summary>The sweep's counts changed, by this host or another.</summary>
    public sealed record Counted(SweepSummary Summary) : SweepProgress;

    /// <summary>So many runs of a sweep are not started on this node for now, and why.</summary>
    public sealed record Waiting(string Sweep, WaitReason Why, int Runs) : SweepProgress;

    /// <summary>Fit and report of a sweep were made by this node.</summary>
    public sealed record Reported(string Sweep) : SweepProgress;

    /// <summary>Somebody was told that a sweep has ended.</summary>
    /// <param name="Sweep">The sweep.</param>
    /// <param name="Who">Server and port.</param>
    public sealed record Told(string Sweep, string Who) : SweepProgress;

    /// <summary>Something is wrong that is being worked round, in words for people.</summary>
    public sealed record Trouble(string Message) : SweepProgress;
}

/// <summary>How <see cref="NodeRunner.RunSweepAsync"/> ended.</summary>
/// <param name="Summary">The sweep's counts at the end.</param>
/// <param name="AttemptsStarted">Attempts that this call started.</param>
/// <param name="Stopped">Whether it was asked to stop.</param>
public sealed record SweepOutcome(SweepSummary Summary, int AttemptsStarted, bool Stopped)
{
    /// <summary>Every run has an accepted result.</summary>
    public bool IsComplete => Summary.In(RunState.Completed) == Summary.Total;

    /// <summary>Every run has ended, well or badly.</summary>
    public bool IsEnded => Summary.In(RunState.Pending) + Summary.In(RunState.Running) == 0;
}
