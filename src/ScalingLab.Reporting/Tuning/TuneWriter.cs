using ScalingLab.Reporting.Drawing;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Rendering;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Reporting.Tuning;

/// <summary>
/// Writes a tune's results: runs.csv, curves.csv, tune.json, tune.md, figures/ and the rule file. The same runs give
/// the same bytes.
/// </summary>
public static class TuneWriter
{
    /// <summary>
    /// Fits, draws and writes what the ledger has into <paramref name="folder"/>, which is made where absent.
    /// </summary>
    public static async Task<TuneOutcome> WriteAsync(TuneResults results, string folder, TuneWriteOptions options,
        CancellationToken stop = default)
    {
        Directory.CreateDirectory(folder);
        var rows = results.Runs.Select(r => RunRow.From(results.Name, r, null)).ToList();
        await RunsCsv.WriteAsync(Path.Combine(folder, "runs.csv"), rows, stop).ConfigureAwait(false);
        await CurvesCsv.WriteAsync(Path.Combine(folder, "curves.csv"), [.. results.Runs.SelectMany(CurveRow.From)],
            stop).ConfigureAwait(false);
        // As a reader of the file has them: the same rows give the same fit, from the ledger or from the file.
        var file = Path.Combine(folder, "runs.csv");
        var outcome = await WriteAsync(RunsCsv.Read(file), file, results.About, folder, options, stop)
            .ConfigureAwait(false);
        return outcome with { Files = ["runs.csv", "curves.csv", .. outcome.Files] };
    }

    /// <summary>
    /// Fits and draws anew from runs.csv alone; what the tune is about is taken over from the tune.json beside it,
    /// where there is one.
    /// </summary>
    /// <param name="source">A results folder, or a runs.csv.</param>
    /// <param name="folder">Where to write.</param>
    /// <param name="options">How.</param>
    /// <param name="stop">Stops between two figures.</param>
    /// <exception cref="InputException">A file is missing or damaged: every problem.</exception>
    public static Task<TuneOutcome> RewriteAsync(string source, string folder, TuneWriteOptions options,
        CancellationToken stop = default)
    {
        var file = Directory.Exists(source) ? Path.Combine(source, "runs.csv") : source;
        if (!File.Exists(file))
            throw new InputException(source, $"has no runs.csv; 'lab tune GRID' makes one (looked for {file})");
        var rows = RunsCsv.Read(file);
        if (rows.Count == 0) throw new InputException(file, "has no runs; 'lab tune GRID' makes them");
        var about = TuneFile.ReadAbout(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, TuneFile.Name));
        return WriteAsync(rows, file, about, folder, options, stop);
    }

    private static async Task<TuneOutcome> WriteAsync(
        IReadOnlyList<RunRow> rows, string source, TuneMetadata about, string folder, TuneWriteOptions options,
        CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        var name = rows[0].Sweep;
        var recipes = RecipeTune.FitAll(rows, source, options);
        var files = new List<string>();
        await AtomicFile.WriteAsync(At(TuneFile.Name), TuneFile.Write(name, about, recipes), stop)
            .ConfigureAwait(false);
        var rulePath = Path.GetFullPath(options.RuleFile ?? Path.Combine(folder, "rule.json"));
        var rule = Dated(TuneRule.Create(name, recipes[0], about, null), rulePath, options.Today);
        if (rule is not null)
        {
            await AtomicFile.WriteAsync(rulePath, rule.ToJson(), stop).ConfigureAwait(false);
            if (options.RuleFile is null) files.Add("rule.json");
        }

        var figures = TuneFigures.Create(recipes[0]);
        var drawn = await FigureFiles.WriteAsync(figures, Path.Combine(folder, "figures"), files, stop)
            .ConfigureAwait(false);
        var shown = Path.GetRelativePath(folder, rulePath);
        var page = TunePage.Write(new TuneContent(name, about, rows, recipes, rule is null ? null : shown, drawn));
        await AtomicFile.WriteAsync(At("tune.md"), MarkdownWriter.Write(page), stop).ConfigureAwait(false);
        return new TuneOutcome(files, recipes, rule, rule is null ? null : rulePath);

        string At(string file)
        {
            files.Add(file);
            return Path.Combine(folder, file);
        }
    }

    /// <summary>
    /// The day on which the rule was first written with these numbers: writing it again changes no byte.
    /// </summary>
    private static RuleFile? Dated(RuleFile? rule, string path, DateOnly? today)
    {
        if (rule is null) return null;
        var dated =
            rule with { Date = today?.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) };
        if (!File.Exists(path)) return dated;
        try
        {
            var standing = RuleFile.Read(path);
            return (rule with { Date = standing.Date }).ToJson() == InputFile.ReadText(path, FileKind.Rule)
                ? rule with { Date = standing.Date } : dated;
        }
        catch (InputException)
        {
            return dated; // no rule that could be kept
        }
    }
}
