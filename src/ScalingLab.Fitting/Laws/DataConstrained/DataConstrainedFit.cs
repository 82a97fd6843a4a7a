using System.Globalization;
using System.Text.Json.Serialization;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Laws.DataConstrained;

/// <summary>
/// The data-constrained fit. Numbers are null where nothing could be fitted; R_D* and R_N* are null where the data do
/// not hold them. The points are the rows that say how many distinct tokens they saw. The tables have the keys E, A, B,
/// alpha, beta, a, b, r_d_star and r_n_star.
/// </summary>
public sealed record DataConstrainedFit : ManyStartsFit
{
    /// <summary>Rows that repeat tokens (D above 1.05 U), and the most passes over the data among them.</summary>
    public int RepeatedPoints { get; init; }

    public double? MostEpochs { get; init; }

    /// <summary>
    /// Rows whose model is larger than compute-optimal for its distinct tokens: they alone tell of R_N*.
    /// </summary>
    public int ExcessPoints { get; init; }

    /// <summary>
    /// Whether E, A, B, alpha and beta were handed in, as Muennighoff et al. do, or fitted together with R_D* and R_N*.
    /// </summary>
    public bool BaseGiven { get; init; }

    /// <summary>The cost at the optimum, as the options put it together.</summary>
    public double? Objective { get; init; }

    [JsonPropertyName("E")]
    public double? E { get; init; }

    [JsonPropertyName("A")]
    public double? A { get; init; }

    [JsonPropertyName("B")]
    public double? B { get; init; }

    public double? Alpha { get; init; }

    public double? Beta { get; init; }

    /// <summary>Exponent of N_opt in C while data is not short: beta / (alpha + beta).</summary>
    [JsonPropertyName("a")]
    public double? ParametersExponent { get; init; }

    [JsonPropertyName("b")]
    public double? TokensExponent { get; init; }

    /// <summary>R_D*, in repetitions.</summary>
    [JsonPropertyName("r_d_star")]
    public double? TokensDecay { get; init; }

    /// <summary>R_N*, in multiples of U_N beyond the first.</summary>
    [JsonPropertyName("r_n_star")]
    public double? ParametersDecay { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override LawSummary Summary => new(
        "Repeated data",
        "Repeated tokens count as D' = U + U R_D* (1 - exp(-R_D/R_D*)), and parameters alike (Muennighoff et al. 2023, "
            + "arXiv 2305.16264). "
            + string.Create(CultureInfo.InvariantCulture,
                $"{RepeatedPoints} {(RepeatedPoints == 1 ? "run" : "runs")} of {Points} repeat tokens")
            + (MostEpochs is { } most
                ? $", {RoundNumber.Text(most)} passes at most." : "."),
        [
            new LawNumber("R_D*", "R_D*", TokensDecay, Interval95?.GetValueOrDefault("r_d_star")),
            new LawNumber("R_N*", "R_N*", ParametersDecay, Interval95?.GetValueOrDefault("r_n_star")),
        ]);

    /// <summary>The bootstrap's laws, in draw order; not written to JSON.</summary>
    [JsonIgnore]
    public IReadOnlyList<DataConstrainedLaw> Draws { get; init; } = [];

    /// <summary>
    /// The fit itself, also where R_N* (or the worth of repetition) is not sure; null where nothing was fitted. Not
    /// written to JSON.
    /// </summary>
    [JsonIgnore]
    public DataConstrainedLaw? Best { get; init; }

    /// <summary>
    /// E, A, B, alpha and beta as a law of fresh text; null unless they and R_D* are sure. R_N* alone left open does
    /// not matter to it.
    /// </summary>
    [JsonIgnore]
    public ParametricLaw? FreshLaw =>
        Status is FitStatus.Converged or FitStatus.Unidentified && Unidentified.All(name => name == "r_n_star")
        && E is { } e && A is { } a && B is { } b && Alpha is { } alpha && Beta is { } beta
            ? new ParametricLaw(e, a, b, alpha, beta)
            : null;

    /// <summary>The fitted law; null unless every part of it is there.</summary>
    [JsonIgnore]
    public DataConstrainedLaw? Law =>
        E is { } e && A is { } a && B is { } b && Alpha is { } alpha && Beta is { } beta && TokensDecay is { } tokens
        && ParametersDecay is { } parameters
            ? new DataConstrainedLaw(new ParametricLaw(e, a, b, alpha, beta), tokens, parameters)
            : null;
}
