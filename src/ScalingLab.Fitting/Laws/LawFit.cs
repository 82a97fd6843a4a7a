using System.Text.Json.Serialization;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Laws;

/// <summary>
/// What is told of every law made of terms. Numbers must not be quoted unless the status is converged.
/// </summary>
public abstract record LawFit
{
    [JsonPropertyOrder(-2)]
    public required FitStatus Status { get; init; }

    /// <summary>Standard deviations over the bootstrap of residuals; null without one.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyDictionary<string, double>? StandardError { get; init; }

    /// <summary>95 % percentile intervals over the bootstrap, widened by Student's t; null without one.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyDictionary<string, Interval>? Interval95 { get; init; }

    /// <summary>Draws asked for, and those whose descent did not converge (left out of the intervals).</summary>
    [JsonPropertyOrder(1)]
    public int BootstrapDraws { get; init; }

    [JsonPropertyOrder(1)]
    public int BootstrapFailures { get; init; }

    /// <summary>Names of what the rows do not hold.</summary>
    [JsonPropertyOrder(3)]
    public IReadOnlyList<string> Unidentified { get; init; } = [];
}

/// <summary>The fit of a law that a summary is all there is to say of.</summary>
public abstract record SummarizedFit : LawFit
{
    /// <summary>Rows that were fitted.</summary>
    [JsonPropertyOrder(-1)]
    public required int Points { get; init; }

    /// <summary>In JSON they stand in the document's one list.</summary>
    [JsonIgnore]
    public IReadOnlyList<FitWarning> Warnings { get; init; } = [];

    /// <summary>What is said of it.</summary>
    [JsonIgnore]
    public abstract LawSummary Summary { get; }
}

/// <summary>Such a fit by least squares or Huber's cost from many starts.</summary>
public abstract record ManyStartsFit : SummarizedFit
{
    /// <summary>
    /// Descents started, and those that ended at the optimum reported (objective within 1e-6 relative).
    /// </summary>
    [JsonPropertyOrder(2)]
    public int Starts { get; init; }

    [JsonPropertyOrder(2)]
    public int StartsAtOptimum { get; init; }

    /// <summary>Root of the mean squared residual, in the residual's unit.</summary>
    [JsonPropertyOrder(2)]
    public double? Scatter { get; init; }
}
