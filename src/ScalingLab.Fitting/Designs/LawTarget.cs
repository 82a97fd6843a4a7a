using MathNet.Numerics.Distributions;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Numerics;

namespace ScalingLab.Fitting.Designs;

/// <summary>What a study is after.</summary>
public enum LawTargetKind
{
    /// <summary>The irreducible loss E, nats/token.</summary>
    Floor,

    /// <summary>alpha, the exponent of N in the loss.</summary>
    Alpha,

    /// <summary>beta, the exponent of D in the loss.</summary>
    Beta,

    /// <summary>a in N_opt proportional to C^a.</summary>
    ParametersExponent,

    /// <summary>b in D_opt proportional to C^b.</summary>
    TokensExponent,

    /// <summary>The best N at a budget.</summary>
    OptimalParameters,

    /// <summary>The best D at a budget.</summary>
    OptimalTokens,

    /// <summary>The loss of the best model at a budget, nats/token.</summary>
    OptimalLoss,

    /// <summary>The loss of one model on so many tokens, nats/token.</summary>
    Loss,
}

/// <summary>One number that follows from a law L = E + A/N^alpha + B/D^beta, by name: "a", "N_opt@1e21".</summary>
/// <param name="Kind">Which.</param>
/// <param name="Name">As it was asked for.</param>
/// <param name="Flops">The budget, where the number belongs to one.</param>
/// <param name="Parameters">N, of a loss.</param>
/// <param name="Tokens">D, of a loss.</param>
public sealed record LawTarget(
    LawTargetKind Kind, string Name, double? Flops = null, double? Parameters = null, double? Tokens = null)
{
    /// <summary>
    /// Compute per token of a model of N parameters, where it is not 6N; then optima are found numerically.
    /// </summary>
    public Func<double, double>? FlopsPerToken { get; init; }

    /// <summary>The five that need no budget.</summary>
    public static IReadOnlyList<LawTarget> OfLaw { get; } =
    [
        new(LawTargetKind.Floor, "E"),
        new(LawTargetKind.Alpha, "alpha"),
        new(LawTargetKind.Beta, "beta"),
        new(LawTargetKind.ParametersExponent, "a"),
        new(LawTargetKind.TokensExponent, "b"),
    ];

    /// <summary>Whether errors are factors, so that they are counted in the logarithm.</summary>
    public bool IsFactor => Kind is LawTargetKind.OptimalParameters or LawTargetKind.OptimalTokens;

    /// <summary>The number under a law; not finite where the law has none.</summary>
    public double Of(ParametricLaw law)
    {
        ArgumentNullException.ThrowIfNull(law);
        return Kind switch
        {
            LawTargetKind.Floor => law.E,
            LawTargetKind.Alpha => law.Alpha,
            LawTargetKind.Beta => law.Beta,
            LawTargetKind.ParametersExponent => law.ParametersExponent,
            LawTargetKind.TokensExponent => law.TokensExponent,
            LawTargetKind.OptimalParameters => Optimum(law).Parameters,
            LawTargetKind.OptimalTokens => Optimum(law).Tokens,
            LawTargetKind.OptimalLoss => Optimum(law) is var (n, d) ? law.Loss(n, d) : double.NaN,
            _ => law.Loss(Parameters!.Value, Tokens!.Value),
        };
    }

    /// <summary>The interval of a value with that standard error (of its logarithm where errors are factors).</summary>
    /// <param name="value">The value.</param>
    /// <param name="error">Its standard error.</param>
    /// <param name="runs">Runs behind it; five unknowns take as many degrees of freedom (Student's t).</param>
    /// <param name="level">How often such intervals hold the truth.</param>
    public Interval Interval(double value, double error, int runs, double level = 0.95)
    {
        var width = error * StudentT.InvCDF(0, 1, Math.Max(1, runs - 5), (1 + level) / 2);
        return IsFactor ? new Interval(value * Math.Exp(-width), value * Math.Exp(width))
            : new Interval(value - width, value + width);
    }

    /// <summary>The number, or its logarithm where errors are factors.</summary>
    internal double Scaled(ParametricLaw law) => IsFactor ? Math.Log(Of(law)) : Of(law);

    private (double Parameters, double Tokens) Optimum(ParametricLaw law) =>
        FlopsPerToken is { } perToken ? law.Optimum(Flops!.Value, perToken) : law.Optimum(Flops!.Value);
}
