using ScalingLab.Fitting;
using static ScalingLab.Reporting.FitText;

namespace ScalingLab.Reporting;

/// <summary>The recipes that the sweep varies, compared pair by pair.</summary>
internal static class RecipesSection
{
    public static IEnumerable<Block> Write(IReadOnlyList<RunRow> runs)
    {
        var comparison = RecipeComparison.Of(runs);
        if (comparison.Contrasts.Count == 0) yield break;
        yield return new Heading(2, "Recipes compared");
        yield return new Paragraph(Line.Marked("Differences of validation loss, nats/token, between runs that share model, length, seed and every other " +
            "field; below zero, the second value is better. Intervals are of 95 % for each mean by itself (Student's t over the pairs); with " +
            $"{RunsSection.Plural(comparison.Contrasts.Count, "comparison")}, one in twenty would leave zero out by chance alone." +
            (comparison.Tuning is { } tuned
                ? $" Each recipe is taken at its own `{tuned}`: for every seed the value that is best over the other seeds."
                : "")));
        yield return new Table(
            ["field", "from", "to", "difference", "interval of 95 %", "pairs", "better in", "verdict"],
            [.. comparison.Contrasts.Select(c => (IReadOnlyList<Line>)[
                Line.Code(c.Field), c.From, c.To, FourSigned(c.Difference.Mean),
                c.Difference.Interval95 is { } i ? $"{FourSigned(i.Low)} to {FourSigned(i.High)}" : "", Whole(c.Difference.Pairs),
                Whole(c.Difference.Below), Verdict(c.Difference),
            ])], TextColumns: 3);
        if (comparison.Tuned.Count > 0)
        {
            yield return new Bullets([.. comparison.Tuned.Select(t => (Line)(
                $"{(t.Recipe.Length == 0 ? "the recipe" : t.Recipe)}: {comparison.Tuning} " +
                string.Join(", ", t.Chosen.Select(c => $"{c.Value} ({c.Times} of {t.Chosen.Sum(all => all.Times)})")) + "."))]);
        }
    }

    private static string FourSigned(double value) => (value < 0 ? "" : "+") + Numbers.Loss(value);

    private static string Verdict(PairedDifference difference) =>
        !difference.IsSure ? "not decided" : difference.Mean < 0 ? "better" : "worse";
}
