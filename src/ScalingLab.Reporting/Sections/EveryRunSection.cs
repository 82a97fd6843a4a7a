using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Sections;

/// <summary>The runs one by one: a list to look things up in.</summary>
internal static class EveryRunSection
{
    public static IEnumerable<Block> Write(IReadOnlyList<RunRow> runs)
    {
        if (runs.Count == 0) yield break;
        yield return new Heading(2, "Every run");
        yield return new Paragraph(
            Line.Marked("N, D and C as the fits count them; loss in nats/token. `runs.csv` has every "
            + "column."
            + (runs.Count > ListRows.Shown ? $" The page shows {ListRows.Shown} at a time and sorts and filters all."
                : "")));
        yield return new Table(
            ["run", "model", "recipe", "state", "flags", "seed", "N", "D, tokens", "C, FLOPs", "budget", "loss",
                "bits/byte", "rate", "batch", "time"],
            [.. runs.Select(r => (IReadOnlyList<Line>)[
                Line.Code(r.RunId), r.Model, r.Variant, RunLifecycle.NameOf(r.State), RunDefectNames.Join(r.Flags),
                Cell(r.Seed, ReportText.Whole(r.Seed)),
                    Cell(r.ParametersWithHead, Numbers.Count(r.ParametersWithHead)),
                        Cell(r.Tokens, Numbers.Count(r.Tokens)),
                Cell(r.Flops, Numbers.Scientific(r.Flops)),
                Cell(r.BudgetFlops, r.BudgetFlops is { } budget ? Numbers.Scientific(budget) : ""),
                Cell(r.LossValidation, r.LossValidation is { } loss ? Numbers.Loss(loss) : ""),
                Cell(r.BitsPerByte, r.BitsPerByte is { } bits ? Numbers.Fixed(bits, 4) : ""),
                Cell(r.LearningRate, Numbers.Significant(r.LearningRate, 3)),
                    Cell(r.BatchTokens, Numbers.Count(r.BatchTokens)),
                Cell(r.WallSeconds, r.WallSeconds is { } seconds ? Numbers.Seconds(seconds) : ""),
            ])], TextColumns: 5)
        {
            IsList = true,
        }.Compact();
    }

    private static Line Cell(double? order, string text) => new Line(new Span(text)) { Order = order };
}
