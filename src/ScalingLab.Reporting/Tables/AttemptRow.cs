using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tables;

/// <summary>One attempt at one run as a row of attempts.csv, by the clock of the ledger.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Number">Which attempt at the run this is, from 1.</param>
/// <param name="Node">The node that made it.</param>
/// <param name="Device">The node's device, e.g. "cuda:1"; null where it is not known.</param>
/// <param name="Began">When the run was claimed.</param>
/// <param name="Ended">When it ended; null while it runs.</param>
/// <param name="Outcome">What its end meant for the run; null while it runs.</param>
/// <param name="Failure">The class of failure; null where it did not fail.</param>
public sealed record AttemptRow(
    string RunId, int Number, string Node, string? Device, DateTimeOffset Began, DateTimeOffset? Ended,
    RunEvent? Outcome, FailureKind? Failure);
