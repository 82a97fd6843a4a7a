using ScalingLab.Fitting.Comparisons;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Figures;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;
using static ScalingLab.Reporting.Formats.ReportText;

namespace ScalingLab.Reporting.Sections;

/// <summary>The recipes that the sweep varies, compared pair by pair: by loss, and by compute at equal loss.</summary>
internal static class RecipesSection
{
    // More comparisons than these are the appendix's; the first section then has those over all runs.
    private const int MostShown = 16;

    public static IEnumerable<Block> Write(RecipeComparison comparison, FigureNumbers figures)
    {
        if (comparison.Contrasts.Count == 0) yield break;
        var isShort = comparison.Contrasts.Count <= MostShown;
        yield return new Heading(2, "Recipes compared");
        // One figure leads: over compute where that is known, else the differences.
        List<Block> leading = [.. figures.Take(ReportFigures.At(ReportPlace.Recipes))];
        foreach (var block in leading.Count > 0 || !isShort ? leading
            : figures.Take(ReportFigures.At(ReportPlace.RecipeDifferences)))
            yield return block;

        yield return new Paragraph(Line.Marked("Loss: difference of validation loss, nats/token, between runs that "
            + "share model, length, seed and every other "
            + "field; below zero, the second value is better. Intervals are of 95 %." + (comparison.Tuning is { } tuned
                ? $" Each recipe is taken at its own "
                    + $"`{tuned}`: for every seed the value that is best over the other seeds." : "")
            + (comparison.Contrasts.Any(c => c.Multiplier is not null)
                ? " Compute: how many times the compute the first needs for the second's loss."
                : " Compute at equal loss is not known: it takes runs at a second length or budget over which the loss falls.")));
        yield return Differences(comparison, isShort ? comparison.Contrasts
            : [.. comparison.Contrasts.Where(c => c.Where.Length == 0)]);
    }

    /// <summary>
    /// How the intervals are made, all comparisons where the first section has not all, and what was tuned.
    /// </summary>
    public static IEnumerable<Block> Details(RecipeComparison comparison, FigureNumbers figures)
    {
        if (comparison.Contrasts.Count == 0 && comparison.Tuned.Count == 0) yield break;
        yield return new Heading(2, "Recipes in detail");
        if (comparison.Contrasts.Count > 0)
        {
            yield return new Paragraph("Intervals of differences are of each mean by itself (Student's t over the "
                + "pairs); with "
                + $"{ReportText.Plural(comparison.Contrasts.Count, "comparison")}, one in twenty would leave zero out "
                    + "by chance alone."
                + (Apart(comparison) ? " Where fields act on each other, a mean over all says less than its parts."
                    : ""));
            if (comparison.Contrasts.Any(c => c.Multiplier is not null))
            {
                yield return new Paragraph("Compute at equal loss is the distance between the recipes' frontiers, the "
                    + "lowest mean loss at each amount of "
                    + "compute joined by power laws, along ln C and averaged over ln L where both have a loss. Its "
                        + "interval is a jackknife's over seeds, "
                    + "of fewer than three seeds over at least four amounts of compute (Tukey 1958), with Student's t.");
            }

            foreach (var block in figures.Take(ReportFigures.At(ReportPlace.RecipeDifferences))) yield return block;
            if (comparison.Contrasts.Count > MostShown) yield return Differences(comparison, comparison.Contrasts);
        }

        if (comparison.Tuned.Count > 0)
            yield return new Bullets([.. comparison.Tuned.Select(t => (Line)Tuning(comparison.Tuning!, t))]);
        foreach (var block in figures.Take(ReportFigures.At(ReportPlace.RecipeTuning))) yield return block;
    }

    /// <summary>
    /// What each field comes to over all runs, one sentence each; last the recipe with the lowest loss where there is
    /// one size and length.
    /// </summary>
    public static IReadOnlyList<string> Findings(RecipeComparison comparison, IReadOnlyList<RunRow> runs) =>
    [
        .. comparison.Contrasts.Where(c => c.Where.Length == 0).Select(c =>
            $"{c.Field}: {c.To} {(c.Difference.IsSure ? c.Difference.Mean < 0 ? "beats" : "loses to" : "is not told from")}"
            + $" {c.From} ({FourSigned(c.Difference.Mean)} "
                + $"nats/token{(c.Difference.Interval95 is { } i ? $"; 95 %: {Span(i, FourSigned)}" : "")}"
            + $"; {ReportText.Plural(c.Difference.Pairs, "pair")}){(c.Multiplier is { } m ? $"; {Worth(c, m)}" : "")}.{Undecided(c)}"),
        .. Best(runs),
    ];

