using ScalingLab.Fitting.Options;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Drawing;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Rendering;
using ScalingLab.Reporting.Requests;
using ScalingLab.Runs;

namespace ScalingLab.Reporting.Comparisons;

/// <summary>Compares the results of two sweeps in one document.</summary>
public static class SweepCompare
{
    /// <summary>
    /// Writes report.md, report.html, figures/ and tables/ into <paramref name="folder"/>, which is made where absent.
    /// </summary>
    /// <param name="a">Results of the first sweep.</param>
    /// <param name="b">Results of the second: differences are second less first.</param>
    /// <param name="folder">Where the document goes.</param>
    /// <param name="command">What a reader types to write it again.</param>
    /// <param name="options">How fits are made, and what computing costs.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="InputException">A file is missing or damaged, or nothing can be compared: every
    /// problem.</exception>
    public static async Task<ReportOutcome> WriteAsync(
        string a, string b, string folder, string command, ReportOptions options, CancellationToken stop = default)
    {
        var (left, right) = (SweepTable.Read(a), SweepTable.Read(b));
        var isNamesake = left.Name == right.Name;
        ComparedSweep Compared(string place, SweepTable table) => new(
            isNamesake ? $"{table.Name} ({place})" : table.Name, place, table,
            SweepFits.Fit(table.Runs, table.Curves, options.Fits(stop), options.ExcludeFlagged));
        var (first, second) = (Compared(a, left), Compared(b, right));
        var (apart, exponents) = (Apart(first, second), ExponentPair.Match(first, second));
        var pairing = RunPairing.Create(first.Runs, second.Runs);
        if (apart is not null) pairing = pairing with { Recipes = [] };
        if (pairing.Recipes.Count + pairing.SameRuns + exponents.Count == 0)
        {
            throw new InputException("--compare", "nothing can be compared: "
                + (apart is null ? "no two completed runs share shape, length and recipe"
                    : $"the losses are not ({apart})")
                + $", and no law is sure in both. {first.Summary()}. {second.Summary()}");
        }

        Directory.CreateDirectory(folder);
        var files = new List<string> { "report.md", "report.html" };
        options.Progress?.Report(new FitProgress("drawing figures", 0, 0));
        IReadOnlyList<DrawnFigure> drawn = options.Figures
            ? await FigureFiles.WriteAsync(Figures(first, second, apart is null), Path.Combine(folder, "figures"),
                files, stop).ConfigureAwait(false) : [];
        var content =
            new CompareContent(first, second, pairing, exponents, drawn, command, options) { LossesApart = apart };
        var blocks = CompareReport.Write(content);
        await AtomicFile.WriteAsync(Path.Combine(folder, "report.md"), MarkdownWriter.Write(blocks), stop)
            .ConfigureAwait(false);
        var page = HtmlWriter.Write(CompareReport.Title(first, second), blocks);
        await AtomicFile.WriteAsync(Path.Combine(folder, "report.html"), page, stop).ConfigureAwait(false);
        await LatexTables.WriteAsync(blocks, folder, files, stop).ConfigureAwait(false);
        return new ReportOutcome(files, string.Join('\n', CompareReport.Findings(content)), []);
    }

    // Losses that are not comparable are on no figure together.
    private static List<Figure> Figures(ComparedSweep a, ComparedSweep b, bool withLosses)
    {
        FigurePart? Part(ComparedSweep sweep) =>
            LossCurvesFigure.Create(sweep.Table.Runs, sweep.Table.Curves) is { } figure
            ? new FigurePart(sweep.Folder, sweep.Table, figure) : null;
        var figures = new List<Figure>();
        if (withLosses && Part(a) is { } one && Part(b) is { } other)
            figures.Add(FigureGroups.ColourBy([one, other], FigureGroups.BySweep));
        if (FrontiersFigure.Create([a, b]) is { } frontiers) figures.Add(frontiers);
        return figures;
    }

    // Why losses of the two are not comparable; null: they are, or what is not recorded cannot be told from the same.
    private static string? Apart(ComparedSweep a, ComparedSweep b)
    {
        if (a.Table.About.Data is not { } left || b.Table.About.Data is not { } right) return null;
        if (left.CorpusHash is { } one && right.CorpusHash is { } other && one != other)
            return $"{a.Name} is on {left.Corpus} (SHA-256 {Brief(one)}), {b.Name} on {right.Corpus} (SHA-256 "
                + $"{Brief(other)})";
        if (left.TokenizerHash is { } tokens && right.TokenizerHash is { } others && tokens != others)
        {
            return $"{a.Name} has the tokenizer {Brief(tokens)} ({left.Tokenizer}), {b.Name} has {Brief(others)} "
                + $"({right.Tokenizer}); bits_per_byte in "
                + "runs.csv compares";
        }

        return left.ValidationTokens is { } held && right.ValidationTokens is { } kept && held != kept
            ? FormattableString.Invariant($"{a.Name} holds out {held} tokens, {b.Name} {kept}") : null;
    }

    private static string Brief(string hash) => hash[..Math.Min(12, hash.Length)];
}
