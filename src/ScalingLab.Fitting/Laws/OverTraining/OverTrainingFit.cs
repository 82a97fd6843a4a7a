using System.Text.Json.Serialization;
using ScalingLab.Fitting.Numerics;

namespace ScalingLab.Fitting.Laws.OverTraining;

/// <summary>
/// The over-training fit. Numbers are null where nothing could be fitted. The tables have the keys E, coefficient_a,
/// coefficient_b, eta and optimal_tokens_per_parameter.
/// </summary>
public sealed record OverTrainingFit : ManyStartsFit
{
    /// <summary>The cost at the optimum, as the options put it together.</summary>
    public double? Objective { get; init; }

    /// <summary>Irreducible loss, nats/token.</summary>
    [JsonPropertyName("E")]
    public double? E { get; init; }

    /// <summary>Gadre et al.'s a (not the exponent of N_opt, which is 1/2 in this law).</summary>
    public double? CoefficientA { get; init; }

    /// <summary>Gadre et al.'s b.</summary>
    public double? CoefficientB { get; init; }

    /// <summary>Exponent of C.</summary>
    public double? Eta { get; init; }

    /// <summary>The compute-optimal D/N, the same at every C in this law.</summary>
    public double? OptimalTokensPerParameter { get; init; }

    /// <summary>Smallest and largest D/N fitted.</summary>
    public Interval? TokensPerParameterRange { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override LawSummary Summary => new(
        "Over-training",
        "L = E + (a M^η + b M^-η) C^-η with M = D/N (Gadre et al. 2024, arXiv 2403.08540): what a model trained on "
            + "more tokens than is compute-optimal loses.",
        [
            new LawNumber("best D/N", "best D/N", OptimalTokensPerParameter,
                Interval95?.GetValueOrDefault("optimal_tokens_per_parameter")),
            new LawNumber("η", "eta", Eta, Interval95?.GetValueOrDefault("eta")),
        ]);

    /// <summary>The fitted law; null where nothing was fitted.</summary>
    [JsonIgnore]
    public OverTrainingLaw? Law => E is { } e && CoefficientA is { } a && CoefficientB is { } b && Eta is { } eta
        ? new OverTrainingLaw(e, a, b, eta)
        : null;
}
