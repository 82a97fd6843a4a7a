namespace ScalingLab.Runs.Outcomes;

/// <summary>
/// All that is known of one run of a sweep: what the ledger reads out and the results are written from.
/// </summary>
public sealed record RunRecord
{
    /// <summary>The run and its labels.</summary>
    public required SweepCell Cell { get; init; }

    /// <summary>Where it stands.</summary>
    public required RunState State { get; init; }

    /// <summary>Attempts begun.</summary>
    public int Attempts { get; init; }

    /// <summary>The accepted result of a completed run.</summary>
    public RunResult? Result { get; init; }

    /// <summary>
    /// What was predicted of a completed run's wall time, from the runs that had finished when it began; null where
    /// none had.
    /// </summary>
    public double? PredictedSeconds { get; init; }

    /// <summary>Why the last attempt ended badly.</summary>
    public FailureKind? Failure { get; init; }

    /// <summary>The failure in words.</summary>
    public string? FailureMessage { get; init; }

    /// <summary>The curves so far, by step.</summary>
    public IReadOnlyList<MetricPoint> Points { get; init; } = [];
}
