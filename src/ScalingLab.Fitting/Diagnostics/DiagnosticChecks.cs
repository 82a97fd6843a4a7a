using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Diagnostics;

/// <summary>Runs the checks of <see cref="FitDiagnostics"/>, by refits from its own optimum.</summary>
public static class DiagnosticChecks
{
    private const double ClearP = 0.001;

    /// <summary>Null where nothing was fitted.</summary>
    /// <param name="usable">Every usable row, before <see cref="FitOptions.DropHighest"/>: the sweep of dropped losses
    /// starts from it.</param>
    /// <param name="points">The rows that were fitted.</param>
    /// <param name="parametric">Their fit.</param>
    /// <param name="options">As of the fit.</param>
    public static FitDiagnostics? Run(
        IReadOnlyList<LossObservation> usable, IReadOnlyList<LossObservation> points, ParametricFit parametric,
        FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(usable);
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(parametric);
        ArgumentNullException.ThrowIfNull(options);
        ParallelWork.Begin("judgement of the parametric law", options);
        if (parametric.Law is not { } law)
            return null;
        var refits = new Refits(points, law, options);
        var scatter = new ResidualScatter(parametric.Residuals);
        var judgement = new FitDiagnostics
        {
            BudgetFolds = CrossValidator.ByBudget(points, law, options),
            RandomFolds = CrossValidator.ByRandomFolds(points, law, options),
            Leverage = refits.WithoutSingleRuns(),
            DropSweep = refits.DropSweep(usable),
            DeltaSweep = refits.DeltaSweep(),
            Outliers = scatter.OutlierRuns(),
            Rungs = scatter.OutlierSizes(),
            Patterns = ResidualPatterns.Test(parametric.Residuals, options.Seed),
        };
        return judgement with { Warnings = [.. Warnings(judgement, parametric, scatter)] };
    }

    private static IEnumerable<FitWarning> Warnings(FitDiagnostics judgement, ParametricFit parametric,
        ResidualScatter scatter)
    {
        if (judgement.BudgetFolds?.Folds[^1] is { Extrapolates: true, Flops: { } flops, MeanAbsoluteError: { } error }
            && error > 3 * scatter.MeanAbsoluteError && error > ResidualScatter.Rounding)
        {
            yield return new FitWarning("foretells-badly", Invariant(
                $"Fitted without {flops:0.##e0} FLOPs, the law misses that budget by {error:P2} on average, ",
                $"{error / scatter.MeanAbsoluteError:F1} times what it misses when it has seen it: do not extrapolate it far."));
        }

        foreach (var rung in judgement.Rungs)
        {
            yield return new FitWarning("rung-off", Invariant(
                $"All {rung.Runs} runs of {rung.Parameters:0.###e0} parameters lie {(rung.MedianError < 0 ? "above" : "below")} the law ",
                $"(by {Math.Abs(rung.MedianError):P2}, {Math.Abs(rung.Z):F0} times the usual): badly tuned, or counted otherwise?"), rung.Rows);
        }

        foreach (var pattern in judgement.Patterns)
        {
            if (Describe(pattern) is { } words)
            {
                yield return new FitWarning("residual-pattern", Invariant(
                    $"What the law misses is not noise: against {pattern.Against} {words}."));
            }
        }

        if (parametric.Interval95?["a"] is not { } interval || parametric.ParametersExponent is not { } a)
            yield break;
        var single = judgement.Leverage.LargestExponentChange;
        if (Math.Abs(single.ExponentChange) > interval.Width / 4
            && Math.Abs(single.ExponentChange) > ResidualScatter.Rounding)
        {
            yield return new FitWarning("single-run-leverage", Invariant(
                $"Without row {single.Row} a would be {a + single.ExponentChange:F3} instead of {a:F3}: one run carries it."), [single.Row]);
        }

        if (Leaving(judgement.DropSweep, interval) is { } dropped)
        {
            yield return new FitWarning("drop-sensitive", Invariant(
                $"With the {dropped.DropHighest} highest losses dropped a is {dropped.ParametersExponent:F3}, ",
                $"outside the 95 % interval {interval.Low:F3} to {interval.High:F3}: the choice of points decides."));
        }

        if (Leaving(judgement.DeltaSweep, interval) is { } varied)
        {
            var cost = varied.HuberDelta is { } delta ? Invariant($"a Huber delta of {delta:G1}") : "squared errors";
            yield return new FitWarning("delta-sensitive", Invariant(
                $"With {cost} a is {varied.ParametersExponent:F3}, ",
                $"outside the 95 % interval {interval.Low:F3} to {interval.High:F3}: the choice of cost decides."));
        }
    }

    // The one farthest outside.
    private static VariedFit? Leaving(IReadOnlyList<VariedFit> sweep, Interval interval)
    {
        double Outside(VariedFit fit) =>
            Math.Max(interval.Low - fit.ParametersExponent!.Value, fit.ParametersExponent.Value - interval.High);
        var farthest = sweep.Where(fit => fit is { Status: FitStatus.Converged, ParametersExponent: not null })
            .MaxBy(Outside);
        return farthest is not null && Outside(farthest) > ResidualScatter.Rounding ? farthest : null;
    }

    private static string? Describe(ResidualPattern pattern)
    {
        var least = Math.Min(pattern.TrendP, Math.Min(pattern.BendP, pattern.SignRunsP));
        if (least > ClearP)
            return null;
        if (least == pattern.TrendP)
            return Invariant(
                $"it {(pattern.Trend > 0 ? "rises" : "falls")} (rank correlation {pattern.Trend:F2}, p = {pattern.TrendP:g1})");
        return least == pattern.BendP
            ? Invariant(
                $"it bends (rank correlation with the distance from the middle {pattern.Bend:F2}, p = {pattern.BendP:g1})")
            : Invariant(
                $"its sign changes too seldom ({pattern.SignRuns} runs, {pattern.ExpectedSignRuns:F0} expected, p = {pattern.SignRunsP:g1})");
    }
}
