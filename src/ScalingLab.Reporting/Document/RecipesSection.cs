using ScalingLab.Fitting;
using static ScalingLab.Reporting.FitText;

namespace ScalingLab.Reporting;

/// <summary>The recipes that the sweep varies, compared pair by pair.</summary>
internal static class RecipesSection
{
    public static IEnumerable<Block> Write(RecipeComparison comparison, FigureNumbers figures)
    {
        if (comparison.Contrasts.Count == 0) yield break;
        yield return new Heading(2, "Recipes compared");
        yield return new Paragraph(Line.Marked("Differences of validation loss, nats/token, between runs that share model, length, seed and every other " +
            "field; below zero, the second value is better. Intervals are of 95 % for each mean by itself (Student's t over the pairs); with " +
            $"{RunsSection.Plural(comparison.Contrasts.Count, "comparison")}, one in twenty would leave zero out by chance alone." +
            (comparison.Tuning is { } tuned
                ? $" Each recipe is taken at its own `{tuned}`: for every seed the value that is best over the other seeds."
                : "") +
            (Apart(comparison) ? " Where fields act on each other, a mean over all says less than its parts." : "")));
        yield return new Table(
            ["field", "from", "to", "where", "difference", "interval of 95 %", "pairs", "better in", "verdict"],
            [.. comparison.Contrasts.Select(c => (IReadOnlyList<Line>)[
                Line.Code(c.Field), c.From, c.To, c.Where.Length > 0 ? c.Where : Apart(comparison) ? Line.Strong("all") : "", FourSigned(c.Difference.Mean),
                c.Difference.Interval95 is { } i ? $"{FourSigned(i.Low)} to {FourSigned(i.High)}" : "", Whole(c.Difference.Pairs),
                Whole(c.Difference.Below), Verdict(c.Difference),
            ])], TextColumns: 4);
        foreach (var block in figures.Take(RecipeFigures.Contrasts)) yield return block;
        if (comparison.Tuned.Count > 0)
            yield return new Bullets([.. comparison.Tuned.Select(t => (Line)Tuning(comparison.Tuning!, t))]);
        foreach (var block in figures.Take(RecipeFigures.Tuning)) yield return block;
    }

    /// <summary>What each field comes to over all runs, one sentence each.</summary>
    public static IReadOnlyList<string> Findings(RecipeComparison comparison) =>
    [
        .. comparison.Contrasts.Where(c => c.Where.Length == 0).Select(c =>
            $"{c.Field}: {c.To} " + (c.Difference.IsSure ? c.Difference.Mean < 0 ? "beats" : "loses to" : "is not told from") +
            $" {c.From} ({FourSigned(c.Difference.Mean)} nats/token" +
            (c.Difference.Interval95 is { } i ? $"; 95 %: {FourSigned(i.Low)} to {FourSigned(i.High)}" : "") +
            $"; {RunsSection.Plural(c.Difference.Pairs, "pair")})."),
    ];

    private static bool Apart(RecipeComparison comparison) => comparison.Contrasts.Any(c => c.Where.Length > 0);

    private static string Tuning(string field, TunedRecipe tuned) =>
        $"{(tuned.Recipe.Length == 0 ? "the recipe" : tuned.Recipe)}: {field} " +
        string.Join(", ", tuned.Chosen.Select(c => $"{c.Value} ({c.Times} of {tuned.Chosen.Sum(all => all.Times)})")) +
        (tuned.AtEdge ? ", at the edge of those tried: a better one may lie beyond." : ".");

    private static string FourSigned(double value) => (value < 0 ? "" : "+") + Numbers.Loss(value);

    private static string Verdict(PairedDifference difference) =>
        !difference.IsSure ? "not decided" : difference.Mean < 0 ? "better" : "worse";
}
