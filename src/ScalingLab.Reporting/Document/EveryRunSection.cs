using ScalingLab.Runs;

namespace ScalingLab.Reporting;

/// <summary>The runs one by one: a list to look things up in.</summary>
internal static class EveryRunSection
{
    // A page with more rows takes seconds to open on a phone.
    private const int MostListed = 2000;

    public static IEnumerable<Block> Write(IReadOnlyList<RunRow> runs)
    {
        if (runs.Count == 0) yield break;
        var listed = runs.Count <= MostListed ? runs : Listed(runs);
        yield return new Heading(2, "Every run");
        yield return new Paragraph(Line.Marked("N, D and C as the fits count them; loss in nats/token. `runs.csv` has every "
            + "column." + (listed.Count == runs.Count ? ""
            : $" Of {FitText.Whole(runs.Count)} runs these are {FitText.Whole(listed.Count)}: all that are flagged or did not complete, up to half of "
            + "them, and of the others those at even steps through the order of their losses, the lowest and the highest included.")));
        yield return new Table(
            ["run", "model", "recipe", "state", "flags", "seed", "N", "D, tokens", "C, FLOPs", "budget", "loss", "bits/byte", "rate", "batch", "time"],
            [.. listed.Select(r => (IReadOnlyList<Line>)[
                Line.Code(r.RunId), r.Model, r.Variant, RunLifecycle.Word(r.State), RunDefectWords.Of(r.Flags),
                Cell(r.Seed, FitText.Whole(r.Seed)), Cell(r.ParametersWithHead, Numbers.Count(r.ParametersWithHead)), Cell(r.Tokens, Numbers.Count(r.Tokens)),
                Cell(r.Flops, Numbers.Scientific(r.Flops)),
                Cell(r.BudgetFlops, r.BudgetFlops is { } budget ? Numbers.Scientific(budget) : ""),
                Cell(r.LossValidation, r.LossValidation is { } loss ? Numbers.Loss(loss) : ""),
                Cell(r.BitsPerByte, r.BitsPerByte is { } bits ? Numbers.Fixed(bits, 4) : ""),
                Cell(r.LearningRate, Numbers.Significant(r.LearningRate, 3)), Cell(r.BatchTokens, Numbers.Count(r.BatchTokens)),
                Cell(r.WallSeconds, r.WallSeconds is { } seconds ? Numbers.Seconds(seconds) : ""),
            ])], TextColumns: 5)
        {
            IsList = true,
        }.Compact();
    }

    /// <summary>So many of many runs, in their order.</summary>
    private static IReadOnlyList<RunRow> Listed(IReadOnlyList<RunRow> runs)
    {
        static bool IsOdd(RunRow run) => run.State != RunState.Completed || run.Flags != RunDefects.None;
        var odd = Spread([.. runs.Where(IsOdd)], MostListed / 2);
        var plain = Spread([.. runs.Where(r => !IsOdd(r)).OrderBy(r => r.LossValidation)], MostListed - odd.Count);
        var chosen = odd.Concat(plain).ToHashSet(ReferenceEqualityComparer.Instance);
        return [.. runs.Where(chosen.Contains)];
    }

    private static List<RunRow> Spread(IReadOnlyList<RunRow> runs, int most) => runs.Count <= most ? [.. runs]
        : [.. Enumerable.Range(0, most).Select(i => runs[(int)((long)i * (runs.Count - 1) / (most - 1))])];

    private static Line Cell(double? order, string text) => new Line(new Span(text)) { Order = order };
}
