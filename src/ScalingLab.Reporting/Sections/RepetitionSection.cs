using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Figures;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Formats;
using static ScalingLab.Reporting.Formats.ReportText;

namespace ScalingLab.Reporting.Sections;

/// <summary>How much unique text is enough, and at how many passes repeating it stops paying.</summary>
internal static class RepetitionSection
{
    // More than these places are the table's.
    private const int MostNamed = 8;

    private static readonly string Least = Numbers.Fixed(RepetitionStudy.Least, 2);

    public static IReadOnlyList<string> Findings(RepetitionStudy study, SweepFits fits) =>
        [.. Enough(study), .. Stops(study), .. Overfitted(study), .. LeftOut(study), .. Laws(fits)];

    public static IEnumerable<Block> Write(RepetitionStudy study, FigureNumbers figures)
    {
        if (study.Enough.Count + study.Repeated.Count == 0) yield break;
        yield return new Heading(2, "How much text is enough, and when repeating it stops paying");
        foreach (var block in figures.Take(ReportFigures.At(ReportPlace.Repetition))) yield return block;
        if (study.Enough.Count > 0)
        {
            yield return new Paragraph($"Loss by unique text (tokens), mean over the seeds; in brackets what it loses "
                + "against the most text. Enough is the "
                + $"least text that, like all larger ones, loses less than {Least} nats/token.");
            yield return EnoughTable(study.Enough);
        }

        if (study.Repeated.Count > 0)
        {
            yield return new Paragraph($"Longer runs on the same text. Repeating stops paying at the first step to a "
                + "longer run of more than one pass that "
                + $"lowers the loss by less than {Least} nats/token "
                + "a doubling of the tokens, or raises it."
                + (study.Repeated.Any(r => r.Cells.Any(c => c.IsOverfitted)) ? " †: flagged as overfitted." : ""));
            yield return RepeatedTable(study.Repeated);
        }
    }

    /// <summary>
    /// What each amount of text loses against the most, with its interval over the seeds; nothing of one seed.
    /// </summary>
    public static IEnumerable<Block> Differences(RepetitionStudy study)
    {
        if (!study.Enough.Any(e => e.Cells.Any(c => e.LossAgainstMost(c)?.Interval95 is not null))) yield break;
        yield return new Heading(2, "Losses against the most text");
        yield return new Paragraph("Loss less that of the same model, length and seed on the most text, nats/token; "
            + "intervals of 95 % by "
            + "Student's t over the seeds.");
        yield return new Table(
            ["model", "D, tokens", "unique text", "passes", "difference", "interval of 95 %", "seeds"],
            [.. study.Enough.SelectMany(e => e.Cells.Where(c => c != e.Most).Select(c => (IReadOnlyList<Line>)[
                Name(c), Numbers.Count(c.Tokens), Numbers.Count(c.UniqueTokens), Passes(c),
                    e.LossAgainstMost(c) is { } d ? Four(d.Mean) : "",
                e.LossAgainstMost(c)?.Interval95 is { } i ? $"{Four(i.Low)} to {Four(i.High)}" : "",
                    Whole(e.LossAgainstMost(c)?.Pairs ?? 0),
            ]))]);
    }

    private static IEnumerable<string> Enough(RepetitionStudy study)
    {
        if (study.Enough.Count == 0) yield break;
        var undecided = study.Enough.Count(e => !e.IsDecided);
        var noise = study.Enough.SelectMany(e => e.Cells).Min(c => c.Runs.Count) < 2
            ? " There is one seed, so the noise of these differences is not known."
            : undecided > 0
            ? $" The seeds bear out {Whole(study.Enough.Count - undecided)} of these "
                + $"{ReportText.Plural(study.Enough.Count, "place")}." : "";
        var most =
            string.Join(" or ", study.Enough.Select(e => e.Most.UniqueTokens).Distinct().Order().Select(Numbers.Count));
        if (study.Enough.All(e => e.Enough == e.Most))
        {
            var losses = study.Enough.Select(e => e.Cells[^2].Loss - e.Most.Loss).Order().ToList();
            yield return $"At no size and length is less unique text enough than the most, {most} tokens: the next "
                + $"less loses {Numbers.Loss(losses[0])} to "
                + $"{Numbers.Loss(losses[^1])} nats/token against it." + noise;
            yield break;
        }

        var places = study.Enough.GroupBy(e => e.Enough.UniqueTokens).OrderBy(g => g.Key)
            .Select(g => $"{Numbers.Count(g.Key)} for "
            + (g.Count() > MostNamed ? ReportText.Plural(g.Count(), "place")
                : string.Join(", ", g.Select(e => Place(e.Most)))));
        yield return $"Unique text that is enough (it loses less than {Least} nats/token against the most, "
            + $"{most} tokens): "
            + $"{string.Join("; ", places)}." + noise;
    }

