using ScalingLab.Fitting.Options;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Figures;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Tables;
using ScalingLab.Reporting.Tuning;

namespace ScalingLab.Reporting.Tests;

/// <summary>One of every figure that there is.</summary>
internal static class Samples
{
    private static readonly Lazy<IReadOnlyList<Figure>> Every = new(Made);

    public static IReadOnlyList<Figure> All => Every.Value;

    public static IReadOnlyList<Figure> Of(SweepResults results)
    {
        var sweep = SweepTable.From(results, Sweeps.Quick);
        return FigureSet.Create(sweep, SweepFits.Fit(sweep.Runs, sweep.Curves, new FitOptions { Bootstrap = 50 }),
            RecipeComparison.Create(sweep.Runs)).Figures;
    }

    private static IReadOnlyList<Figure> Made()
    {
        var tune =
            RecipeTune.FitAll([.. TuneWriterTests.Runs([]).Select(r => RunRow.From("t", r, null))], "runs.csv",
                TuneWriterTests.Options(2026));
        return
        [
            .. Of(Sweeps.Quickstart()), .. Of(RecipeReportTests.Recipes()).Where(IsNew),
            .. Of(OddSweepTests.Odd("two recipes")).Where(f => f.Name == RecipeComputeFigure.Name),
            .. Of(ScoreTests.Scored(loss => 1 / (1 + Math.Exp(2 * (loss - 3)))))
                .Where(f => f.Name == ScoresFigure.Name),
            .. Of(RepetitionTests.Sweep(1, overfit: true))
                .Where(f => f.Name is RepetitionFigure.Name or RepetitionFigure.UniqueTokens),
            .. Of(MachineFigureTests.Predicted()).Where(f => f.Name is CostFigure.Name or TimelineFigure.Name),
                .. TuneFigures.Create(tune[0]),
        ];
    }

    private static bool IsNew(Figure figure) => figure.Name.StartsWith("recipe-", StringComparison.Ordinal);
}
