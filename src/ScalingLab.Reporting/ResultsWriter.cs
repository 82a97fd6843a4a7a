using ScalingLab.Fitting.Options;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Drawing;
using ScalingLab.Reporting.Figures;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Rendering;
using ScalingLab.Reporting.Sections;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;

namespace ScalingLab.Reporting;

/// <summary>
/// Writes a sweep's results: runs.csv, curves.csv, attempts.csv, fit.json, figures/, report.md and report.html. The
/// same runs give the same bytes.</summary>
public static class ResultsWriter
{
    /// <summary>
    /// Writes everything that <paramref name="results"/> give into <paramref name="folder"/>, which is made where
    /// absent.</summary>
    public static Task<ReportOutcome> WriteAsync(SweepResults results, string folder, ReportOptions? options = null,
        CancellationToken stop = default)
    {
        options ??= new ReportOptions();
        return WriteAsync(SweepTable.From(results, options), folder, options, stop);
    }

    /// <summary>
    /// Refits and redraws from the runs.csv and curves.csv of <paramref name="folder"/> alone; question and grid are
    /// taken over from its fit.json.</summary>
    /// <exception cref="InputException">A file is missing or damaged: every problem, with its line and
    /// column.</exception>
    public static Task<ReportOutcome> RewriteAsync(string folder, ReportOptions? options = null,
        CancellationToken stop = default) =>
        WriteAsync(SweepTable.Read(folder), folder, options ?? new ReportOptions(), stop);

    private static async Task<ReportOutcome> WriteAsync(SweepTable sweep, string folder, ReportOptions options,
        CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        var files = new List<string>();
        await RunsCsv.WriteAsync(At("runs.csv"), sweep.Runs, stop).ConfigureAwait(false);
        await CurvesCsv.WriteAsync(At("curves.csv"), sweep.Curves, stop).ConfigureAwait(false);
        if (sweep.Attempts.Count > 0) await AttemptsCsv.WriteAsync(At("attempts.csv"), sweep.Attempts, stop)
            .ConfigureAwait(false);
        var fits = SweepFits.Fit(sweep.Runs, sweep.Curves, options.Fits(stop), options.ExcludeFlagged);
        var recipes = RecipeComparison.Create(sweep.Runs);
        var repetition = RepetitionStudy.Create(sweep.Runs);
        await AtomicFile.WriteAsync(At("fit.json"), FitFile.Write(sweep, fits, recipes, repetition), stop)
            .ConfigureAwait(false);
        var figures = FigureSet.Create(sweep, fits, recipes);
        options.Progress?.Report(new FitProgress("drawing figures", 0, 0));
        IReadOnlyList<DrawnFigure> drawn = options.Figures
            ? await FigureFiles.WriteAsync(figures.Figures, Path.Combine(folder, "figures"), files, stop)
            .ConfigureAwait(false)
            : [];
        var blocks = Report.Write(new ReportContent(sweep, fits, recipes, repetition, drawn, figures.LeftOut, options));
        await AtomicFile.WriteAsync(At("report.md"), MarkdownWriter.Write(blocks), stop).ConfigureAwait(false);
        await AtomicFile.WriteAsync(At("report.html"), HtmlWriter.Write(Report.Title(sweep), blocks), stop)
            .ConfigureAwait(false);
        await LatexTables.WriteAsync(blocks, folder, files, stop).ConfigureAwait(false);
        return new ReportOutcome(files, string.Join('\n', Report.Findings(sweep, fits, recipes, repetition)),
            [.. sweep.RepeatedRowsText, .. Report.WarningTexts(fits), .. FlaggedSection.Summary(sweep.Verdicts)])
        {
            Flagged = sweep.Verdicts.Count,
        };

        string At(string name)
        {
            files.Add(name);
            return Path.Combine(folder, name);
        }
    }
}