    private static IEnumerable<string> Stops(RepetitionStudy study)
    {
        var repeating = study.Repeated.Where(r => r.Repeats.Any()).ToList();
        if (repeating.Count == 0) yield break;
        var seen = repeating.Where(r => r.IsStopSeen).Select(r => r.Stop!.Value).OrderBy(s => s.To.Epochs).ToList();
        var before = repeating.Where(r => r.Stop is not null && !r.IsStopSeen).ToList();
        var paying = repeating.Where(r => r.Stop is null).ToList();
        if (seen.Count > 0)
        {
            var (first, last) = (seen[0], seen[^1]);
            yield return $"Repeating stops paying {Between(first)} ({Place(first.To)}, {Unique(first.To)}: the loss "
                + $"{Changes(first)})"
                + (last.To.Epochs > first.To.Epochs
                    ? $" at the earliest and {Between(last)} ({Place(last.To)}, {Unique(last.To)}: it {Changes(last)}) "
                        + "at the latest" : "")
                + $", in {Whole(seen.Count)} of {ReportText.Plural(repeating.Count, "line")} of a model on one text.";
        }

        if (before.Count > 0)
        {
            yield return $"In {Whole(before.Count)} of {ReportText.Plural(repeating.Count, "line")} repeating no "
                + "longer pays at the first step tried, from "
                + $"{string.Join(" or ", before.Select(r => Pass(r.Stop!.Value.From.Epochs)).Distinct())} on: when it "
                    + "stopped, shorter runs would show.";
        }

        if (paying.Count > 0)
        {
            yield return $"In {Whole(paying.Count)} of {ReportText.Plural(repeating.Count, "line")} repeating still "
                + "pays at the most passes tried, "
                + $"{string.Join(" or ", paying.Select(r => Passes(r.Cells[^1])).Distinct())}.";
        }
    }

    private static IEnumerable<string> Overfitted(RepetitionStudy study)
    {
        var cells = study.Enough.SelectMany(e => e.Cells).Concat(study.Repeated.SelectMany(r => r.Cells)).Distinct()
            .ToList();
        var overfitted = cells.Where(c => c.IsOverfitted).ToList();
        if (overfitted.Count == 0) yield break;
        yield return $"Overfitting, which is validation loss that rises while training loss falls or stays far above "
            + "it, is flagged from "
            + $"{Pass(overfitted.Min(c => c.Epochs))} on, in {Whole(overfitted.Count)} of "
                + $"{ReportText.Plural(cells.Count, "place")} "
            + "(model, length and unique text).";
    }

    private static IEnumerable<string> LeftOut(RepetitionStudy study)
    {
        if (study.LeftOut.Count == 0 || study.Enough.Count + study.Repeated.Count == 0) yield break;
        var runs = study.LeftOut.Select(r => $"{r.Model} on {Numbers.Count(r.Tokens)} tokens, "
            + $"{Numbers.Count(r.UniqueTokens!.Value)} unique").ToList();
        yield return $"{ReportText.Plural(runs.Count, "run")} flagged as undertrained or unstable "
            + $"{(runs.Count == 1 ? "is" : "are")} left out of this, for {(runs.Count == 1 ? "it says" : "they say")} "
            + $"nothing of the text: {string.Join("; ", runs.Take(MostNamed))}"
            + (runs.Count > MostNamed ? $" and {Whole(runs.Count - MostNamed)} more." : ".");
    }

