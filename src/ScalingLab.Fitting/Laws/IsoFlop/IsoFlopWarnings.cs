using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Laws.IsoFlop;

/// <summary>What a reader must know of an IsoFLOP fit.</summary>
internal static class IsoFlopWarnings
{
    /// <summary>An exponent's interval as wide as 1 allows constant size and constant data alike.</summary>
    public static bool IsUninformative(Interval exponent) => exponent.Width >= 1;

    /// <summary>Why the minima do not hold an exponent; null: they do.</summary>
    public static string? ReasonUnidentified(IsoFlopBootstrap trial)
    {
        if (trial.MostFailed)
        {
            return Invariant(
                $"{trial.Failures} of {trial.Failures + trial.Laws.Count} resamples keep fewer than {IsoFlopBootstrap.LeastMinima} ")
                + "interior minima: the IsoFLOP exponents hang on single runs.";
        }

        return Percentiles.Intervals(trial.Laws, PowerLaw.Exponents)?.Values.Any(IsUninformative) == true
            ? "The bootstrap interval of an IsoFLOP exponent is as wide as 1: the sweep does not say how to scale."
            : null;
    }

    /// <param name="fit">Its minima, curve and laws.</param>
    /// <param name="rest">Runs of no budget.</param>
    /// <param name="trial">The draws that decide the status; null where no law is there to be drawn.</param>
    public static IReadOnlyList<FitWarning> For(IsoFlopFit fit, IReadOnlyList<LossObservation> rest,
        IsoFlopBootstrap? trial)
    {
        var warnings = new List<FitWarning>();
        if (rest.Count > 0)
        {
            warnings.Add(new FitWarning("runs-outside-budgets", Invariant(
                $"{rest.Count} runs share their compute with fewer than two other sizes and stay out of the IsoFLOP minima."),
                [.. rest.Select((one, index) => one.Row ?? index + 1)]));
        }

        var minima = fit.Minima;
        if (fit is { ParabolaMisses: { } misses, Curve: { } curve })
        {
            warnings.Add(new FitWarning("isoflop-curve", Invariant(
                $"Parabolas through all sizes miss by {misses:F1} times the scatter ({fit.Scatter:P2}): {curve.Description} found the minima.")));
        }

        foreach (var minimum in minima)
        {
            if (OfMinimum(minimum, fit.Curve!) is { } warning)
                warnings.Add(warning);
        }

        var interior = minima.Count(minimum => minimum.Status == MinimumStatus.Interior);
        if (interior < IsoFlopBootstrap.LeastMinima)
        {
            warnings.Add(new FitWarning("few-budgets", Invariant(
                $"{interior} of {minima.Count} budgets {(interior == 1 ? "has" : "have")} an interior minimum; ",
                $"a power law needs at least {IsoFlopBootstrap.LeastMinima}.")));
        }

        if (fit is { ParametersExponent: { } a, TokensExponent: { } b })
            warnings.AddRange(ExponentSum(a, b));

        if (trial is not null && ReasonUnidentified(trial) is { } doubt)
            warnings.Add(new FitWarning("isoflop-unidentified", doubt));
        return warnings;
    }

    /// <summary>Exponents of N_opt and D_opt that do not make up for each other.</summary>
    public static IEnumerable<FitWarning> ExponentSum(double a, double b)
    {
        if (Math.Abs(a + b - 1) > 0.05)
        {
            yield return new FitWarning("exponents-do-not-sum", Invariant(
                $"a + b = {a + b:F3}, where C = 6ND would make it 1: ",
                $"compute per token does not grow like N here, or the minima are loose."));
        }
    }

    private static FitWarning? OfMinimum(IsoFlopMinimum minimum, MinimumCurve curve) => minimum switch
    {
        { Status: MinimumStatus.Edge } => new FitWarning("minimum-at-edge", Invariant(
            $"At {minimum.Flops:0.##e0} FLOPs the minimum lies outside the sizes tried ",
            $"({minimum.ParametersRange.Low:0.##e0} to {minimum.ParametersRange.High:0.##e0}): ",
            $"try {(Falls(minimum) ? "larger" : "smaller")} models."), minimum.Rows),
        { Status: MinimumStatus.NotConvex } => new FitWarning("minimum-not-convex", Invariant(
            $"At {minimum.Flops:0.##e0} FLOPs the losses do not bend upwards over the sizes tried: there is no minimum."),
            minimum.Rows),
        { Status: MinimumStatus.TooFewPoints } => new FitWarning("budget-too-few-sizes", Invariant(
            $"At {minimum.Flops:0.##e0} FLOPs there are {minimum.DistinctSizes} distinct sizes; ",
            $"{(curve.Method == MinimumMethod.Akima ? "an Akima spline" : "a parabola")} needs at least ",
            $"{(curve.Method == MinimumMethod.Akima ? AkimaCurve.LeastPoints : 3)}."),
            minimum.Rows),
        { TokensStatus: not MinimumStatus.Interior } => new FitWarning("tokens-minimum-lost", Invariant(
            $"At {minimum.Flops:0.##e0} FLOPs the minimum over tokens is not interior, although that over sizes is."),
            minimum.Rows),
        { Parameters: { } parameters, Range: var range } when curve.Method == MinimumMethod.Parabola
            && OffCentre(parameters, range) => new FitWarning(
            "minimum-off-centre", Invariant(
            $"At {minimum.Flops:0.##e0} FLOPs the minimum lies near one end of the sizes tried: ",
            $"a parabola is biased there (approach 2's known fault), the more so the wider the sizes."), minimum.Rows),
        _ => null,
    };

    // In the outer quarters of the sizes tried, on a log scale.
    private static bool OffCentre(double parameters, Interval range) =>
        Math.Abs((Math.Log(parameters / range.Low) / Math.Log(range.High / range.Low)) - 0.5) > 0.25;

    private static bool Falls(IsoFlopMinimum minimum) =>
        minimum.ParametersParabola!.At(minimum.Range.High) < minimum.ParametersParabola.At(minimum.Range.Low);
}
