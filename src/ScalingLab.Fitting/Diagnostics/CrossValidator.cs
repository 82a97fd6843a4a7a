using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Solvers;

namespace ScalingLab.Fitting.Diagnostics;

/// <summary>Cross-validation of the parametric law, each refit from the full fit's law.</summary>
internal static class CrossValidator
{
    private const int Count = 5;

    /// <summary>
    /// Each budget predicted from the others; runs outside budgets are always seen. Null with fewer than three budgets.
    /// </summary>
    public static CrossValidation? ByBudget(IReadOnlyList<LossObservation> points, ParametricLaw law,
        FitOptions options)
    {
        var (budgets, others) = IsoFlopGroups.Split(points);
        if (budgets.Count < 3)
            return null;
        return Pooled(ParallelWork.Map("parametric law without single budgets", budgets.Count, options, held => Fold(
            [.. budgets.Where((_, budget) => budget != held).SelectMany(budget => budget.Observations), .. others],
            budgets[held].Observations, budgets[held].Flops, law, options)));
    }

    /// <summary>
    /// Cells of one (N, D), and runs of several points, dealt to five folds in a random order. Null with fewer than ten
    /// cells.
    /// </summary>
    public static CrossValidation? ByRandomFolds(IReadOnlyList<LossObservation> points, ParametricLaw law,
        FitOptions options)
    {
        List<IGrouping<(string?, double, double), LossObservation>> cells =
            [.. points.GroupBy(one => one.Run is { } run ? (run, 0, 0) : ((string?)null, one.Parameters, one.Tokens))];
        if (cells.Count < 2 * Count)
            return null;
        var random = new SplitMix64(options.Seed, -2);
        for (var index = cells.Count - 1; index > 0; index--)
        {
            var other = random.NextIndex(index + 1);
            (cells[index], cells[other]) = (cells[other], cells[index]);
        }

        return Pooled(ParallelWork.Map("parametric law without random runs", Count, options, fold => Fold(
            [.. cells.Where((_, index) => index % Count != fold).SelectMany(cell => cell)],
            [.. cells.Where((_, index) => index % Count == fold).SelectMany(cell => cell)],
            null, law, options)));
    }

    private static (Fold Fold, double[] Errors) Fold(
        IReadOnlyList<LossObservation> seen, IReadOnlyList<LossObservation> held, double? flops, ParametricLaw law,
        FitOptions options)
    {
        var beyond = held.Min(one => one.Flops) > seen.Max(one => one.Flops);
        if (ParametricDesign.Refusal(seen, options.Pins) is { } refusal)
            return (new Fold(flops, beyond, held.Count, refusal.Status, null, null, null, null), []);
        var cost = new ParametricCost(seen, options);
        var refit = cost.Refit(law);
        if (!refit.Converged)
            return (new Fold(flops, beyond, held.Count, FitStatus.NotConverged, null, null, null, null), []);
        var found = cost.Problem.Law(refit.Theta);
        double[] errors = [.. held.Select(one => Math.Log(found.Loss(one.Parameters, one.Tokens) / one.Loss))];
        var worst = Enumerable.Range(0, errors.Length).MaxBy(index => Math.Abs(errors[index]));
        return (new Fold(
            flops, beyond, held.Count, cost.StatusOf(refit), errors.Average(), errors.Average(Math.Abs), errors[worst],
            held[worst].Row), errors);
    }

    private static CrossValidation Pooled(IReadOnlyList<(Fold Fold, double[] Errors)> folds)
    {
        double[] errors = [.. folds.SelectMany(fold => fold.Errors)];
        IReadOnlyList<Fold> each = [.. folds.Select(fold => fold.Fold)];
        return errors.Length == 0
            ? new CrossValidation(each, 0, null, null, null)
            : new CrossValidation(
                each, errors.Length, errors.Average(), errors.Average(Math.Abs),
                Math.Sqrt(errors.Average(error => error * error)));
    }
}
