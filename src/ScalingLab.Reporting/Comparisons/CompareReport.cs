using ScalingLab.Fitting.Comparisons;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Drawing;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Formats;
using static ScalingLab.Reporting.Formats.ReportText;

namespace ScalingLab.Reporting.Comparisons;

/// <summary>All that a comparison is written from.</summary>
internal sealed record CompareContent(
    ComparedSweep A, ComparedSweep B, RunPairing Pairing, IReadOnlyList<ExponentPair> Exponents,
    IReadOnlyList<DrawnFigure> Figures, string Command,
    ReportOptions Options)
{
    /// <summary>Why losses of the two are not comparable; null: they are.</summary>
    public string? LossesApart { get; init; }
}

/// <summary>
/// What the results of two sweeps say differently: answers first, then what they were given, losses, exponents,
/// frontiers and costs.
/// </summary>
internal static class CompareReport
{
    // Longer tables say less.
    private const int MostRecipes = 24;
    private const int MostPairs = 60;

    public static string Title(ComparedSweep a, ComparedSweep b) => $"{a.Name} and {b.Name} compared";

    public static IReadOnlyList<Block> Write(CompareContent content)
    {
        var (a, b, figures) = (content.A, content.B, new FigureNumbers(content.Figures));
        List<Block> blocks = [new Heading(1, Title(a, b)), new Heading(2, "Result")];
        blocks.AddRange(Findings(content).Select(f => new Finding(f)));
        blocks.AddRange(CompareGrids.Write(content));
        blocks.AddRange(Losses(content, figures));
        blocks.AddRange(Exponents(content, figures));
        blocks.AddRange(CompareCosts.Write(content));
        blocks.Add(new Heading(2, "How to do it again"));
        blocks.Add(new Verbatim(content.Command));
        blocks.AddRange(References.Write(blocks));
        return blocks;
    }

    public static IReadOnlyList<string> Findings(CompareContent content)
    {
        var (a, b, pairing) = (content.A, content.B, content.Pairing);
        var found = new List<string>();
        var same = pairing.SameRuns == 0 ? ""
            : $" {ReportText.Plural(pairing.SameRuns, "run")} {(pairing.SameRuns == 1 ? "is" : "are")} in both sweeps, "
            + "and in no pair.";
        if (content.LossesApart is { } apart) found.Add($"Losses: not comparable, since {apart}. Exponents are.{same}");
        else if (pairing.Recipes.Count == 0)
        {
            found.Add($"Losses: no two different runs of {a.Name} and "
                + $"{b.Name} share shape, length and recipe, so that no "
                + $"loss is compared.{same}");
        }


        foreach (var recipes in Largest(pairing))
        {
            var d = recipes.Difference;
            found.Add($"Losses: {Whose(b, recipes.OfB)} "
                + $"{(d.IsSure ? d.Mean < 0 ? "is better than" : "is worse than" : "is not told from")} "
                + $"{Whose(a, recipes.OfA)}: {Loss(d.Mean)} "
                    + $"nats/token{(d.Interval95 is { } i ? $" (95 %: {Loss(i.Low)} to {Loss(i.High)})" : "")} over "
                + $"{ReportText.Plural(d.Pairs, "pair")}"
                + $"{(pairing.IsOverSeeds ? " of means over the seeds" : "")}.{same}");
            same = "";
        }

        if (content.Exponents.Count == 0)
        {
            found.Add(a.Laws.Count == 0 && b.Laws.Count == 0 ? "Exponents: neither sweep has a law that is sure."
                : $"Exponents: {(a.Laws.Count == 0 ? a.Name : b.Laws.Count == 0 ? b.Name : "one of the two")} has no "
                    + "number by an approach of the other.");
        }

        foreach (var pair in content.Exponents.Where(e => e.Name == "a" && e.ExcludesZero is not null))
        {
            found.Add($"Exponent a of N_opt ∝ C^a, "
                + $"{pair.Approach}{(pair.Recipe.Length > 0 ? $", {pair.Recipe}" : "")}: "
                    + $"{With(pair.A, pair.IntervalA)} in "
                + $"{a.Name}, {With(pair.B, pair.IntervalB)} in {b.Name}; "
                    + $"{(pair.ExcludesZero == true ? "told apart" : "not told apart")} "
                + $"(difference {Signed(pair.Difference)}, 95 %: {Signed(pair.Interval95!.Low)} to "
                    + $"{Signed(pair.Interval95.High)}).");
        }

        return found;
    }

    private static IEnumerable<PairedRecipes> Largest(RunPairing pairing) =>
        pairing.Recipes.Count <= 4 ? pairing.Recipes
        : [.. pairing.Recipes.OrderByDescending(r => r.Pairs.Count).ThenBy(r => r.Difference.Mean).Take(3)];

