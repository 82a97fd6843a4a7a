using System.Text.Json.Serialization;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Laws.Parametric;

/// <summary>
/// An observation beside the law. Residual is ln(predicted) - ln(observed) or predicted - observed, as
/// <see cref="ParametricFit.ResidualKind"/> says.
/// </summary>
public sealed record FitResidual(
    int Row, string? Label, double Parameters, double Tokens, double Flops, double Loss, double Predicted,
    double Residual);

/// <summary>How an interval was found.</summary>
public enum IntervalKind
{
    /// <summary>The central 95 % of the bootstrap's draws.</summary>
    [JsonStringEnumMemberName("percentile")]
    Percentile,

    /// <summary>The values that the profile of the cost does not reject.</summary>
    [JsonStringEnumMemberName("profile")]
    Profile,
}

/// <summary>
/// The parametric fit. Numbers are null where nothing could be fitted; where <see cref="Status"/> is not converged, the
/// numbers given are the best found and must not be quoted. The interval and standard-error tables have the keys E, A,
/// B, alpha, beta, a and b.
/// </summary>
public sealed record ParametricFit
{
    private static readonly string[] Watched = ["E", "alpha", "beta", "a"];

    public required FitStatus Status { get; init; }

    public required int Points { get; init; }

    /// <summary>The cost at the optimum: sum or mean of Huber's cost or half squares, as the options say.</summary>
    public double? Objective { get; init; }

    /// <summary>
    /// What was fitted: as the options say, but always linear by variable projection, which knows no other. Null where
    /// nothing could be fitted.
    /// </summary>
    public ResidualKind? ResidualKind { get; init; }

    /// <summary>Irreducible loss, nats/token.</summary>
    [JsonPropertyName("E")]
    public double? E { get; init; }

    [JsonPropertyName("A")]
    public double? A { get; init; }

    [JsonPropertyName("B")]
    public double? B { get; init; }

    public double? Alpha { get; init; }

    public double? Beta { get; init; }

    /// <summary>Exponent of N_opt in C (C = 6ND): beta / (alpha + beta).</summary>
    [JsonPropertyName("a")]
    public double? ParametersExponent { get; init; }

    /// <summary>Exponent of D_opt in C (C = 6ND): alpha / (alpha + beta).</summary>
    [JsonPropertyName("b")]
    public double? TokensExponent { get; init; }

    /// <summary>Standard deviations over the bootstrap; null without one.</summary>
    public IReadOnlyDictionary<string, double>? StandardError { get; init; }

    /// <summary>
    /// The 95 % intervals to quote, of <see cref="Interval95Kind"/>; null where nothing could be fitted.
    /// </summary>
    public IReadOnlyDictionary<string, Interval>? Interval95 =>
        Interval95Kind == IntervalKind.Percentile ? Interval95Percentile : Interval95Profile;

    /// <summary>
    /// The kind that holds the truth as often as it says (docs/coverage.md): profile, which takes the runs' scatter to
    /// be alike everywhere, unless the bootstrap, which does not, contradicts that. Null where there are no intervals.
    /// </summary>
    public IntervalKind? Interval95Kind => (Interval95Profile, Interval95Percentile) switch
    {
        (null, null) => null,
        (null, _) => IntervalKind.Percentile,
        ({ } profile, { } percentile) when Widening(profile, percentile) > Chance => IntervalKind.Percentile,
        _ => IntervalKind.Profile,
    };

    /// <summary>95 % percentile intervals over the bootstrap; null without one.</summary>
    public IReadOnlyDictionary<string, Interval>? Interval95Percentile { get; init; }

    /// <summary>
    /// 95 % profile-likelihood intervals; they need no bootstrap. Null where some run has several points.
    /// </summary>
    public IReadOnlyDictionary<string, Interval>? Interval95Profile { get; init; }

    /// <summary>
    /// Bootstrap draws asked for, and those whose descent did not converge (left out of the intervals).
    /// </summary>
    public int BootstrapDraws { get; init; }

    public int BootstrapFailures { get; init; }

    /// <summary>
    /// Descents started, and those that ended at the optimum reported (objective within 1e-6 relative).
    /// </summary>
    public int Starts { get; init; }

    public int StartsAtOptimum { get; init; }

    /// <summary>The parameters that the data do not pin down.</summary>
    public IReadOnlyList<string> Unidentified { get; init; } = [];

    /// <summary>
    /// The parameters and exponents that were given (<see cref="FitOptions.Pins"/>) and not fitted; of two equal
    /// exponents that is beta.
    /// </summary>
    public IReadOnlyList<string> Pinned { get; init; } = [];

    /// <summary>
    /// The parameters whose profile interval has an end that the data do not reject: there the search ended.
    /// </summary>
    public IReadOnlyList<string> IntervalsAtBound { get; init; } = [];

    public IReadOnlyList<FitResidual> Residuals { get; init; } = [];

    /// <summary>In JSON they stand in the document's one list.</summary>
    [JsonIgnore]
    public IReadOnlyList<FitWarning> Warnings { get; init; } = [];

    /// <summary>The fitted law; null where nothing was fitted.</summary>
    [JsonIgnore]
    public ParametricLaw? Law => E is { } e && A is { } a && B is { } b && Alpha is { } alpha && Beta is { } beta
        ? new ParametricLaw(e, a, b, alpha, beta)
        : null;

    /// <summary>The bootstrap's laws, in draw order; not written to JSON.</summary>
    [JsonIgnore]
    public IReadOnlyList<ParametricLaw> Draws { get; init; } = [];

    // Over the coverage study's even sweeps the factor is 0.97 to 1.12 on average, and ln of it varies by 0.5 to 1.2
    // over sqrt(n) from sweep to sweep; over its uneven ones it is 1.19 (squares) and 1.30 (Huber).
    private double Chance => 1.05 + (1.6 / Math.Sqrt(Points));

    // The mean (geometric) factor by which the percentile intervals of the floor and the exponents are wider, of those
    // that were fitted.
    private double Widening(IReadOnlyDictionary<string, Interval> profile,
        IReadOnlyDictionary<string, Interval> percentile) =>
        Math.Exp(Watched.Except(Pinned).Select(name => Math.Log(percentile[name].Width / profile[name].Width))
            .DefaultIfEmpty(0).Average());
}
