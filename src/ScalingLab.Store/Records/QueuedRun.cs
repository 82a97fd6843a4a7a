using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Store.Records;

/// <summary>A run that has not ended, as scheduling needs it: small, so that thousands are read each second.</summary>
public sealed record QueuedRun
{
    /// <summary>The run.</summary>
    public required RunId Run { get; init; }

    /// <summary>
    /// The sweep that it is read for. A run that several sweeps have is read for the one that lets it start, see
    /// <see cref="Ledger.Queue"/>.
    /// </summary>
    public string Sweep { get; init; } = "";

    /// <summary>Place in the sweep, from 0.</summary>
    public required int Position { get; init; }

    /// <summary>The model's name in the grid.</summary>
    public required string Model { get; init; }

    /// <summary>Training FLOPs of the whole run.</summary>
    public required double Flops { get; init; }

    /// <summary>Optimizer steps of the whole run; 0 where the reader did not ask.</summary>
    public long Steps { get; init; }

    /// <summary>Tokens of the whole run; 0 where the reader did not ask.</summary>
    public long Tokens { get; init; }

    /// <summary>The furthest step that the run ever had a checkpoint of; 0 before the first.</summary>
    public long Checkpoint { get; init; }

    /// <summary>
    /// Names what decides memory and speed (shape, batch, precision, optimizer): runs of one workload need the same,
    /// see <see cref="WorkloadKey"/>.
    /// </summary>
    public string Workload { get; init; } = "";

    /// <summary>Pending or running.</summary>
    public required RunState State { get; init; }

    /// <summary>Attempts begun.</summary>
    public int Attempts { get; init; }

    /// <summary>Charged attempts since the run last got further.</summary>
    public int ChargedAttempts { get; init; }

    /// <summary>Attempts that ran out of memory; each halves the micro-batch of the next.</summary>
    public int OutOfMemoryAttempts { get; init; }

    /// <summary>CPU threads of its worker, chosen once; null before the first attempt at a run of its sweep.</summary>
    public int? Threads { get; init; }

    /// <summary>
    /// The <see cref="Runs.Trunk"/> that it shares with runs of other lengths; null where it has none.
    /// </summary>
    public string? Trunk { get; init; }

    /// <summary>Steps for which it follows its trunk.</summary>
    public long TrunkSteps { get; init; }

    /// <summary>How the last attempt that ended without a result ended.</summary>
    public FailureKind? Failure { get; init; }

    /// <summary>Back-off: not to be claimed before.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Fencing number of the latest attempt; 0 before the first.</summary>
    public long Fence { get; init; }

    /// <summary>When the running attempt's lease ends.</summary>
    public DateTimeOffset? LeaseUntil { get; init; }

    /// <summary>The node of the latest attempt.</summary>
    public string? Node { get; init; }

    /// <summary>
    /// The device of the latest attempt on its node, e.g. "cuda:1"; of several, all in one word
    /// (<see cref="NodeDevice.Join"/>).
    /// </summary>
    public string? Device { get; init; }

    /// <summary>When the latest attempt began.</summary>
    public DateTimeOffset? Began { get; init; }

    /// <summary>The process that supervises the running attempt.</summary>
    public ProcessIdentity? Host { get; init; }

    /// <summary>The worker of the running attempt.</summary>
    public ProcessIdentity? Worker { get; init; }

    /// <summary>The sweep's priority: higher first.</summary>
    public int Priority { get; init; }

    /// <summary>Whether a person paused the sweep: it is not started, what runs goes on.</summary>
    public bool Paused { get; init; }

    /// <summary>
    /// Not to run before then, because somebody asked for the devices; <see cref="Ledger.UntilResumed"/> where only a
    /// resume ends it.
    /// </summary>
    public DateTimeOffset? YieldedUntil { get; init; }

    /// <summary>When the sweep may run, in the words of the grid's owner; null is always.</summary>
    public string? Window { get; init; }

    /// <summary>When the sweep has to be done; null where it has time.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>The class of devices that it wants, "cpu" or "cuda"; null where it takes what is there.</summary>
    public string? DeviceClass { get; init; }

    /// <summary>How many devices of a node its sweep wants for it together, as far as the node has them.</summary>
    public int Gpus { get; init; } = 1;

