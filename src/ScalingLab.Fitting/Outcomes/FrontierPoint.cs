using System.Text.Json.Serialization;
using ScalingLab.Fitting.Numerics;

namespace ScalingLab.Fitting.Outcomes;

/// <summary>Which fit a frontier comes from.</summary>
public enum FrontierSource
{
    /// <summary>No fit was sure enough: there is no frontier.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    [JsonStringEnumMemberName("parametric")]
    Parametric,

    [JsonStringEnumMemberName("isoflop")]
    IsoFlop,

    /// <summary>
    /// What the data-constrained law says of fresh text: where rows repeat theirs too often for the parametric law.
    /// </summary>
    [JsonStringEnumMemberName("data-constrained")]
    DataConstrained,
}

/// <summary>95 % percentile intervals of a frontier point; loss is null where the source gives none.</summary>
public sealed record FrontierInterval(Interval Parameters, Interval Tokens, Interval? Loss);

/// <summary>
/// The compute-optimal model and data for a budget in FLOPs. Loss (nats/token) is null where only the IsoFLOP laws are
/// sure. Extrapolated says that the budget lies beyond those observed, above or below.
/// </summary>
public sealed record FrontierPoint(
    double Flops, double Parameters, double Tokens, double? Loss, bool Extrapolated, FrontierInterval? Interval95);
