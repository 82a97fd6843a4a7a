using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Figures;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;
using static ScalingLab.Reporting.Formats.ReportText;

namespace ScalingLab.Reporting.Sections;

/// <summary>What was run: the grid as a table of losses, models by budgets, the best of each budget marked.</summary>
internal static class RunsSection
{
    // A longer table of losses is the appendix's.
    private const int MostRows = 12;

    /// <summary>
    /// The runs in numbers, their losses where these are few, and in a line each what is flagged, left out and not
    /// fitted.
    /// </summary>
    public static IEnumerable<Block> Write(ReportContent content)
    {
        var runs = content.Sweep.Runs;
        yield return new Heading(2, "What was run");
        yield return new Paragraph(Totals(runs));
        if (IsShort(content))
        {
            foreach (var block in Tables(content)) yield return block;
        }

        // The headline of the one law counts its flagged runs itself.
        var isTold = content.Fits is { Variants.Count: 1, Shown: [{ IsSure: true, Fit.Input.Flagged.Count: > 0 }] };
        var lines = (isTold ? [] : FlaggedSection.Count(content.Sweep)).Concat(Excluded(content.Fits))
            .Select(line => (Line)line)
            .Concat(NotFitted(content.Sweep.Runs, content.Fits).Select(Line.Marked)).ToList();
        if (lines.Count > 0) yield return new Bullets(lines);
    }

    /// <summary>Every loss, where the first part has them not, and the curves.</summary>
    public static IEnumerable<Block> Losses(ReportContent content, FigureNumbers figures)
    {
        List<Block> blocks =
        [
            .. IsShort(content) ? [] : Tables(content), .. figures.Take(ReportFigures.At(ReportPlace.Losses)),
        ];
        return blocks.Count == 0 ? [] : [new Heading(2, "Losses"), .. blocks];
    }

    // Recipes and texts are compared in tables of their own.
    private static bool IsShort(ReportContent content) =>
        content.Fits.Question.Lead is not (SweepTopic.Recipes or SweepTopic.Repetition)
        && Tables(content).OfType<Table>().Sum(t => t.Rows.Count) <= MostRows;

    private static IEnumerable<Block> Tables(ReportContent content) =>
        content.Fits.Laws.Count == 0 ? RecipesTable.Write(content.Sweep.Runs, content.Recipes)
        : ByRecipe(content.Sweep.Runs);

    private static IEnumerable<string> Excluded(SweepFits fits)
    {
        if (fits.Excluded.Count == 0) yield break;
        var reasons = fits.Excluded.GroupBy(e => e.Reason).Select(g => $"{Whole(g.Count())} {g.Key}");
        yield return $"{ReportText.Plural(fits.Excluded.Count, "run")} left out: {string.Join("; ", reasons)}.";
    }

    /// <summary>What cannot be fitted, in one line, where the result above does not say it.</summary>
    private static IEnumerable<string> NotFitted(IReadOnlyList<RunRow> runs, SweepFits fits)
    {
        if (fits.Variants.All(v => v.Runs.Count == 0)) yield break;
        if (fits.Variants is [var only])
        {
            if (!fits.Question.AsksForLaw)
                yield return "No law of loss over size and tokens is fitted: it takes at least two sizes and two lengths.";
            else if (!only.IsSure && !ScalingSection.Findings(runs, fits).Contains(only.Headline))
                yield return only.Headline;
            yield break;
        }

        var (asked, sure) = (fits.Laws.Count, fits.Shown.Count);
        var small = fits.Variants.Count - asked;
        var parts = new List<string>();
        if (asked > sure)
            parts.Add($"for {Whole(asked - sure)} of {Whole(fits.Variants.Count)} recipes the fits are not sure "
                + "(`fit.json` says why)");
        if (small > 0) parts.Add($"{Whole(small)} of {Whole(fits.Variants.Count)} recipes have one size or one length");
        var repeated = fits.Question.Lead == SweepTopic.Repetition && fits.DataConstrained()
            .All(d => d.Fit is null || !SweepFits.HoldsTokensDecay(d.Fit))
            ? " Nor do the runs hold the data-constrained law (Muennighoff et al. 2023)." : "";
        if (parts.Count > 0) yield return $"No law of loss over size and tokens: {string.Join(", ", parts)}.{repeated}";
    }

