using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Store.Records;

/// <summary>How a sweep is to be carried out: nothing of this is part of what its runs are.</summary>
public sealed record SweepSettings
{
    /// <summary>Higher first.</summary>
    public int Priority { get; init; }

    /// <summary>When it may run, e.g. "20:00-08:00"; null is always.</summary>
    public string? Window { get; init; }

    /// <summary>When it has to be done: nothing is started that cannot end by then. Null where it has time.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>The class of devices that it wants, "cpu" or "cuda"; null where it takes what is there.</summary>
    public string? Device { get; init; }

    /// <summary>
    /// How many GPUs of a node train each of its runs together, as far as the node has them; null is one.
    /// </summary>
    public int? Gpus { get; init; }

    /// <summary>The grid's JSON, so that a node needs no file to prepare data, fit and report.</summary>
    public string? Grid { get; init; }

    /// <summary>Where the grid was read, for people and for paths that are relative to it.</summary>
    public string? GridFile { get; init; }

    /// <summary>Folder of the results.</summary>
    public string? ResultsFolder { get; init; }

    /// <summary>How the data are prepared, in the words of whoever prepares them.</summary>
    public string? Preparation { get; init; }
}

/// <summary>A sweep with the number of its runs in each state.</summary>
/// <param name="Name">The sweep.</param>
/// <param name="Question">What it asks.</param>
/// <param name="Paused">Whether a person paused it: nothing of it is started.</param>
/// <param name="Counts">Runs in each state.</param>
public sealed record SweepSummary(string Name, string? Question, bool Paused, RunCounts Counts)
{
    /// <summary>Higher first.</summary>
    public int Priority { get; init; }

    /// <summary>When it may run; null is always.</summary>
    public string? Window { get; init; }

    /// <summary>When it has to be done; null where it has time.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>The class of devices that it wants; null where it takes what is there.</summary>
    public string? Device { get; init; }

    /// <summary>
    /// Its devices were asked for until then; <see cref="Ledger.UntilResumed"/> where only a resume ends it. May have
    /// passed; null where nobody asked.
    /// </summary>
    public DateTimeOffset? YieldedUntil { get; init; }

    /// <summary>When it was queued.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>When its fit and report were last made; null before.</summary>
    public DateTimeOffset? Reported { get; init; }

    /// <summary>
    /// Names what its runs ended with: where a run ends anew it is another; null before the last has ended.
    /// </summary>
    public string? EndStamp { get; init; }

    /// <summary>Every run has ended, and the report is not of what they ended with.</summary>
    public bool ReportIsDue { get; init; }

    /// <summary>Why the last try to make the report failed; null where it did not.</summary>
    public string? ReportFailure { get; init; }

    /// <summary>Finished runs that its last report flags as not to be believed; null before a report.</summary>
    public int? Flagged { get; init; }

    /// <summary>All its runs.</summary>
    public int Total => Counts.Total;

    /// <summary>Runs in each state, by its word; states without runs are 0.</summary>
    public IReadOnlyDictionary<string, int> States => RunLifecycle.States.ToDictionary(RunLifecycle.NameOf, In);

    /// <summary>Runs in one state.</summary>
    public int In(RunState state) => Counts[state];
}

/// <summary>The right to make a sweep's fit and report, for as long as the lease holds.</summary>
/// <param name="Sweep">The sweep.</param>
/// <param name="Stamp">Names what its runs ended with: another stamp, another report.</param>
/// <param name="Fence">Fencing number: grows with every claim.</param>
public sealed record ReportClaim(string Sweep, string Stamp, long Fence);
