using System.Globalization;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;
using static ScalingLab.Reporting.Formats.ReportText;

namespace ScalingLab.Reporting.Sections;

/// <summary>What was left out, and what it all cost.</summary>
internal static class CostSection
{
    public static IEnumerable<Block> Excluded(SweepFits fits, int runs)
    {
        yield return new Heading(2, "What was excluded");
        var rows = fits.Variants.SelectMany(v => v.Fit.Input.Excluded).ToList();
        if (fits.Excluded.Count + rows.Count == 0)
        {
            yield return new Paragraph($"Nothing: {ReportText.Plural(runs, "run")}, all completed, all used as "
                + "observations.");
            yield break;
        }

        yield return new Paragraph(
            Line.Marked($"{(fits.Excluded.Count + rows.Count).ToString(CultureInfo.InvariantCulture)} of " +
            $"{ReportText.Plural(runs, "run")} are no observations of the fits; their rows stay in `runs.csv`."));
        yield return new Table(
            ["run", "model", "budget, FLOPs", "seed", "recipe", "state", "why"],
            [
                .. fits.Excluded.Select(e => (IReadOnlyList<Line>)[
                    Line.Code(e.Run.RunId), e.Run.Model, e.Run.BudgetFlops is { } b ? Numbers.Scientific(b) : "",
                        Whole(e.Run.Seed),
                        e.Run.Variant, RunLifecycle.NameOf(e.Run.State), e.Reason]),
                .. rows.Select(r =>
                    (IReadOnlyList<Line>)[$"row {Whole(r.Row)}", "", "", "", "", "completed", r.Reason]),
            ], TextColumns: 7);
    }

    public static IEnumerable<Block> Write(SweepTable sweep, ComputePrice? price)
    {
        var all = sweep.Runs;
        var runs = all.Where(r => r.State == RunState.Completed).ToList();
        yield return new Heading(2, "Costs");
        if (runs.Count == 0)
        {
            yield return new Paragraph("No run completed.");
            yield break;
        }

        var seconds = runs.Sum(r => r.WallSeconds ?? 0);
        var again = all.Where(r => r.Attempts > 1).ToList();
        List<Line> items =
        [
            $"{Numbers.Scientific(runs.Sum(r => r.Flops))} FLOPs and "
                + $"{Numbers.Count(runs.Sum(r => (double)r.Tokens))} tokens in "
                + ReportText.Plural(runs.Count, "completed run")
                + (seconds > 0
                    ? $", {Numbers.Scientific(runs.Sum(r => r.FlopsTrained) / seconds)} FLOP/s a run on average."
                    : "."),
            "Ran on: " + string.Join("; ", runs.GroupBy(Place).Select(g =>
                $"{g.Key}, {ReportText.Plural(g.Count(), "run")}")) + ".",
            Epochs(runs),
            again.Count == 0 ? "Every run needed one attempt at most."
                : $"{ReportText.Plural(again.Count, "run")} needed more than one attempt (most: "
                    + $"{Whole(again.Max(r => r.Attempts))}).",
        ];
        items.AddRange(Branches(runs));
        items.AddRange(Waits(runs));
        items.AddRange(Spikes(runs));
        items.AddRange(Predictions(runs));

        yield return CostTable.Write(runs, sweep.About.Estimate, price);
        if (all.Any(r => r.State != RunState.Completed))
            yield return new Paragraph("What attempts cost that ended without a result is not in it: such runs have no "
                + "measurements.");
        yield return new Bullets(items);
        yield return ByModel(runs);
    }

    private static string Place(RunRow run) =>
        (run.Gpus > 1 ? $"{run.Gpus} x " : "") + (run.Device ?? "not recorded")
        + (run.Engine is { } engine ? $", engine {engine}" : "");

    private static IEnumerable<Line> Branches(IReadOnlyList<RunRow> runs)
    {
        var branches = runs.Count(r => r.TokensFromTrunk is not null);
        if (branches == 0) yield break;
        var saved = 1 - (runs.Sum(r => r.FlopsTrained) / runs.Sum(r => r.Flops));
        yield return $"{ReportText.Plural(branches, "run")} branched off a trunk that another run trained: " +
            $"{Numbers.Scientific(runs.Sum(r => r.FlopsTrained))} FLOPs were spent, "
                + $"{Numbers.Fixed(100 * saved, 1)} % saved.";
    }

    private static IEnumerable<Line> Waits(IReadOnlyList<RunRow> runs)
    {
        if (runs.Where(r => r.DataWaitShare is not null)
            .MaxBy(r => r.DataWaitShare) is { DataWaitShare: { } most } slowest)
        {
            yield return Line.Marked($"Waiting for batches took "
                + $"{Numbers.Significant(100 * Median(runs.Select(r => r.DataWaitShare))!.Value, 2)} % of the " +
                $"training time in the median run, {Numbers.Significant(100 * most, 2)} % at most "
                    + $"(`{slowest.RunId}`).");
        }
    }

