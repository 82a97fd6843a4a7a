using ScalingLab.Fitting.Options;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Figures;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Laws;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Tables;
using ScalingLab.Reporting.Tuning;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Reporting.Requests;

/// <summary>The figures that can be asked for by their names.</summary>
public static class FigureKinds
{
    /// <summary>Every figure: those of reports, then those of tunes.</summary>
    public static IReadOnlyList<FigureKind> All { get; } = [.. ReportFigures.All, .. TuneFigures.Kinds];

    /// <summary>The kind of a figure of this name.</summary>
    /// <exception cref="InputException">There is none: with the nearest.</exception>
    internal static FigureKind Find(string name) =>
        All.FirstOrDefault(kind => kind.Includes(name))
        ?? throw new InputException("NAME", $"no figure is called "
            + $"'{name}'{NearestWord.Hint(name, [.. All.Select(kind => kind.Name)])}");

    /// <summary>The figures of a kind that some results have, and those that they have not.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="folder">The results.</param>
    /// <param name="sweep">The same as read; null: a tune's.</param>
    /// <param name="over">What loss curves go over.</param>
    /// <param name="stop">Ends the fits early.</param>
    internal static FigureSet FromResults(FigureKind kind, string folder, SweepTable? sweep, CurveAxis over,
        CancellationToken stop) => kind switch
    {
        SweepFigureKind one => FigureSet.Create(
            one, new SweepFigureSource(sweep!, new(() => RecipeComparison.Create(sweep!.Runs)), over)
            {
                Downstream = new(() => SweepFits.Fit(sweep!.Runs, sweep.Curves,
                    new ReportOptions().Fits(stop) with { Approaches = [FitApproach.Downstream] }).Downstream),
            }),
        FitFigureKind one => FigureSet.Create(SweepFits.Fit(sweep!.Runs, sweep.Curves, Fits(one, stop)), one),
        _ => new FigureSet([.. OfTune(folder).Where(figure => kind.Includes(figure.Name))], []),
    };

    private static IReadOnlyList<Figure> OfTune(string folder)
    {
        var file = Path.Combine(folder, "runs.csv");
        return TuneFigures.Create(RecipeTune.FitAll(RunsCsv.Read(file), file, new TuneWriteOptions())[0]);
    }

    private static FitOptions Fits(FitFigureKind kind, CancellationToken stop) =>
        (kind.ShowsBootstrap ? new ReportOptions() : new ReportOptions { BootstrapDraws = 0 }).Fits(stop);
}
