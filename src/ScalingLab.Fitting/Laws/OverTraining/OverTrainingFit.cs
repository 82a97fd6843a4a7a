using System.Text.Json.Serialization;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Laws.OverTraining;

/// <summary>
/// The over-training fit. Numbers are null where nothing could be fitted, and must not be quoted unless the status is
/// converged. The tables have the keys E, coefficient_a, coefficient_b, eta and optimal_tokens_per_parameter.
/// </summary>
public sealed record OverTrainingFit : ISummarizedFit
{
    public required FitStatus Status { get; init; }

    public required int Points { get; init; }

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

    /// <summary>Standard deviations over the bootstrap of residuals; null without one.</summary>
    public IReadOnlyDictionary<string, double>? StandardError { get; init; }

    /// <summary>95 % percentile intervals over the bootstrap, widened by Student's t; null without one.</summary>
    public IReadOnlyDictionary<string, Interval>? Interval95 { get; init; }

    public int BootstrapDraws { get; init; }

    public int BootstrapFailures { get; init; }

    public int Starts { get; init; }

    public int StartsAtOptimum { get; init; }

    /// <summary>Root of the mean squared residual, in the residual's unit.</summary>
    public double? Scatter { get; init; }

    public IReadOnlyList<string> Unidentified { get; init; } = [];

    /// <summary>In JSON they stand in the document's one list.</summary>
    [JsonIgnore]
    public IReadOnlyList<FitWarning> Warnings { get; init; } = [];

    /// <inheritdoc/>
    [JsonIgnore]
    public LawSummary Summary => new(
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