    private static IEnumerable<Block> Losses(CompareContent content, FigureNumbers figures)
    {
        yield return new Heading(2, "Losses");
        foreach (var block in figures.Take(LossCurvesFigure.Name)) yield return block;
        var (a, b, pairing) = (content.A, content.B, content.Pairing);
        if (pairing.Recipes.Count == 0)
        {
            yield return new Paragraph(content.LossesApart is { } apart ? $"Not comparable: {apart}." : "No pair.");
            yield break;
        }

        yield return new Paragraph($"Difference: loss of {b.Name} less loss of {a.Name}, nats/token, between runs of "
            + "the same shape, length (2 % for "
            + $"rounding to whole steps){(pairing.IsOverSeeds ? " and recipe, means over the seeds, since no seed is in both" : ", recipe and seed")}; "
            + $"below zero {b.Name} is better. Recipes are told by the fields that one sweep varies alone. Intervals "
                + "of 95 % by Student's t over the pairs.");
        yield return new Table(
            ["recipe of " + a.Name, "recipe of " + b.Name, "verdict", "difference", "interval of 95 %", "pairs",
                "better in"],
            [.. pairing.Recipes.OrderBy(r => r.Difference.Mean).Take(MostRecipes).Select(r => (IReadOnlyList<Line>)[
                Or(r.OfA), Or(r.OfB), r.Difference.IsSure ? r.Difference.Mean < 0 ? "better" : "worse"
                    : "not told apart",
                Loss(r.Difference.Mean), r.Difference.Interval95 is { } i ? $"{Loss(i.Low)} to {Loss(i.High)}" : "",
                    Whole(r.Difference.Pairs),
                Whole(r.Difference.Below),
            ])], TextColumns: 3).Compact();
        if (pairing.Recipes.Count > MostRecipes)
            yield return new Paragraph($"The {Whole(MostRecipes)} lowest differences of "
                + $"{Whole(pairing.Recipes.Count)} recipes.");
        var pairs = pairing.Recipes.SelectMany(r => r.Pairs).OrderBy(p => p.A.ParametersWithHead)
            .ThenBy(p => p.A.Tokens).ThenBy(p => p.A.Seed).ToList();
        yield return new Heading(3, "Pair by pair");
        yield return new Table(
            ["model", "recipes", "seed", "D, tokens", "C, FLOPs", a.Name, b.Name, "difference"],
            [.. pairs.Take(MostPairs).Select(p => (IReadOnlyList<Line>)[
                p.A.Model, string.Join(" / ", new[] { p.A.Variant, p.B.Variant }.Distinct().Where(v => v.Length > 0)),
                    p.Seeds,
                Numbers.Count(p.A.Tokens), Numbers.Scientific(p.A.Flops), Numbers.Loss(p.LossA), Numbers.Loss(p.LossB),
                Loss(p.Difference),
            ])], TextColumns: 3).Compact();
        if (pairs.Count > MostPairs)
            yield return new Paragraph($"The first {Whole(MostPairs)} of "
                + $"{Whole(pairs.Count)} pairs, from the smallest model on.");
    }

    private static IEnumerable<Block> Exponents(CompareContent content, FigureNumbers figures)
    {
        var (a, b) = (content.A, content.B);
        List<Block> frontier = [.. figures.Take(FrontiersFigure.Name)];
        if (frontier.Count + content.Exponents.Count == 0) yield break;
        yield return new Heading(2, "Compute-optimal model and data");
        foreach (var block in frontier) yield return block;
        if (content.Exponents.Count == 0) yield break;
        yield return new Paragraph("N_opt grows as C^a and D_opt as C^b. The interval of a difference is made from "
            + "those of both exponents, whose runs "
            + "are taken to be independent (Zou and Donner 2008); told apart: it leaves zero out. An approach that is "
                + "not sure in both has no row."
            + (content.LossesApart is null ? "" : " Losses are not comparable here, and tokens only where both sweeps "
                + "have one tokenizer.")
            + (content.Pairing.SameRuns == 0 ? ""
                : $" {ReportText.Plural(content.Pairing.SameRuns, "run")} in both sweeps "
                + $"{(content.Pairing.SameRuns == 1 ? "makes" : "make")} the exponents move together, which these "
                    + "intervals do not count: they are too wide."));
        yield return new Table(
            ["approach", "recipe", "exponent", a.Name, "95 %", b.Name, "95 %", "difference", "95 %", "told apart"],
            [.. content.Exponents.Select(e => (IReadOnlyList<Line>)[
                e.Approach, e.Recipe, e.Name, Numbers.Fixed(e.A), ReportText.Span(e.IntervalA), Numbers.Fixed(e.B),
                    ReportText.Span(e.IntervalB),
                Signed(e.Difference), e.Interval95 is { } i ? $"{Signed(i.Low)} to {Signed(i.High)}" : "",
                e.ExcludesZero switch { true => Line.Strong("yes"), false => "no", _ => "not known" },
            ])], TextColumns: 3).Compact();
    }

    private static string Whose(ComparedSweep sweep, string recipe) =>
        recipe.Length > 0 ? $"{sweep.Name} ({recipe})" : sweep.Name;

    private static string Or(string recipe) => recipe.Length > 0 ? recipe : "as a whole";

    private static string With(double value, Interval? interval) =>
        Numbers.Fixed(value) + (interval is null ? "" : $" ({ReportText.Span(interval)})");

    private static string Loss(double difference) => (difference < 0 ? "" : "+") + Numbers.Loss(difference);
}
