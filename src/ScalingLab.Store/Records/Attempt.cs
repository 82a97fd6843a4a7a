using System.Globalization;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Store.Records;

/// <summary>
/// One process, so that another can tell later whether it is still the same one: process ids are used again.
/// </summary>
/// <param name="Machine">The machine (and process-id namespace) that the id belongs to.</param>
/// <param name="Pid">Process id.</param>
/// <param name="Started">When it started, in whatever unit the machine gives; compared, never read.</param>
public sealed record ProcessIdentity(string Machine, int Pid, string Started);

/// <summary>
/// A claimed run. Whoever holds this may write to the ledger as long as the fencing number is the run's.
/// </summary>
/// <param name="Run">The run.</param>
/// <param name="Number">Which attempt at the run this is, from 1; attempts that were not charged count too.</param>
/// <param name="Fence">Fencing number: grows with every claim of the run, so that a late writer is known by its old
/// number.</param>
/// <param name="ChargedAttempts">Charged attempts before this one, since the run last got further.</param>
/// <param name="Checkpoint">The furthest step that the run ever had a checkpoint of, in optimizer steps; 0 before the
/// first.</param>
/// <param name="OutOfMemoryAttempts">Attempts before this one that ran out of memory; each halves the
/// micro-batch.</param>
/// <param name="Spec">What to train.</param>
public sealed record Attempt(RunId Run, int Number, long Fence, int ChargedAttempts, long Checkpoint,
    int OutOfMemoryAttempts, RunSpec Spec);

/// <summary>What an attempt is called.</summary>
public static class AttemptTitle
{
    /// <summary>
    /// In words: "quickstart micro-63k 6e11 seed 1, attempt 2, fence 17"; of a run that nobody has attempted, the run
    /// alone.
    /// </summary>
    /// <param name="sweep">The sweep that the run is made for.</param>
    /// <param name="cell">The run as that sweep has it.</param>
    /// <param name="number">The attempt, from 1; 0 for none.</param>
    /// <param name="fence">Its fencing number.</param>
    public static string Format(string sweep, SweepCell cell, int number, long fence) => number == 0
        ? $"{sweep} {cell.Title}"
        : string.Create(CultureInfo.InvariantCulture, $"{sweep} {cell.Title}, attempt {number}, fence {fence}");
}

/// <summary>Who claims.</summary>
/// <param name="Node">The node's name, for people.</param>
/// <param name="Host">The supervising process; null where it need not be found again.</param>
/// <param name="Device">The node's device that the attempt gets, e.g. "cpu" or "cuda:1"; null where it is not known
/// yet.</param>
public sealed record Claimant(string Node, ProcessIdentity? Host = null, string? Device = null);

/// <summary>What an attempt has to write down.</summary>
/// <param name="Points">Points of the curves; the same step replaces the same step.</param>
/// <param name="Checkpoint">The latest step with a checkpoint; null where none was saved since the last report.</param>
/// <param name="TokensPerSecond">The attempt's training speed just now; null where it has not been measured since the
/// last report.</param>
public sealed record AttemptReport(IReadOnlyList<MetricPoint> Points, long? Checkpoint = null,
    double? TokensPerSecond = null);

/// <summary>How an attempt ended without a result.</summary>
/// <param name="Kind">The class of failure.</param>
/// <param name="Message">The failure in words.</param>
/// <param name="Happened">What it means for the run; one of FailedForGood, AttemptLost, AttemptsUsedUp,
/// Yielded.</param>
/// <param name="BackOff">How long a run that is pending again waits before it may be claimed.</param>
public sealed record AttemptEnd(FailureKind Kind, string Message, RunEvent Happened, TimeSpan BackOff = default)
{
    /// <summary>Whether it counts among the attempts that a run may lose, where its event is one that counts.</summary>
    public bool Charged { get; init; } = true;
}

/// <summary>An attempt as the ledger remembers it: every death has a name here.</summary>
public sealed record AttemptRecord
{
    /// <summary>The run.</summary>
    public required RunId Run { get; init; }

    /// <summary>Which attempt at the run this is, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>Its fencing number.</summary>
    public required long Fence { get; init; }

    /// <summary>The node that made it.</summary>
    public required string Node { get; init; }

    /// <summary>The node's device, e.g. "cpu" or "cuda:1"; null where it is not known.</summary>
    public string? Device { get; init; }

    /// <summary>CPU threads of its worker; null before there was one.</summary>
    public int? Threads { get; init; }

    /// <summary>Most tokens in one forward and backward pass; null before there was a worker.</summary>
    public int? MicroBatchTokens { get; init; }

    /// <summary>When the run was claimed.</summary>
    public required DateTimeOffset Began { get; init; }

    /// <summary>When it ended; null while it runs.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>What its end meant for the run; null while it runs.</summary>
    public RunEvent? Outcome { get; init; }

    /// <summary>The class of failure; null where it did not fail.</summary>
    public FailureKind? Failure { get; init; }

    /// <summary>The failure in words.</summary>
    public string? Message { get; init; }

    /// <summary>Exact training FLOPs a second, as last measured; null where it never got so far.</summary>
    public double? FlopsPerSecond { get; init; }
}
