using System.Text.Json.Serialization;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Laws.Envelope;

/// <summary>A budget, and the run whose curve is lowest there.</summary>
/// <param name="Flops">Centre of the bin, FLOPs.</param>
/// <param name="Parameters">N of the lowest run.</param>
/// <param name="Tokens">Tokens that run had seen at this compute.</param>
/// <param name="Loss">Its loss there, nats/token, interpolated in ln C.</param>
/// <param name="Edge">Whether no smaller, or no larger, model was tried at this compute: the optimum may lie
/// beyond.</param>
public sealed record EnvelopePoint(double Flops, double Parameters, double Tokens, double Loss, bool Edge);

/// <summary>
/// Approach 1 of Hoffmann et al. 2022: the lower envelope of training curves over compute, and power laws through the
/// sizes and tokens of its winners. Numbers are null unless the power laws could be fitted.
/// </summary>
public sealed record EnvelopeFit
{
    public required FitStatus Status { get; init; }

    /// <summary>What the curves are: "training-curves", or "final-losses" where a run has one point only.</summary>
    public required string Kind { get; init; }

    /// <summary>Curve points used, and the curves that they make.</summary>
    public required int Points { get; init; }

    public required int Curves { get; init; }

    /// <summary>
    /// Bins of compute asked for; those where at least three sizes compete; those of them whose winner is an interior
    /// size.
    /// </summary>
    public required int Bins { get; init; }

    public int ContestedBins { get; init; }

    public int InteriorBins { get; init; }

    /// <summary>Sizes that win in some interior bin.</summary>
    public int WinningSizes { get; init; }

    /// <summary>Exponent of N_opt in C.</summary>
    [JsonPropertyName("a")]
    public double? ParametersExponent { get; init; }

    /// <summary>Exponent of D_opt in C.</summary>
    [JsonPropertyName("b")]
    public double? TokensExponent { get; init; }

    /// <summary>N_opt = parameters_coefficient * C^a.</summary>
    public double? ParametersCoefficient { get; init; }

    /// <summary>D_opt = tokens_coefficient * C^b.</summary>
    public double? TokensCoefficient { get; init; }

    /// <summary>Compute over which the interior winners lie.</summary>
    public Interval? FlopsRange { get; init; }

    /// <summary>Standard deviations over a bootstrap of whole curves, by name (a, b); null without one.</summary>
    public IReadOnlyDictionary<string, double>? StandardError { get; init; }

    /// <summary>95 % percentile intervals over a bootstrap of whole curves, by name (a, b); null without one.</summary>
    public IReadOnlyDictionary<string, Interval>? Interval95 { get; init; }

    public int BootstrapDraws { get; init; }

    public int BootstrapFailures { get; init; }

    /// <summary>The envelope, thinned to at most 120 bins.</summary>
    public IReadOnlyList<EnvelopePoint> Envelope { get; init; } = [];

    /// <summary>In JSON they stand in the document's one list.</summary>
    [JsonIgnore]
    public IReadOnlyList<FitWarning> Warnings { get; init; } = [];

    [JsonIgnore]
    public PowerLaw? ParametersLaw =>
        ParametersCoefficient is { } k && ParametersExponent is { } a ? new PowerLaw(k, a) : null;

    [JsonIgnore]
    public PowerLaw? TokensLaw => TokensCoefficient is { } k && TokensExponent is { } b ? new PowerLaw(k, b) : null;
}
