using System.Text.Json.Serialization;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Laws.IsoFlop;

/// <summary>
/// What approach 2 would be wrong by on these very places if the losses had no noise at all: the same minima and power
/// laws through the losses of a law fitted to the whole surface, less that law's own optimum. A parabola is not the
/// law's profile, so sizes that lie wide or off the optimum bend it (arXiv 2603.22339); a centre that drifts with the
/// budget goes into the exponents.
/// </summary>
/// <param name="Source">The surface: that of the parametric fit, else that of variable projection.</param>
/// <param name="ParametersExponent">a of the surface over the budgets, C as the rows count it.</param>
/// <param name="TokensExponent">b of the surface.</param>
/// <param name="ParametersExponentBias">What approach 2 adds to a.</param>
/// <param name="TokensExponentBias">What it adds to b.</param>
/// <param name="Minima">Budget by budget; those whose noise-free minimum is not interior are left out.</param>
public sealed record IsoFlopBias(
    FitMethod Source,
    [property: JsonPropertyName("a")] double ParametersExponent,
    [property: JsonPropertyName("b")] double TokensExponent,
    [property: JsonPropertyName("a_bias")] double ParametersExponentBias,
    [property: JsonPropertyName("b_bias")] double TokensExponentBias,
    IReadOnlyList<BudgetBias> Minima)
{
    private const double WorthSayingExponent = 0.005;
    private const double WorthSayingSize = 0.05;

    /// <summary>
    /// The IsoFLOP fit with its bias beside it, and a warning where that is worth a word. As it was where no surface is
    /// sure.
    /// </summary>
    public static IsoFlopFit AddTo(IsoFlopFit isoflop, IReadOnlyList<LossObservation> points, ParametricFit? parametric,
        FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(isoflop);
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(options);
        if (isoflop.ParametersLaw is null || isoflop.TokensLaw is null)
            return isoflop;
        var projected = options with { Method = FitMethod.VariableProjection, Bootstrap = 0 };
        var (surface, source) = parametric is { Status: FitStatus.Converged }
            ? (parametric, options.Method)
            : (ParametricFitter.Fit(points, projected), FitMethod.VariableProjection);
        if (surface is not { Status: FitStatus.Converged, Law: { } law }
            || Measure(points, law, source, isoflop.Curve!, options) is not { } bias)
            return isoflop;
        return isoflop with { Bias = bias, Warnings = [.. isoflop.Warnings, .. Warnings(bias, isoflop)] };
    }

    /// <summary>The bias of a curve on a known surface; null where its noise-free minima give no power law.</summary>
    public static IsoFlopBias? Measure(
        IReadOnlyList<LossObservation> points, ParametricLaw law, FitMethod source, MinimumCurve curve,
        FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(law);
        ArgumentNullException.ThrowIfNull(curve);
        ArgumentNullException.ThrowIfNull(options);
        IReadOnlyList<LossObservation> quiet =
            [.. points.Select(one => one with { Loss = law.Loss(one.Parameters, one.Tokens) })];
        var found = IsoFlopFitter.Minima(quiet, curve);
        var flopsPerToken = options.FlopsPerToken ?? ComputePerToken.From(points);
        IReadOnlyList<BudgetBias> minima =
            [.. found.Minima.Where(one => one.Parameters is not null && one.Tokens is not null).Select(one =>
        {
            var (n, d) = flopsPerToken is null ? law.Optimum(one.Flops) : law.Optimum(one.Flops, flopsPerToken);
            return new BudgetBias(one.Flops, n, d, Math.Log(one.Parameters!.Value / n),
                Math.Log(one.Tokens!.Value / d));
        })];
        if (minima.Any(one => !double.IsFinite(one.Parameters)))
            return null;
        double[] budgets = [.. minima.Select(one => one.Flops)];
        var sizes = PowerLaw.Through(budgets, [.. minima.Select(one => one.Parameters)]);
        var lengths = PowerLaw.Through(budgets, [.. minima.Select(one => one.Tokens)]);
        if (sizes is null || lengths is null || found.ParametersExponent is not { } a
            || found.TokensExponent is not { } b)
            return null;
        return new IsoFlopBias(source, sizes.Exponent, lengths.Exponent, a - sizes.Exponent, b - lengths.Exponent,
            minima);
    }

    private static IEnumerable<FitWarning> Warnings(IsoFlopBias bias, IsoFlopFit isoflop)
    {
        var worst = bias.Minima.MaxBy(one => Math.Abs(one.ParametersBias))!;
        if (Math.Abs(bias.ParametersExponentBias) < WorthSayingExponent
            && Math.Abs(worst.ParametersBias) < WorthSayingSize)
            yield break;
        var name = bias.Source == FitMethod.VariableProjection ? "least-squares surface (variable projection)"
            : "parametric law";
        yield return new FitWarning("isoflop-biased", Invariant(
            $"Where these runs lie, minima at fixed budgets would err without any noise: on the {name}'s own losses they give a = ",
            $"{bias.ParametersExponent + bias.ParametersExponentBias:F3} where it has {bias.ParametersExponent:F3}, and N_opt off by up to ",
            $"{Math.Exp(worst.ParametersBias) - 1:P0} (at {worst.Flops:0.##e0} FLOPs). Less that bias the IsoFLOP a is ",
            $"{isoflop.ParametersExponent - bias.ParametersExponentBias:F3} (approach 2's known fault, arXiv 2603.22339)."));
    }
}

/// <summary>
/// One budget: the surface's own optimum N and D, and ln of what approach 2 finds on its noise-free losses over that.
/// </summary>
public sealed record BudgetBias(double Flops, double Parameters, double Tokens, double ParametersBias,
    double TokensBias);
