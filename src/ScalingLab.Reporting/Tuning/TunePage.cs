using System.Globalization;
using ScalingLab.Fitting.Published;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Drawing;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Sections;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tuning;

/// <summary>All that tune.md is written from.</summary>
internal sealed record TuneContent(
    string Name, TuneMetadata About, IReadOnlyList<RunRow> Runs, IReadOnlyList<RecipeTune> Recipes, string? RuleFile,
    IReadOnlyList<DrawnFigure> Figures);

/// <summary>tune.md: the laws of the best recipe in N and D, how sure they are, and the cells that say so.</summary>
internal static class TunePage
{
    public static IReadOnlyList<Block> Write(TuneContent content)
    {
        var best = content.Recipes[0];
        var figures = new FigureNumbers(content.Figures);
        List<Block> blocks =
        [
            new Heading(1, $"{content.Name}: tune"),
            new Paragraph(content.About.Question ?? "The grid states no question."),
            new Finding(TuneText.Headline(best)),
            new Paragraph(Totals(content)),
        ];
        if (content.RuleFile is { } file)
        {
            blocks.Add(new Paragraph(Line.Marked(
                $"The laws stand in `{file}`; a grid takes them with `\"recipe\": {{ \"sizeRule\": "
                    + $"\"PATH/{Path.GetFileName(file)}\" }}`, "
                + "the path being relative to the grid.")));
        }

        if (content.Recipes.Count > 1) blocks.AddRange(Recipes(content.Recipes));
        if (best.Fit.Laws.Count > 0) blocks.AddRange(Laws(best, figures));
        blocks.Add(new Heading(2, "Cells"));
        blocks.Add(TuneTables.Cells(best));
        blocks.Add(new Paragraph(Line.Marked(
            "Each N and D with the run of the lowest loss and the minimum of the cell's own quadratic in the "
                + "logarithms (± one standard error, as a factor). " +
            $"Law costs: the quadratic's loss at the law's answer less its lowest, nats/token; rule costs: the loss of the rule " +
            $"`{content.About.RelativeTo}` as it is less the lowest trained.")));
        blocks.AddRange(figures.Take(TuneFigures.Profile, 10));
        blocks.Add(new Heading(2, "Warnings"));
        var warnings = best.Fit.Warnings.Select(w => (Line)w.Text).Concat(content.About.Notes.Select(n => (Line)n))
            .ToList();
        blocks.Add(warnings.Count == 0 ? new Paragraph("None.") : new Bullets(warnings));
        blocks.AddRange(ReproductionSection.Data(content.About.Data));
        blocks.Add(new Heading(2, "How to do it again"));
        blocks.Add(new Verbatim(
            $"# trains what is not trained yet, then writes this page\n./lab tune "
                + $"{ReproductionSection.Grid(content.About.GridPath, content.About.ResultsPath)}\n\n"
                + "# fits and draws anew from runs.csv alone\n./lab tune --fit-only "
                + ReproductionSection.Folder(content.Name, content.About.ResultsPath)));
        blocks.Add(new Heading(2, "References"));
        blocks.Add(new Bullets([.. PublishedOptima.All.Select(p => (Line)$"{p.Name}: {p.Source}.")]));
        return blocks;
    }

    /// <summary>The laws, and beside them those that others have published.</summary>
    private static IEnumerable<Block> Laws(RecipeTune recipe, FigureNumbers figures) =>
    [
        new Heading(2, "Laws"),
        TuneTables.Laws(recipe),
        new Paragraph(Line.Marked(
            "Value = coefficient x N^a x D^b; N: blocks and output product (`parameters_with_head`), D: training "
                + "tokens. 95 %: from a bootstrap " +
            "over cells, widened by Student's t. Scatter: how far a cell's own minimum lies from the law (standard "
                + "deviation, as a factor). " +
            "Predicted: how far each cell's own minimum lies from the law through all other cells (root mean "
                + "square, as a factor).")),
        .. figures.Take(TuneFigures.Laws),
        new Heading(2, "Beside published laws"),
        TuneTables.Published(recipe),
        new Paragraph("The corners of the measured region, and four times its largest size at its "
            + "longest length. Published laws were " +
            "measured on larger models than micro ones: below these they are only carried on."),
        .. figures.Take(TuneFigures.Published),
    ];

    private static string Totals(TuneContent content)
    {
        var runs = content.Runs;
        var states =
            string.Join(", ",
                runs.GroupBy(r => r.FailureKind == FailureKind.Diverged ? "diverged" : RunLifecycle.NameOf(r.State))
            .OrderByDescending(g => g.Count()).Select(g => $"{g.Count()} {g.Key}"));
        var held = content.About.Held.Count == 0 ? ""
            : $" Held: {string.Join(", ", content.About.Held.Select(h => $"{h.Field}={h.Value}"))}.";
        var parts = content.About.Parts.Count == 0 ? ""
            : $" Candidates were trained on "
                + $"{string.Join(", ", content.About.Parts.Select(p => p.ToString("0.###", CultureInfo.InvariantCulture)))} " +
                "of a cell's tokens, the better part of them going on.";
        return $"{ReportText.Plural(runs.Count, "run")} ({states}), "
            + $"{Numbers.Scientific(runs.Sum(r => r.Flops))} FLOPs, " +
            $"{Numbers.Seconds(runs.Sum(r => r.WallSeconds ?? 0))} of training.{parts} Factors are of the rule "
                + $"{content.About.RelativeTo}" +
            $"{(content.About.RuleFile is { } file ? $" ({file.Name}, SHA-256 {file.Hash})" : "")}.{held}";
    }

    private static IEnumerable<Block> Recipes(IReadOnlyList<RecipeTune> recipes)
    {
        yield return new Heading(2, "Recipes");
        yield return new Table(
            ["recipe", "cells", "mean of the lowest losses", "above the best"],
            [.. recipes.Select(r => (IReadOnlyList<Line>)
                [r.Name, r.Fit.Cells.Count.ToString(CultureInfo.InvariantCulture), Numbers.Loss(r.MeanLoss),
                    Numbers.Loss(r.MeanLoss - recipes[0].MeanLoss)])]);
        yield return new Paragraph("Each recipe is tuned for itself; what follows, and the rule, is the first one's.");
    }
}
