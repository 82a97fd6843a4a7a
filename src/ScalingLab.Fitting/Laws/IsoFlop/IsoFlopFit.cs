using System.Text.Json.Serialization;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Laws.IsoFlop;

/// <summary>
/// One budget's profile. Parameters and Loss come from the curve (<see cref="IsoFlopFit.Curve"/>) in ln N, Tokens from
/// the one in ln D; each is null unless its minimum is interior.
/// </summary>
public sealed record IsoFlopMinimum
{
    /// <summary>The budget, FLOPs (the planned one, else the geometric mean of its runs).</summary>
    public required double Flops { get; init; }

    /// <summary>N at the minimum.</summary>
    public double? Parameters { get; init; }

    /// <summary>D at the minimum.</summary>
    public double? Tokens { get; init; }

    /// <summary>Loss at the minimum over N, nats/token.</summary>
    public double? Loss { get; init; }

    /// <summary>Of the curve in ln N.</summary>
    public required MinimumStatus Status { get; init; }

    /// <summary>Of the curve in ln D.</summary>
    public required MinimumStatus TokensStatus { get; init; }

    public required int Points { get; init; }

    public required int DistinctSizes { get; init; }

    /// <summary>Smallest and largest N and D tried.</summary>
    public required Interval ParametersRange { get; init; }

    public required Interval TokensRange { get; init; }

    /// <summary>
    /// Smallest and largest N that the curve was fitted to, over which it may be drawn; null where that is all of them.
    /// </summary>
    public Interval? CurveRange { get; init; }

    [JsonIgnore]
    public Interval Range => CurveRange ?? ParametersRange;

    /// <summary>
    /// Loss over N; null with fewer than three distinct sizes. An Akima spline has none: then the parabola through all
    /// sizes.
    /// </summary>
    public Parabola? ParametersParabola { get; init; }

    /// <summary>Loss over D, likewise; null with fewer than three distinct numbers of tokens.</summary>
    public Parabola? TokensParabola { get; init; }

    /// <summary>95 % percentile interval of N at the minimum, over the draws that kept it interior.</summary>
    public Interval? ParametersInterval95 { get; init; }

    public Interval? TokensInterval95 { get; init; }

    /// <summary>Bootstrap draws in which the minimum over N was not interior.</summary>
    public int LostDraws { get; init; }

    /// <summary>The rows of this budget.</summary>
    public IReadOnlyList<int> Rows { get; init; } = [];
}

/// <summary>
/// Approach 2 of Hoffmann et al. 2022: the best size at fixed budgets, power laws through the interior minima.
/// </summary>
public sealed record IsoFlopFit
{
    public required FitStatus Status { get; init; }

    public IReadOnlyList<IsoFlopMinimum> Minima { get; init; } = [];

    /// <summary>
    /// Whether the minima were given (<see cref="GivenMinima"/>), not found here; their intervals are then Student's t.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Given { get; init; }

    /// <summary>The curve that found the minima; null where there is no budget, or they were given.</summary>
    public MinimumCurve? Curve { get; init; }

    /// <summary>
    /// Standard deviation of ln loss round the curve, over its sizes; null where no point is left over to tell.
    /// </summary>
    public double? Scatter { get; init; }

    /// <summary>The same of parabolas through all sizes, over Scatter; null unless the data turned them down.</summary>
    public double? ParabolaMisses { get; init; }

    /// <summary>Exponent of N_opt = k C^a; null where fewer than three minima are interior.</summary>
    [JsonPropertyName("a")]
    public double? ParametersExponent { get; init; }

    /// <summary>Exponent of D_opt = k' C^b.</summary>
    [JsonPropertyName("b")]
    public double? TokensExponent { get; init; }

    /// <summary>k of N_opt = k C^a.</summary>
    public double? ParametersCoefficient { get; init; }

    /// <summary>k' of D_opt = k' C^b.</summary>
    public double? TokensCoefficient { get; init; }

    /// <summary>
    /// 95 % percentile intervals of a and b; null without a bootstrap, with fewer than three interior minima, or with
    /// most draws lost.
    /// </summary>
    public IReadOnlyDictionary<string, Interval>? Interval95 { get; init; }

    /// <summary>Standard deviations of a and b over the bootstrap; null where there is no interval.</summary>
    public IReadOnlyDictionary<string, double>? StandardError { get; init; }

    public int BootstrapDraws { get; init; }

    /// <summary>
    /// Standard deviation of ln loss that the draws put on the points; null for parabolas through all sizes, whose
    /// points are redrawn.
    /// </summary>
    public double? BootstrapNoise { get; init; }

    /// <summary>Draws left with fewer than three interior minima, which have no exponent.</summary>
    public int BootstrapFailures { get; init; }

    /// <summary>
    /// What the method itself is wrong by on these places; null where no surface is sure
    /// (<see cref="IsoFlopBias.AddTo"/>).
    /// </summary>
    public IsoFlopBias? Bias { get; init; }

    /// <summary>In JSON they stand in the document's one list.</summary>
    [JsonIgnore]
    public IReadOnlyList<FitWarning> Warnings { get; init; } = [];

    [JsonIgnore]
    public PowerLaw? ParametersLaw =>
        ParametersCoefficient is { } k && ParametersExponent is { } a ? new PowerLaw(k, a) : null;

    [JsonIgnore]
    public PowerLaw? TokensLaw => TokensCoefficient is { } k && TokensExponent is { } b ? new PowerLaw(k, b) : null;

    /// <summary>The bootstrap's laws of N_opt and D_opt, in draw order; not written to JSON.</summary>
    [JsonIgnore]
    public IReadOnlyList<(PowerLaw Parameters, PowerLaw Tokens)> Draws { get; init; } = [];
}
