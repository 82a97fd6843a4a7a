using System.Text.Json.Serialization;

namespace ScalingLab.Fitting.Outcomes;

/// <summary>What may be believed of a fit.</summary>
public enum FitStatus
{
    /// <summary>The optimum was found and the data pin every parameter down.</summary>
    [JsonStringEnumMemberName("converged")]
    Converged,

    /// <summary>
    /// Other parameter values fit the data as well: the numbers, where given, are one choice among many.
    /// </summary>
    [JsonStringEnumMemberName("unidentified")]
    Unidentified,

    /// <summary>The minimiser stopped before it reached an optimum.</summary>
    [JsonStringEnumMemberName("not-converged")]
    NotConverged,

    /// <summary>Fewer points than the law needs: nothing was fitted.</summary>
    [JsonStringEnumMemberName("too-few-points")]
    TooFewPoints,
}

/// <summary>Where the minimum of a budget's parabola lies.</summary>
public enum MinimumStatus
{
    /// <summary>Convex, and the vertex lies strictly between the smallest and the largest value tried.</summary>
    [JsonStringEnumMemberName("interior")]
    Interior,

    /// <summary>Convex, but the vertex lies outside the values tried.</summary>
    [JsonStringEnumMemberName("edge")]
    Edge,

    /// <summary>The parabola opens downwards or is flat.</summary>
    [JsonStringEnumMemberName("not-convex")]
    NotConvex,

    /// <summary>Fewer than three distinct values.</summary>
    [JsonStringEnumMemberName("too-few-points")]
    TooFewPoints,
}