    private static Table Differences(RecipeComparison comparison, IReadOnlyList<RecipeContrast> contrasts)
    {
        var (apart, compute) = (Apart(comparison), contrasts.Any(c => c.Multiplier is not null));
        return new Table(
            ["field", "from", "to", "where", "loss", "interval of 95 %", "pairs", "better in",
                .. compute ? (string[])["compute", "interval of 95 %"] : [], "verdict"],
            [.. contrasts.Select(c => (IReadOnlyList<Line>)[
                Line.Code(c.Field), c.From, c.To, c.Where.Length > 0 ? c.Where : apart ? Line.Strong("all") : "",
                    FourSigned(c.Difference.Mean),
                Span(c.Difference.Interval95, FourSigned), Whole(c.Difference.Pairs), Whole(c.Difference.Below),
                .. compute ? (Line[])[c.Multiplier is { } m ? Factor(m) : "", Span(c.Multiplier?.Interval95, Times)]
                    : [], Verdict(c),
            ])], TextColumns: 4);
    }

    private static bool Apart(RecipeComparison comparison) => comparison.Contrasts.Any(c => c.Where.Length > 0);

    private static string Worth(RecipeContrast contrast, ComputeMultiplier multiplier) =>
        $"{contrast.To} is worth {Factor(multiplier)} the compute at equal loss"
        + (multiplier.Interval95 is { } i ? $" (95 %: {Span(i, Times)}{(multiplier.IsSure ? "" : ", not decided")}"
            : " (too few seeds and lengths for an interval")
        + (multiplier.Extrapolated ? "; extrapolated, the two share no loss)" : ")");

    // The last power law of the worse recipe reaches the better one's loss sooner than the recipe would.
    private static string Factor(ComputeMultiplier multiplier) =>
        (multiplier.Extrapolated ? multiplier.Factor > 1 ? "at least " : "at most " : "") + Times(multiplier.Factor);

    /// <summary>What would decide a comparison that is not: seeds, or the pair that stands in the way.</summary>
    private static string Undecided(RecipeContrast contrast)
    {
        if (contrast.Difference.IsSure) return "";
        if (contrast.Difference.Interval95 is null)
            return " One pair gives no interval: run at least two further seeds.";
        return contrast switch
        {
            { BlockingPair: { } pair } =>
                $" It would be decided without the pair of run {pair.From.RunId} and run {pair.To.RunId} "
                    + $"({pair.To.Model}, seed "
                + $"{Whole(pair.To.Seed)}): look at these"
                + (contrast.MoreSeeds is { } n ? $", or run about {ReportText.Plural(n, "further seed")}." : "."),
            { MoreSeeds: { } n } =>
                $" About {ReportText.Plural(n, "further seed")} would decide it if the difference stays as it is.",
            _ => " No practical number of seeds would decide so small a difference.",
        };
    }

    private static IEnumerable<string> Best(IReadOnlyList<RunRow> runs)
    {
        var length = RunLength.Among(runs);
        if (runs.Select(r => (r.Model, length(r))).Distinct().Count() > 1) yield break;
        var recipes = runs.GroupBy(r => r.Variant)
            .Where(g => g.All(r => r is { State: RunState.Completed, LossValidation: not null }))
            .Select(g => (Recipe: g.Key, Loss: g.Average(r => r.LossValidation!.Value), Seeds: g.Count())).ToList();
        if (recipes.Count > 1 && recipes.MinBy(r => r.Loss) is var best)
        {
            yield return $"The lowest mean loss of {Whole(recipes.Count)} recipes is that of {best.Recipe}: "
                + $"{Numbers.Loss(best.Loss)} nats/token "
                + $"({ReportText.Plural(best.Seeds, "seed")}).";
        }
    }

    private static string Tuning(string field, TunedRecipe tuned) =>
        $"{(tuned.Recipe.Length == 0 ? "the recipe" : tuned.Recipe)}: {field} " +
        string.Join(", ", tuned.Chosen.Select(c => $"{c.Value} ({c.Times} of {tuned.Chosen.Sum(all => all.Times)})")) +
        (tuned.AtEdge ? ", at the edge of those tried: a better one may lie beyond." : ".");

    private static string FourSigned(double value) => (value < 0 ? "" : "+") + Numbers.Loss(value);

    private static string Times(double factor) => $"x{Numbers.Significant(factor, 3)}";

    private static string Span(Interval? interval, Func<double, string> word) =>
        interval is null ? "" : $"{word(interval.Low)} to {word(interval.High)}";

    private static string Verdict(RecipeContrast contrast) =>
        contrast.Difference.IsSure ? contrast.Difference.Mean < 0 ? "better" : "worse"
        : contrast.MoreSeeds is { } n ? $"not decided, {Whole(n)} more seed{(n == 1 ? "" : "s")}" : "not decided";
}