    /// <summary>What the data-constrained law says, where the runs hold it.</summary>
    private static IEnumerable<string> Laws(SweepFits fits)
    {
        foreach (var (name, fit) in fits.DataConstrained())
        {
            if (fit is not { TokensDecay: { } decay } || !SweepFits.HoldsTokensDecay(fit)) continue;
            yield return (name.Length > 0 ? $"{name}: " : "")
                + $"By the data-constrained law (Muennighoff et al. 2023) over {ReportText.Plural(fit.Points, "run")} "
                    + $"R_D* = {Number(decay)}"
                + (fit.Interval95?.GetValueOrDefault("r_d_star") is { } i ? $" (95 %: {Number(i)})" : "")
                + ": after so many repetitions a further pass is worth 37 % of a fresh one.";
        }
    }

    private static Table EnoughTable(IReadOnlyList<EnoughText> places)
    {
        var texts = places.SelectMany(p => p.Cells).Select(c => c.UniqueTokens).Distinct().Order().ToList();
        return new Table(
            ["model", "D, tokens", .. texts.Select(Numbers.Count), "enough"],
            [.. places.Select(p => (IReadOnlyList<Line>)[
                Name(p.Most), Numbers.Count(p.Most.Tokens),
                .. texts.Select(t => p.Cells.FirstOrDefault(c => c.UniqueTokens == t) is { } c ? (Line)Loss(c, p)
                    : "–"),
                Line.Strong(Numbers.Count(p.Enough.UniqueTokens)),
            ])]);
    }

    private static Table RepeatedTable(IReadOnlyList<RepeatedText> lines) => new(
        ["model", "unique text", "passes", "loss at each", "repeating"],
        [.. lines.Select(l => (IReadOnlyList<Line>)[
            Name(l.Cells[0]), Numbers.Count(l.Cells[0].UniqueTokens), string.Join(" · ", l.Cells.Select(Passes)),
            string.Join(" · ", l.Cells.Select(c => Numbers.Loss(c.Loss) + (c.IsOverfitted ? "†" : ""))),
            l.Stop is { } stop
                ? $"stops paying {(l.IsStopSeen ? Between(stop) : $"by {Pass(stop.To.Epochs)} or before")}: "
                    + $"{Changes(stop)}"
                : l.Repeats.Any() ? $"pays up to {Pass(l.Cells[^1].Epochs)}, the most tried" : "not tried",
        ])], TextColumns: 5);

    private static string Loss(TextCell cell, EnoughText place) =>
        Numbers.Loss(cell.Loss) + (cell == place.Most ? "" : $" ({Four(cell.Loss - place.Most.Loss)})");

    private static string Between((TextCell From, TextCell To) stop) =>
        $"between {Passes(stop.From)} and {Pass(stop.To.Epochs)}";

    private static string Changes((TextCell From, TextCell To) stop) => stop.To.Loss > stop.From.Loss
        ? $"rises by {Numbers.Loss(stop.To.Loss - stop.From.Loss)}" + (stop.To.IsOverfitted ? ", overfitted" : "")
        : $"falls by only {Numbers.Loss(RepeatedText.LossDropPerDoubling(stop))} a doubling";

    private static string Place(TextCell cell) => $"{Name(cell)} on {Numbers.Count(cell.Tokens)} tokens";

    private static string Unique(TextCell cell) => $"{Numbers.Count(cell.UniqueTokens)} unique";

    private static string Name(TextCell cell) => cell.Recipe.Length > 0 ? $"{cell.Model}, {cell.Recipe}" : cell.Model;

    private static string Passes(TextCell cell) => Numbers.Significant(cell.Epochs, 2);

    private static string Pass(double epochs) => $"{Numbers.Significant(epochs, 2)} passes";

    private static string Four(double value) => (value < 0 ? "" : "+") + Numbers.Loss(value);
}
