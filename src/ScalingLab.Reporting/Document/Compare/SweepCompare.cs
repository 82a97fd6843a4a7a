using ScalingLab.Fitting;
using ScalingLab.Runs;

namespace ScalingLab.Reporting;

/// <summary>Compares the results of two sweeps in one document.</summary>
public static class SweepCompare
{
    /// <summary>Writes report.md, report.html, figures/ and tables/ into <paramref name="folder"/>, which is made where absent.</summary>
    /// <param name="a">Results of the first sweep.</param>
    /// <param name="b">Results of the second: differences are second less first.</param>
    /// <param name="folder">Where the document goes.</param>
    /// <param name="command">What a reader types to write it again.</param>
    /// <param name="options">How fits are made, and what computing costs.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="InputException">A file is missing or damaged, the texts are not the same, or nothing can be compared: every problem.</exception>
    public static async Task<ReportOutcome> WriteAsync(
        string a, string b, string folder, string command, ReportOptions options, CancellationToken stop = default)
    {
        var (left, right) = (SweepTable.Read(a), SweepTable.Read(b));
        if (Strangers(a, left.About.Data, b, right.About.Data).ToList() is { Count: > 0 } strangers) throw new InputException(strangers);
        var isNamesake = left.Name == right.Name;
        ComparedSweep Compared(string place, SweepTable table) => new(
            isNamesake ? $"{table.Name} ({place})" : table.Name, place, table,
            SweepFits.Of(table.Runs, table.Curves, options.Fits(stop), options.ExcludeFlagged));
        var (first, second) = (Compared(a, left), Compared(b, right));
        var (pairing, exponents) = (RunPairing.Of(first.Runs, second.Runs), ExponentPair.Of(first, second));
        if (pairing.Recipes.Count + pairing.SameRuns + exponents.Count == 0)
        {
            throw new InputException("--compare", "nothing can be compared: no two completed runs share shape, length and recipe, and no law is sure in both. "
                + $"{first.InShort()}. {second.InShort()}");
        }

        Directory.CreateDirectory(folder);
        var files = new List<string> { "report.md", "report.html" };
        options.Progress?.Report(new FitStage("drawing figures", 0, 0));
        IReadOnlyList<DrawnFigure> drawn = options.Figures
            ? await FigureFiles.WriteAsync(Figures(first, second), Path.Combine(folder, "figures"), files, stop).ConfigureAwait(false) : [];
        var content = new CompareContent(first, second, pairing, exponents, drawn, command, options);
        var blocks = CompareReport.Write(content);
        await WholeFile.WriteAsync(Path.Combine(folder, "report.md"), MarkdownWriter.Write(blocks), stop).ConfigureAwait(false);
        var page = HtmlWriter.Write(CompareReport.Title(first, second), blocks);
        await WholeFile.WriteAsync(Path.Combine(folder, "report.html"), page, stop).ConfigureAwait(false);
        await LatexTables.WriteAsync(blocks, folder, files, stop).ConfigureAwait(false);
        return new ReportOutcome(files, string.Join('\n', CompareReport.Findings(content)), []);
    }

    private static List<Figure> Figures(ComparedSweep a, ComparedSweep b)
    {
        FigurePart? Part(ComparedSweep sweep) => LossCurvesFigure.Of(sweep.Table.Runs, sweep.Table.Curves) is { } figure
            ? new FigurePart(sweep.Folder, sweep.Table, figure) : null;
        var figures = new List<Figure>();
        if (Part(a) is { } one && Part(b) is { } other) figures.Add(FigureGroups.Of([one, other], FigureGroups.BySweep));
        if (FrontiersFigure.Of([a, b]) is { } frontiers) figures.Add(frontiers);
        return figures;
    }

    // What is not recorded cannot be told from the same.
    private static IEnumerable<Problem> Strangers(string a, DataSummary? left, string b, DataSummary? right)
    {
        if (left is null || right is null) yield break;
        const string Never = "losses of different texts are not comparable";
        if (left.CorpusHash is { } one && right.CorpusHash is { } other && one != other)
        {
            yield return new Problem("--compare", $"{a} is on {left.Corpus} (SHA-256 {Brief(one)}), {b} on {right.Corpus} (SHA-256 {Brief(other)}): {Never}");
            yield break;
        }

        if (left.TokenizerHash is { } tokens && right.TokenizerHash is { } others && tokens != others)
        {
            yield return new Problem("--compare", $"{a} has the tokenizer {Brief(tokens)} ({left.Tokenizer}), {b} has {Brief(others)} ({right.Tokenizer}): "
                + "losses in nats a token of different tokens are not comparable; bits_per_byte in runs.csv is");
        }
        else if (left.ValidationTokens is { } held && right.ValidationTokens is { } kept && held != kept)
            yield return new Problem("--compare", FormattableString.Invariant($"{a} holds out {held} tokens, {b} {kept}: {Never}"));
    }

    private static string Brief(string hash) => hash[..Math.Min(12, hash.Length)];
}
