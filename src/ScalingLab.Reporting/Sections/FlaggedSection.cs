using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Formats;
using ScalingLab.Runs.Outcomes;
using static ScalingLab.Reporting.Formats.ReportText;

namespace ScalingLab.Reporting.Sections;

/// <summary>The runs that completed and should not be believed, each with its reason and what to do.</summary>
internal static class FlaggedSection
{
    // On a screen; the report has them all.
    private const int MostSaid = 3;

    /// <summary>Nothing where no run is flagged.</summary>
    public static IEnumerable<Block> Write(SweepTable sweep, bool excluded)
    {
        if (sweep.Verdicts.Count == 0) yield break;
        yield return new Heading(2, "Flagged runs");
        yield return new Paragraph(Line.Marked($"{Whole(sweep.Verdicts.Count)} of "
            + $"{ReportText.Plural(sweep.Runs.Count, "run")} ended, but not as "
            + "a run of their size and tokens should (column `flags`; `docs/verdicts.md` says how that is found). "
            + (excluded
                ? "They were left out of the fits on request, and stay in `runs.csv`."
                : "They are in the fits like the others and crossed out in the figures; `lab report DIR "
                    + "--exclude-flagged` leaves them out.")));
        yield return new Table(
            ["run", "model", "D, tokens", "seed", "recipe", "flags", "why", "what to do"],
            [.. sweep.Verdicts.Select(v => (IReadOnlyList<Line>)[
                Line.Code(v.Run.RunId), v.Run.Model, Numbers.Count(v.Run.Tokens), Whole(v.Run.Seed), v.Run.Variant,
                Line.Strong(RunDefectNames.Join(v.Defects)), string.Join("; ", v.Reasons), v.Remedy,
            ])], TextColumns: 8);
    }

    /// <summary>How many, in one line; nothing where no run is flagged.</summary>
    public static IEnumerable<string> Count(SweepTable sweep)
    {
        if (sweep.Verdicts.Count == 0) yield break;
        var words = Enum.GetValues<RunDefects>().Where(d => d != RunDefects.None)
            .Select(d => (Word: RunDefectNames.Join(d), Runs: sweep.Verdicts.Count(v => v.Defects.HasFlag(d))))
            .Where(d => d.Runs > 0);
        yield return $"{Whole(sweep.Verdicts.Count)} of {ReportText.Plural(sweep.Runs.Count, "run")} "
            + $"{(sweep.Verdicts.Count == 1 ? "is" : "are")} flagged "
            + $"({string.Join(", ", words.Select(d => $"{d.Word}: {Whole(d.Runs)}"))}): \"Flagged runs\" below says "
                + "which, why and what to do.";
    }

    /// <summary>The same in a few lines for a screen.</summary>
    public static IReadOnlyList<string> Summary(IReadOnlyList<RunVerdict> verdicts) =>
    [
        .. verdicts.Take(MostSaid).Select(v => $"run {v.Run.RunId} ({v.Run.Model}, {Numbers.Count(v.Run.Tokens)} tokens"
            + $"{(v.Run.Variant.Length > 0 ? $", {v.Run.Variant}" : "")}, seed {Whole(v.Run.Seed)}) is "
                + $"{RunDefectNames.Join(v.Defects)}: "
            + $"{string.Join("; ", v.Reasons)}. What to do: {v.Remedy}."),
        .. verdicts.Count > MostSaid
            ? (string[])[
                $"{Whole(verdicts.Count - MostSaid)} more flagged runs: the report's \"Flagged runs\" has them all."]
                    : [],
    ];
}
