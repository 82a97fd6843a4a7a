using ScalingLab.Fitting.Diagnostics;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Formats;
using ScalingLab.Runs;
using static ScalingLab.Reporting.Formats.ReportText;

namespace ScalingLab.Reporting.Sections.Laws;

/// <summary>Diagnostics of the parametric law: what it predicts, what it hangs on, what it misses.</summary>
internal static class DiagnosticsSection
{
    private const int MostOutliers = 10;

    public static IEnumerable<Block> Write(FitDiagnostics judgement)
    {
        yield return new Heading(3, "How far the law can be trusted");
        foreach (var block in HeldOut(judgement)) yield return block;
        foreach (var block in Choices(judgement)) yield return block;
        var off = Off(judgement).ToList();
        yield return off.Count == 0 ? new Paragraph("No run and no model size lies far outside the others' scatter.")
            : new Bullets(off);
        if (judgement.Patterns.Count > 0) yield return Patterns(judgement.Patterns);
    }

    private static IEnumerable<Block> HeldOut(FitDiagnostics judgement)
    {
        if (judgement.BudgetFolds is { } budgets)
        {
            yield return new Paragraph("Each budget predicted by the law fitted to the others; errors are of ln L, "
                + "predicted less measured.");
            yield return new Table(
                ["left out, FLOPs", "search without it", "runs", "mean error", "mean size", "worst", "of row"],
                [.. budgets.Folds.Select(f => (IReadOnlyList<Line>)[
                    (f.Flops is { } c ? Numbers.Scientific(c) : "") + (f.Extrapolates ? " (extrapolated)" : ""),
                        EnumNames.ToName(f.Status), Whole(f.Points),
                    Percent(f.Bias), Percent(f.MeanAbsoluteError), Percent(f.WorstError), f.WorstRow is { } row
                        ? Whole(row) : "",
                ])], TextColumns: 2);
        }

        if (judgement.RandomFolds is { MeanAbsoluteError: { } size, RootMeanSquareError: { } root } random)
        {
            yield return new Paragraph($"{random.Folds.Count} folds drawn at random: "
                + $"{ReportText.Plural(random.Points, "run")} predicted with errors of " +
                $"{Percent(size)} in mean size, {Percent(root)} in root mean square.");
        }
    }

    private static IEnumerable<Block> Choices(FitDiagnostics judgement)
    {
        var (exponent, advice) = (judgement.Leverage.LargestExponentChange, judgement.Leverage.LargestAdviceChange);
        yield return new Paragraph($"No single run changes a by more than "
            + $"{Numbers.Fixed(Math.Abs(exponent.ExponentChange))} when it is left out (row " +
            $"{Whole(exponent.Row)}), nor N_opt at {Numbers.Scientific(judgement.Leverage.Flops)} FLOPs by more than " +
            $"{Percent(Math.Abs(Math.Exp(advice.AdviceChange) - 1))} (row {Whole(advice.Row)}). The same fit under "
                + "other choices:");
        yield return new Table(
            ["choice", "search", "runs", "E", "α", "β", "a", "N_opt"],
            [.. judgement.DropSweep.Select(f =>
                Row(f, f.DropHighest == 0 ? "no loss dropped" : $"{Whole(f.DropHighest)} highest dropped")),
                .. judgement.DeltaSweep.Select(f => Row(f, f.HuberDelta is { } delta ? $"Huber delta "
                    + $"{Numbers.Scientific(delta, 2)}" : "squared errors"))],
            TextColumns: 2);
    }

    private static IReadOnlyList<Line> Row(VariedFit fit, string choice) =>
    [
        choice, EnumNames.ToName(fit.Status), Whole(fit.Points), Number(fit.E), Number(fit.Alpha), Number(fit.Beta),
            Exponent(fit.ParametersExponent),
        fit.Parameters is { } n ? Numbers.Count(n) : "",
    ];

    private static IEnumerable<Line> Off(FitDiagnostics judgement)
    {
        foreach (var run in judgement.Outliers.Take(MostOutliers))
        {
            yield return $"Row {Whole(run.Row)}{(run.Label is null ? "" : $" ({run.Label})")} lies "
                + $"{Percent(Math.Abs(run.Error))} " +
                $"{(run.Error < 0 ? "above" : "below")} the law, {Numbers.Significant(Math.Abs(run.Z), 2)} times the "
                    + "usual scatter.";
        }

        if (judgement.Outliers.Count > MostOutliers)
            yield return $"{Whole(judgement.Outliers.Count - MostOutliers)} more runs lie outside the usual scatter; "
                + "fit.json has them.";
        foreach (var rung in judgement.Rungs)
        {
            yield return $"All {Whole(rung.Runs)} runs of {Numbers.Count(rung.Parameters)} parameters lie "
                + $"{(rung.MedianError < 0 ? "above" : "below")} the " +
                $"law, by {Percent(Math.Abs(rung.MedianError))} at the median: badly tuned, or counted otherwise?";
        }
    }

    private static Table Patterns(IReadOnlyList<ResidualPattern> patterns) => new(
        ["what is left over against", "trend (rank correlation)", "p", "bend", "p", "runs of one sign", "expected",
            "p"],
        [.. patterns.Select(p => (IReadOnlyList<Line>)[
            p.Against, Numbers.Fixed(p.Trend, 2), Numbers.Significant(p.TrendP, 2), Numbers.Fixed(p.Bend, 2),
                Numbers.Significant(p.BendP, 2),
            Whole(p.SignRuns), Numbers.Fixed(p.ExpectedSignRuns, 1), Numbers.Significant(p.SignRunsP, 2),
        ])]);
}
