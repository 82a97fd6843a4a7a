using System.Text.Json.Serialization;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Laws.Kaplan;

/// <summary>
/// One power law of the loss in X (N, D or C): L = (X_c/X)^alpha (Kaplan et al. 2020, eq. 1.1 to 1.3) or, with a floor,
/// L = E + (X_c/X)^alpha (Henighan et al. 2020, eq. 1.1). Numbers are null where nothing could be fitted. The tables
/// have the keys alpha, scale and, with a floor, E.
/// </summary>
public sealed record KaplanCurve : LawFit
{
    /// <summary>Loss that no X can pass, nats/token; null for the pure power law.</summary>
    [JsonPropertyName("E")]
    public double? E { get; init; }

    public double? Alpha { get; init; }

    /// <summary>X_c: parameters, tokens or FLOPs. Null where it lies beyond all numbers.</summary>
    public double? Scale { get; init; }

    /// <summary>Root of the mean squared residual of ln L.</summary>
    public double? Scatter { get; init; }

    /// <summary>alpha of each draw, in draw order; not written to JSON.</summary>
    [JsonIgnore]
    public IReadOnlyList<double> Draws { get; init; } = [];

    /// <summary>ln X_c of each draw, in draw order; not written to JSON.</summary>
    [JsonIgnore]
    public IReadOnlyList<double> LogScaleDraws { get; init; } = [];

    /// <summary>The loss at X in each draw of the bootstrap, nats/token, of a law without a floor.</summary>
    public IEnumerable<double> LossDraws(double x) =>
        Draws.Zip(LogScaleDraws, (alpha, logScale) => Math.Exp(alpha * (logScale - Math.Log(x))));

    /// <summary>The law's loss at X, nats/token; null where nothing was fitted.</summary>
    public double? Loss(double x) =>
        Alpha is { } alpha && Scale is { } scale ? (E ?? 0) + Math.Exp(alpha * (Math.Log(scale) - Math.Log(x))) : null;
}

/// <summary>
/// The loss as a power law of one variable, with and without a floor, and the rows it was taken from.
/// </summary>
public sealed record KaplanLaw
{
    /// <summary>N, D or C.</summary>
    public required string Variable { get; init; }

    /// <summary>Which rows the law was taken from, in words.</summary>
    public required string RowsFrom { get; init; }

    public required int Points { get; init; }

    public IReadOnlyList<int> Rows { get; init; } = [];

    /// <summary>L = (X_c/X)^alpha.</summary>
    public required KaplanCurve PowerLaw { get; init; }

    /// <summary>L = E + (X_c/X)^alpha.</summary>
    public required KaplanCurve WithFloor { get; init; }
}

/// <summary>
/// Kaplan et al. 2020's laws of one variable, least squares on ln L. <see cref="ParametersExponent"/> is what they
/// would advise from these rows: N_opt grows as C^(alpha_C / alpha_N) (their eq. 1.7), from the pure power laws.
/// </summary>
public sealed record KaplanFit
{
    /// <summary>Converged where at least one of the three pure power laws is; else that of L(N).</summary>
    public required FitStatus Status { get; init; }

    /// <summary>L(N): from the most-trained runs of each size.</summary>
    public required KaplanLaw Parameters { get; init; }

    /// <summary>L(D): from the largest size with enough different numbers of tokens.</summary>
    public required KaplanLaw Tokens { get; init; }

    /// <summary>L(C): from the lowest loss of each budget.</summary>
    public required KaplanLaw Compute { get; init; }

    /// <summary>alpha_C / alpha_N, the exponent of N_opt in C; null unless both converged and it is below 1.</summary>
    [JsonPropertyName("a")]
    public double? ParametersExponent { get; init; }

    /// <summary>1 - a: tokens as C/N.</summary>
    [JsonPropertyName("b")]
    public double? TokensExponent { get; init; }

    /// <summary>95 % intervals of a and b; null without a bootstrap.</summary>
    public IReadOnlyDictionary<string, Interval>? Interval95 { get; init; }

    /// <summary>In JSON they stand in the document's one list.</summary>
    [JsonIgnore]
    public IReadOnlyList<FitWarning> Warnings { get; init; } = [];
}
