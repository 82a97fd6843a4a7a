using ScalingLab.Runs;

namespace ScalingLab.Store;

/// <summary>One process, so that another can tell later whether it is still the same one: process ids are used again.</summary>
/// <param name="Machine">The machine (and process-id namespace) that the id belongs to.</param>
/// <param name="Pid">Process id.</param>
/// <param name="Started">When it started, in whatever unit the machine gives; compared, never read.</param>
public sealed record ProcessMark(string Machine, int Pid, string Started);

/// <summary>A claimed run. Whoever holds this may write to the ledger as long as the fencing number is the run's.</summary>
/// <param name="Run">The run.</param>
/// <param name="Number">Which attempt at the run this is, from 1; attempts that were not charged count too.</param>
/// <param name="Fence">Fencing number: grows with every claim of the run, so that a late writer is known by its old number.</param>
/// <param name="Losses">Charged attempts before this one, since the run last got further.</param>
/// <param name="Checkpoint">The furthest step that the run ever had a checkpoint of, in optimizer steps; 0 before the first.</param>
/// <param name="MemoryLosses">Attempts before this one that ran out of memory; each halves the micro-batch.</param>
/// <param name="Spec">What to train.</param>
public sealed record Attempt(RunId Run, int Number, long Fence, int Losses, long Checkpoint, int MemoryLosses, RunSpec Spec);

/// <summary>Who claims.</summary>
/// <param name="Node">The node's name, for people.</param>
/// <param name="Host">The supervising process; null where it need not be found again.</param>
public sealed record Claimant(string Node, ProcessMark? Host = null);

/// <summary>What an attempt has to write down.</summary>
/// <param name="Points">Points of the curves; the same step replaces the same step.</param>
/// <param name="Checkpoint">The latest step with a checkpoint; null where none was saved since the last news.</param>
public sealed record AttemptNews(IReadOnlyList<MetricPoint> Points, long? Checkpoint = null);

/// <summary>How an attempt ended without a result.</summary>
/// <param name="Kind">The class of failure.</param>
/// <param name="Message">The failure in words.</param>
/// <param name="Happened">What it means for the run; one of FailedForGood, AttemptLost, AttemptsUsedUp, Yielded.</param>
/// <param name="BackOff">How long a run that is pending again waits before it may be claimed.</param>
public sealed record AttemptLoss(FailureKind Kind, string Message, RunEvent Happened, TimeSpan BackOff = default);

/// <summary>A run that has not ended, as scheduling needs it: small, so that thousands are read each second.</summary>
public sealed record QueuedRun
{
    /// <summary>The run.</summary>
    public required RunId Run { get; init; }

    /// <summary>Place in the sweep, from 0.</summary>
    public required int Position { get; init; }

    /// <summary>The model's name in the grid.</summary>
    public required string Model { get; init; }

    /// <summary>Training FLOPs of the whole run.</summary>
    public required double Flops { get; init; }

    /// <summary>Pending or running.</summary>
    public required RunState State { get; init; }

    /// <summary>Attempts begun.</summary>
    public int Attempts { get; init; }

    /// <summary>Charged attempts since the run last got further.</summary>
    public int Losses { get; init; }

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

    /// <summary>The process that supervises the running attempt.</summary>
    public ProcessMark? Host { get; init; }

    /// <summary>The worker of the running attempt.</summary>
    public ProcessMark? Worker { get; init; }
}

/// <summary>A sweep with the number of its runs in each state.</summary>
/// <param name="Name">The sweep.</param>
/// <param name="Question">What it asks.</param>
/// <param name="Paused">Whether a person paused it: nothing of it is started.</param>
/// <param name="Counts">Runs in each state; states without runs are absent.</param>
public sealed record SweepSummary(string Name, string? Question, bool Paused, IReadOnlyDictionary<RunState, int> Counts)
{
    /// <summary>All its runs.</summary>
    public int Total => Counts.Values.Sum();

    /// <summary>Runs in one state.</summary>
    public int In(RunState state) => Counts.GetValueOrDefault(state);
}