    // How far what was predicted of each run before it began was from what it took.
    private static IEnumerable<Line> Predictions(IReadOnlyList<RunRow> runs)
    {
        (string What, Func<RunRow, double?> Ratio)[] quantities =
        [
            ("time", r => r.WallSeconds / r.PredictedSeconds),
            ("peak memory", r => (double?)r.PeakMemoryBytes / r.PredictedPeakBytes),
        ];
        List<string> said = [];
        foreach (var (what, ratio) in quantities)
        {
            var errors = runs.Select(ratio).OfType<double>().Where(double.IsFinite).Select(one => 100 * (one - 1))
                .ToList();
            if (errors.Count == 0) continue;
            said.Add($"{what} was {Numbers.Significant(Median(errors.Select(e => (double?)Math.Abs(e)))!.Value, 2)} % "
                + $"off in the median of {ReportText.Plural(errors.Count, "run")} (from "
                + $"{Signed(errors.Min())} to {Signed(errors.Max())})");
        }

        if (said.Count > 0) yield return $"Of what was predicted before each run began, {string.Join("; ", said)}.";
    }

    private static string Signed(double percent) =>
        percent.ToString("+0.0;-0.0", CultureInfo.InvariantCulture) + " %";

    private static IEnumerable<Line> Spikes(IReadOnlyList<RunRow> runs)
    {
        const int Named = 10;
        var watched = runs.Count(r => r.LossSpikes is not null);
        if (watched == 0) yield break;
        var spiked = runs.Where(r => r.LossSpikes > 0).OrderByDescending(r => r.LossSpikes).ToList();
        yield return spiked.Count == 0
            ? $"Loss spikes, over {ReportText.Plural(watched, "run")} that were watched: none."
            : Line.Marked($"Loss spikes in {Whole(spiked.Count)} of {ReportText.Plural(watched, "run")} that were "
                + "watched; they are kept as observations: " +
                string.Join("; ", spiked.Take(Named).Select(r =>
                    $"`{r.RunId}` ({r.Model}) {Whole(r.LossSpikes!.Value)}, first at step "
                        + $"{Whole(r.FirstSpikeStep ?? 0)}")) +
                (spiked.Count > Named ? $"; and {Whole(spiked.Count - Named)} more, column `loss_spikes`." : "."));
    }

    /// <summary>How often the text was seen, in a sentence.</summary>
    public static string Epochs(IReadOnlyList<RunRow> runs)
    {
        var epochs = runs.Select(r => r.Epochs).OfType<double>().Order().ToList();
        return epochs.Count == 0
            ? "Passes over the training text are not recorded."
            : $"Passes over the training text: {Numbers.Significant(epochs[0], 3)} to "
                + $"{Numbers.Significant(epochs[^1], 3)}; " +
                $"{ReportText.Plural(epochs.Count(e => e > 1), "run")} saw text more than once.";
    }

    private static Table ByModel(IReadOnlyList<RunRow> runs) => new Table(
        ["model", "N", "runs", "wall time", "tokens/s, median", "most epochs", "memory, most", "predicted",
            "MFU, median"],
        [.. runs.GroupBy(r => (r.Model, r.ParametersWithHead))
            .OrderBy(g => g.Key.ParametersWithHead).ThenBy(g => g.Key.Model, StringComparer.Ordinal)
            .Select(g => (IReadOnlyList<Line>)[
                g.Key.Model,
                Numbers.Count(g.Key.ParametersWithHead),
                Whole(g.Count()),
                g.Any(r => r.WallSeconds is not null) ? Numbers.Seconds(g.Sum(r => r.WallSeconds ?? 0)) : "",
                Median(g.Select(r => r.TokensPerSecond)) is { } speed ? Numbers.Count(speed) : "",
                g.Max(r => r.Epochs) is { } epochs ? Numbers.Significant(epochs, 3) : "",
                Memory(g.Max(r => r.PeakMemoryBytes)), Memory(g.Max(r => r.PredictedPeakBytes)),
                Median(g.Select(r => r.Mfu)) is { } mfu ? $"{Numbers.Fixed(100 * mfu, 1)} %" : "",
            ])]).Compact();

    private static string Memory(long? bytes) => bytes is { } b ? $"{Numbers.Significant(b / 1048576.0, 3)} MiB" : "";

    private static double? Median(IEnumerable<double?> values)
    {
        var known = values.OfType<double>().ToList();
        return known.Count == 0 ? null : Medians.Median(known);
    }
}
