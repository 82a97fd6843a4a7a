using System.Globalization;
using ScalingLab.Fitting;
using ScalingLab.Runs;

namespace ScalingLab.Reporting;

/// <summary>All that a report is written from.</summary>
internal sealed record ReportContent(
    SweepTable Sweep, SweepFits Fits, RecipeComparison Recipes, IReadOnlyList<DrawnFigure> Figures, IReadOnlyList<FigureLeftOut> LeftOut,
    IReadOnlyList<Problem> Missing, ReportOptions Options);

/// <summary>The report, for a referee: what was asked, run, counted, fitted, left out and spent, and how to do it again.</summary>
internal static class Report
{
    public static string Title(SweepTable sweep) => $"{sweep.Name}: scaling report";

    public static IReadOnlyList<Block> Write(ReportContent content)
    {
        var blocks = new List<Block> { new Heading(1, Title(content.Sweep)) };
        if (content.Options.WrittenAt is { } date)
            blocks.Add(new Paragraph($"Written {date.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)}."));
        blocks.Add(new Heading(2, "Question and result"));
        blocks.Add(new Paragraph(content.Sweep.About.Question ?? "The grid states no question."));
        var fitted = content.Fits.Laws;
        foreach (var finding in Findings(content.Fits, content.Recipes)) blocks.Add(new Finding(finding));
        var figures = new FigureNumbers(content.Figures);
        blocks.AddRange(RunsSection.Write(content, figures));
        blocks.AddRange(RecipesSection.Write(content.Recipes, figures));
        blocks.AddRange(Counting());
        if (content.Fits.Variants.Count - fitted.Count is var unfitted and > 0)
        {
            blocks.Add(new Heading(2, "Recipes without a fit"));
            blocks.Add(new Paragraph($"No law is fitted for {RunsSection.Plural(unfitted, "recipe")} of {content.Fits.Variants.Count}: one size or one "
                + "length cannot say how loss goes with either."));
        }

        foreach (var fit in fitted) blocks.AddRange(FitSection.Write(fit, content.Fits.Variants.Count, figures));
        blocks.AddRange(Warnings(content.Fits));
        blocks.AddRange(FlaggedSection.Write(content.Sweep, content.Options.ExcludeFlagged));
        blocks.AddRange(CostSection.Excluded(content.Fits, content.Sweep.Runs.Count));
        blocks.AddRange(CostSection.Write(content.Sweep.Runs));
        blocks.AddRange(EndSection.Write(content));
        return blocks;
    }

    private static string Named(VariantFit fit, string text) => fit.Variant.Length == 0 ? text : $"{fit.Variant}: {text}";

    private static IEnumerable<Block> Counting() =>
    [
        new Heading(2, "What is counted"),
        new Bullets(
        [
            Line.Marked("N, parameters: blocks and output product, without the embedding (Porian et al. 2024, arXiv 2406.19146), column " +
                "`parameters_with_head`. The fits use this N."),
            Line.Marked("D, tokens: training tokens, repeats included, column `tokens`."),
            Line.Marked("C, FLOPs: counted from the shape, 2 a multiply-add, the backward pass twice the forward pass, attention in full " +
                "and the output product included, column `flops`. " +
                "Where a fit needs C for a size that was not run, it takes 6N FLOPs a token and a power law in N for attention's share, " +
                    "through the sizes run."),
            Line.Marked("L, loss: nats/token on the fixed validation set after the last step, column `loss_validation`. Seeds of one " +
                "cell are separate observations."),
        ]),
    ];

    /// <summary>What is found: each law's sentence, named by its recipe where there are several; without a law what the recipes compare to.</summary>
    public static IReadOnlyList<string> Findings(SweepFits fits, RecipeComparison recipes) => fits.Laws.Count > 0
        ? [.. fits.Laws.Select(fit => Named(fit, fit.Headline))]
        : RecipesSection.Findings(recipes);

    /// <summary>Every warning of the fits, named by its recipe where there are several.</summary>
    public static IReadOnlyList<string> WarningTexts(SweepFits fits) =>
        [.. fits.Laws.SelectMany(v => v.Fit.Warnings.Select(w => Named(v, w.Text))).Distinct()];

    private static IEnumerable<Block> Warnings(SweepFits fits)
    {
        yield return new Heading(2, "Warnings");
        var warnings = WarningTexts(fits);
        yield return warnings.Count == 0 ? new Paragraph("The fits raise none.") : new Bullets([.. warnings.Select(w => (Line)w)]);
    }
}

/// <summary>Hands out figures with their numbers, each once, in the order of the text.</summary>
internal sealed class FigureNumbers(IReadOnlyList<DrawnFigure> figures)
{
    private readonly List<DrawnFigure> _left = [.. figures];
    private int _last;

    /// <summary>The next figures whose names begin with the word, in their order; at most <paramref name="most"/>.</summary>
    public IEnumerable<Block> Take(string word, int most = 1)
    {
        foreach (var figure in _left.Where(f => f.Figure.Name.StartsWith(word, StringComparison.Ordinal)).Take(most).ToList())
        {
            _left.Remove(figure);
            yield return new FigureBlock(++_last, figure);
        }
    }
}
