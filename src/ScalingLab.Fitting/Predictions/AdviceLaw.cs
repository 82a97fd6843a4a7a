using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.DataConstrained;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Predictions;

/// <summary>The law of fresh text that headline, frontier and predictions follow, with its bootstrap.</summary>
/// <param name="Source">The fit that it comes from.</param>
/// <param name="Law">The law.</param>
/// <param name="Interval95">95 % intervals by name, a and b among them; null without.</param>
/// <param name="Draws">The bootstrap's laws; empty without one, or where the fit was read from a file.</param>
public sealed record AdviceLaw(
    FrontierSource Source, ParametricLaw Law, IReadOnlyDictionary<string, Interval>? Interval95,
    IReadOnlyList<ParametricLaw> Draws)
{
    /// <summary>The parametric law; null unless it converged.</summary>
    public static AdviceLaw? From(ParametricFit? fit) => fit is { Status: FitStatus.Converged, Law: { } law }
        ? new AdviceLaw(FrontierSource.Parametric, law, fit.Interval95, fit.Draws)
        : null;

    /// <summary>The data-constrained law's own law of fresh text; null where that is not sure.</summary>
    public static AdviceLaw? From(DataConstrainedFit? fit) => fit?.FreshLaw is { } law
        ? new AdviceLaw(FrontierSource.DataConstrained, law, fit.Interval95, [.. fit.Draws.Select(draw => draw.Base)])
        : null;
}