    private static IEnumerable<Block> ByRecipe(IReadOnlyList<RunRow> runs)
    {
        var variants = runs.Select(r => r.Variant).Distinct().ToList();
        foreach (var variant in variants)
        {
            var own = runs.Where(r => r.Variant == variant).ToList();
            if (variants.Count > 1) yield return new Heading(3, variant);
            if (own.Any(r => r.BudgetFlops is not null))
            {
                yield return new Paragraph(Line.Marked("Validation loss (nats/token) by model and compute budget "
                    + "(FLOPs), seeds after " +
                    "one another; the lowest mean of a budget is bold. " +
                    "A dash is a cell that the grid has not."));
                yield return ByBudget([.. own.Where(r => r.BudgetFlops is not null)]);
            }

            var lengths = own.Where(r => r.BudgetFlops is null).ToList();
            if (lengths.Count > 0)
            {
                yield return new Paragraph("Runs whose length the grid gives in tokens.");
                yield return ByTokens(lengths);
            }
        }
    }

    private static string Totals(IReadOnlyList<RunRow> runs)
    {
        var states =
            string.Join(", ", runs.GroupBy(r => r.State).OrderBy(g => g.Key == RunState.Completed ? -1 : (int)g.Key)
            .Select(g => $"{g.Count()} {RunLifecycle.NameOf(g.Key)}"));
        var (models, budgets, seeds) = (runs.Select(r => r.Model).Distinct().Count(),
            runs.Select(r => r.BudgetFlops).OfType<double>().Distinct().Count(),
            runs.Select(r => r.Seed).Distinct().Order().ToList());
        var vocabularies = string.Join(", ", runs.Select(r => Whole(r.Vocabulary)).Distinct());
        var contexts = string.Join(", ", runs.Select(r => Whole(r.Context)).Distinct());
        return $"{ReportText.Plural(runs.Count, "run")} ({states}): {ReportText.Plural(models, "model")}, "
            + $"{(budgets == 0 ? "lengths in " +
            "tokens" : ReportText.Plural(budgets, "compute budget"))}, " +
            $"{(seeds.Count == 1 ? "seed" : "seeds")} {string.Join(", ", seeds.Select(s => Whole(s)))}; vocabulary "
                + $"{vocabularies}, " +
                $"context {contexts} tokens.";
    }

    private static Table ByBudget(IReadOnlyList<RunRow> runs)
    {
        var budgets = runs.Select(r => r.BudgetFlops!.Value).Distinct().Order().ToList();
        var cells = runs.GroupBy(r => (r.Model, r.ParametersWithHead))
            .OrderBy(g => g.Key.ParametersWithHead).ThenBy(g => g.Key.Model, StringComparer.Ordinal).ToList();
        var best =
            budgets.ToDictionary(b => b, b => cells.Select(c => Mean([.. c.Where(r => r.BudgetFlops == b)])).Min());
        return new Table(
            ["model", "layers × width", "N", .. budgets.Select(b => $"{Numbers.Scientific(b)}")],
            [.. cells.Select(c => (IReadOnlyList<Line>)[
                c.Key.Model,
                $"{Whole(c.First().Layers)} × {Whole(c.First().Width)}",
                Numbers.Count(c.Key.ParametersWithHead),
                .. budgets.Select(b => Cell([.. c.Where(r => r.BudgetFlops == b).OrderBy(r => r.Seed)], best[b])),
            ])], TextColumns: 2);
    }

    private static Table ByTokens(IReadOnlyList<RunRow> runs) => new(
        ["model", "layers × width", "N", "D, tokens", "C, FLOPs", "seed", "loss, nats/token"],
        [.. runs.OrderBy(r => r.ParametersWithHead).ThenBy(r => r.Tokens).ThenBy(r => r.Seed)
            .Select(r => (IReadOnlyList<Line>)[
            r.Model, $"{Whole(r.Layers)} × {Whole(r.Width)}", Numbers.Count(r.ParametersWithHead),
                Numbers.Count(r.Tokens),
                Numbers.Scientific(r.Flops),
            Whole(r.Seed), r.LossValidation is { } loss ? Numbers.Loss(loss) : RunLifecycle.NameOf(r.State)])],
                TextColumns: 2);

    private static Line Cell(IReadOnlyList<RunRow> runs, double? best)
    {
        if (runs.Count == 0) return "–";
        var text =
            string.Join(" / ",
                runs.Select(r => r.LossValidation is { } loss ? Numbers.Loss(loss) : RunLifecycle.NameOf(r.State)));
        return best is not null && Mean(runs) == best ? Line.Strong(text) : text;
    }

    private static double? Mean(IReadOnlyList<RunRow> runs) => runs.Average(r => r.LossValidation);
}
