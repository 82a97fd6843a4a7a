using ScalingLab.Fitting.Comparisons;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Figures;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;
using static ScalingLab.Reporting.Formats.ReportText;

namespace ScalingLab.Reporting.Sections;

/// <summary>Sweeps in which only seeds vary, or nothing: where the runs end, and how far apart.</summary>
internal static class NoiseSection
{
    private static readonly int[] SeedsTried = [2, 3, 4, 8, 16];

    public static IReadOnlyList<string> Findings(IReadOnlyList<RunRow> runs)
    {
        var ended = Ended(runs);
        if (ended.Count == 0) return [];
        var place = $"{ended[0].Model} on {Numbers.Count(ended[0].Tokens)} tokens";
        if (Spread(ended) is not { } spread)
        {
            var bits = ended[0].BitsPerByte is { } b ? $", {Numbers.Significant(b, 4)} bits/byte" : "";
            return [$"{place} ends at {Numbers.Loss(ended[0].LossValidation!.Value)} nats/token{bits}. "
                + "One run: how far another seed would lie from it is not known."];
        }

        return [$"{place}: {Numbers.Loss(spread.Mean)} nats/token (95 %: {Loss(spread.Mean95)}), with a standard "
            + $"deviation of {Numbers.Loss(spread.Deviation)} "
            + $"over {Whole(spread.Seeds)} seeds (95 %: {Loss(spread.Deviation95)}). Two recipes of "
                + $"{Whole(spread.Seeds)} seeds each are told apart from "
            + $"a difference of {Numbers.Loss(spread.DetectableDifference(spread.Seeds))} on."];
    }

    public static IEnumerable<Block> Write(IReadOnlyList<RunRow> runs, FigureNumbers figures)
    {
        foreach (var block in figures.Take(ReportFigures.At(ReportPlace.Losses))) yield return block;
        if (Spread(Ended(runs)) is not { } spread) yield break;
        yield return new Heading(2, "What so much noise lets one tell");
        yield return new Paragraph("The smallest difference between the mean losses of two recipes that leaves zero "
            + "out of its interval of 95 %, "
            + "by seeds of each (Student's t, unpaired, both scattering as these runs do).");
        yield return new Table(
            ["seeds of each recipe", "difference, nats/token"],
            [.. SeedsTried.Select(n => (IReadOnlyList<Line>)[Whole(n), Numbers.Loss(spread.DetectableDifference(n))])],
            TextColumns: 0);
    }

    private static List<RunRow> Ended(IReadOnlyList<RunRow> runs) =>
        [.. runs.Where(r => r is { State: RunState.Completed, LossValidation: not null })];

    private static SeedSpread? Spread(List<RunRow> runs) =>
        SeedSpread.From([.. runs.Select(r => r.LossValidation!.Value)]);
}