    /// <summary>What runs of its workload were measured to need; empty before the first has ended.</summary>
    public IReadOnlyList<MeasuredPeak> MeasuredPeaks { get; init; } = [];

    /// <summary>The job that a launcher handed to a cluster for it; null where there is none.</summary>
    public Submission? Submission { get; init; }

    /// <summary>Training FLOPs from the furthest checkpoint to the end.</summary>
    public double FlopsLeft => Steps > 0 ? Flops * (Steps - Math.Min(Checkpoint, Steps)) / Steps : Flops;

    /// <summary>
    /// Of rows by sweep and position each run once: for the sweep that lets it start now, then for the one of higher
    /// priority, see <see cref="Ledger.Queue"/>.
    /// </summary>
    /// <param name="rows">A row for each sweep that has the run.</param>
    /// <param name="now">The ledger's time.</param>
    /// <param name="isOpen">Whether a window, in a sweep's words, is open now; without it every window counts as
    /// open.</param>
    public static IReadOnlyList<QueuedRun> Best(IReadOnlyList<QueuedRun> rows, DateTimeOffset now,
        Func<string, bool>? isOpen)
    {
        var best = new Dictionary<RunId, QueuedRun>(rows.Count);
        foreach (var row in rows)
        {
            if (!best.TryGetValue(row.Run, out var other) || IsBetter(row, other)) best[row.Run] = row;
        }
        return rows.Count == best.Count ? rows : [.. rows.Where(row => ReferenceEquals(best[row.Run], row))];

        bool IsBetter(QueuedRun one, QueuedRun other) =>
            MayStart(one) == MayStart(other) ? one.Priority > other.Priority : MayStart(one);

        bool MayStart(QueuedRun run) => !run.Paused && !(run.YieldedUntil > now) && !(run.Deadline <= now)
            && (run.Window is null || isOpen is null || isOpen(run.Window));
    }

    /// <summary>
    /// The measured peak on that class of devices with that micro-batch, bytes; null where none was measured.
    /// </summary>
    public long? PeakBytes(string deviceClass, int microBatchTokens) => MeasuredPeaks
        .FirstOrDefault(p => p.DeviceClass == deviceClass && p.MicroBatchTokens == microBatchTokens)?.Bytes;
}

/// <summary>The largest memory that a finished run needed.</summary>
/// <param name="DeviceClass">"cpu" or "cuda".</param>
/// <param name="MicroBatchTokens">Most tokens in one forward and backward pass.</param>
/// <param name="Bytes">Of the device (GPU) or the process (CPU).</param>
public sealed record MeasuredPeak(string DeviceClass, int MicroBatchTokens, long Bytes);

/// <summary>A job that was handed to a cluster, or is about to be.</summary>
/// <param name="Job">The job's name: what it is looked up by before anything is submitted again.</param>
/// <param name="At">When it was noted, on the ledger's clock.</param>
public sealed record Submission(string Job, DateTimeOffset At);

/// <summary>A run with the job that was handed to a cluster for it, whatever became of the run.</summary>
public sealed record SubmittedRun(RunId Run, RunState State, Submission Submission);

/// <summary>How fast attempts went.</summary>
/// <param name="Node">The node.</param>
/// <param name="DeviceClass">"cpu" or "cuda".</param>
/// <param name="Threads">CPU threads of the worker; null where it is not known.</param>
/// <param name="Workload">What was trained, see <see cref="WorkloadKey"/>: a small model is slower, in FLOPs a second,
/// than a large one.</param>
/// <param name="FlopsPerSecond">Exact training FLOPs a second: mean over the attempts.</param>
/// <param name="Attempts">Attempts measured.</param>
/// <param name="FlopsPerToken">Training FLOPs a token of the kin.</param>
public sealed record MeasuredSpeed(
    string Node, string DeviceClass, int? Threads, string Workload, double FlopsPerSecond, int Attempts,
        double FlopsPerToken)
{
    /// <summary>
    /// What a whole run took beside its training steps (start, evaluations, checkpoints), seconds: mean over those that
    /// one attempt finished; null
    /// before one did.
    /// </summary>
    public double? OverheadSeconds { get; init; }

    /// <summary>
    /// What computed the runs, once they have a result (<see cref="EngineNames"/>); null where nobody asked or said.
    /// </summary>
    public string? Engine { get; init; }
}
