using System.Text.Encodings.Web;
using System.Text.Json;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Formats;
using ScalingLab.Runs.Recipes;
using static ScalingLab.Reporting.Formats.ReportText;

namespace ScalingLab.Reporting.Sections;

/// <summary>The text, what is missing from the report, and how to do it all again.</summary>
internal static class ReproductionSection
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static IEnumerable<Block> Write(ReportContent content)
    {
        foreach (var block in Data(content.Sweep.About.Data)) yield return block;
        var unmade = content.LeftOut.Select(f => (Line)$"figure {f.Name}: {f.Reason}.")
            .Concat(content.Options.Figures ? [] : ["figures: not asked for."]).ToList();
        if (unmade.Count > 0)
        {
            yield return new Heading(2, "What could not be made");
            yield return new Bullets(unmade);
        }

        yield return new Heading(2, "How to do it again");
        var about = content.Sweep.About;
        yield return new Verbatim(
            $"# trains what is not trained yet, then writes this report\n./lab run {Grid(about.GridPath, about.ResultsPath)}"
                + "\n\n# refits and redraws from runs.csv and curves.csv alone\n"
                + $"./lab report {Folder(content.Sweep.Name, about.ResultsPath)}");
        yield return new Paragraph(Line.Marked("`runs.csv` has one row a run, `curves.csv` the losses by step, "
            + "`fit.json` the fits with " +
            "every number in full; `docs/results-files.md` says what each column means. " +
            "A run is named by the hash of its specification, so the same grid gives the same runs."));
        if (about.Grid is { } json)
        {
            yield return new Paragraph("The grid:");
            yield return new Verbatim(json.ToJsonString(Readable));
        }

        foreach (var rule in about.Rules ?? [])
        {
            yield return new Paragraph(new Line(
                new Span("Size rule "), new Span(rule.Name, TextStyle.Strong), new Span(" from "),
                new Span(rule.File, TextStyle.Code),
                new Span(", SHA-256 "), new Span(rule.Hash, TextStyle.Code),
                new Span(": what it gave stands in each run's specification.")));
        }
    }

    /// <summary>The grid as <c>lab run</c> and <c>lab tune</c> take it, with the folder of the results where one was
    /// given.</summary>
    public static string Grid(string? grid, string? folder) =>
        (grid ?? "GRID.json") + (folder is null ? "" : $" --out {Quoted(folder)}");

    /// <summary>The folder that the results are in.</summary>
    public static string Folder(string sweep, string? folder) => Quoted(folder ?? $"results/{sweep}");

    // Plain names as they are; others as a shell takes them.
    private static string Quoted(string path) =>
        path.All(c => char.IsAsciiLetterOrDigit(c) || "_-./:,@%+".Contains(c, StringComparison.Ordinal)) ? path
        : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    public static IEnumerable<Block> Data(DataSummary? data)
    {
        yield return new Heading(2, "Data");
        if (data is null)
        {
            yield return new Paragraph("Not recorded with these results.");
            yield break;
        }

        var hash = data.CorpusHash is null ? "" : ", SHA-256 ";
        var corpus =
            new Line(new Span("Corpus: "), new Span(data.Corpus), new Span(hash),
                new Span(data.CorpusHash ?? "", TextStyle.Code));
        var items = new List<Line> { corpus };
        if (data.Tokenizer is not null)
        {
            items.Add(new Line(
                new Span($"Tokenizer: {data.Tokenizer}"),
                new Span(data.Vocabulary is { } v ? $", {Whole(v)} token ids" : ""),
                new Span(data.TokenizerHash is null ? "" : ", SHA-256 "),
                new Span(data.TokenizerHash ?? "", TextStyle.Code)));
        }

        var sizes = new List<string>();
        if (data.Documents is { } documents) sizes.Add($"{Whole(documents)} documents");
        if (data.TrainTokens is { } train) sizes.Add($"{Numbers.Count(train)} unique tokens of training text");
        if (data.ValidationTokens is { } held) sizes.Add($"{Numbers.Count(held)} tokens of validation text");
        if (data.BytesPerToken is { } bytes) sizes.Add($"{Numbers.Significant(bytes, 3)} bytes a token");
        if (sizes.Count > 0) items.Add($"Size: {string.Join(", ", sizes)}.");
        if (data.Split is not null) items.Add($"Split: {data.Split}.");
        items.AddRange(data.Notes.Select(n => (Line)n));
        yield return new Bullets(items);
    }
}
