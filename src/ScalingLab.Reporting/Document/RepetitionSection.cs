using ScalingLab.Fitting;
using static ScalingLab.Reporting.FitText;

namespace ScalingLab.Reporting;

/// <summary>How much unique text is enough, and at how many passes repeating it stops paying.</summary>
internal static class RepetitionSection
{
    // More than these places are the table's.
    private const int MostNamed = 8;

    private static readonly string Least = Numbers.Fixed(RepetitionStudy.Least, 2);

    public static IReadOnlyList<string> Findings(RepetitionStudy study, SweepFits fits) =>
        [.. Enough(study), .. Stops(study), .. Overfitted(study), .. Laws(fits)];

    public static IEnumerable<Block> Write(RepetitionStudy study, FigureNumbers figures)
    {
        if (study.Enough.Count + study.Repeated.Count == 0) yield break;
        yield return new Heading(2, "How much text is enough, and when repeating it stops paying");
        foreach (var block in figures.Take(RepetitionFigure.Name)) yield return block;
        if (study.Enough.Count > 0)
        {
            yield return new Paragraph($"Loss by unique text (tokens), mean over the seeds; in brackets what it loses against the most text. Enough is the least "
                + $"text that, like all larger ones, loses less than {Least} nats/token.");
            yield return EnoughTable(study.Enough);
        }

        if (study.Repeated.Count > 0)
        {
            yield return new Paragraph($"Longer runs on the same text. Repeating stops paying at the first step to a longer run of more than one pass that lowers "
                + $"the loss by less than {Least} nats/token a doubling of the tokens, or raises it.");
            yield return RepeatedTable(study.Repeated);
        }
    }

    /// <summary>What each amount of text loses against the most, with its interval over the seeds; nothing of one seed.</summary>
    public static IEnumerable<Block> Differences(RepetitionStudy study)
    {
        if (!study.Enough.Any(e => e.Cells.Any(c => e.Loses(c)?.Interval95 is not null))) yield break;
        yield return new Heading(2, "Losses against the most text");
        yield return new Paragraph("Loss less that of the same model, length and seed on the most text, nats/token; intervals of 95 % by Student's t over the seeds.");
        yield return new Table(
            ["model", "D, tokens", "unique text", "passes", "difference", "interval of 95 %", "seeds"],
            [.. study.Enough.SelectMany(e => e.Cells.Where(c => c != e.Most).Select(c => (IReadOnlyList<Line>)[
                Name(c), Numbers.Count(c.Tokens), Numbers.Count(c.UniqueTokens), Passes(c), e.Loses(c) is { } d ? Four(d.Mean) : "",
                e.Loses(c)?.Interval95 is { } i ? $"{Four(i.Low)} to {Four(i.High)}" : "", Whole(e.Loses(c)?.Pairs ?? 0),
            ]))]);
    }

    private static IEnumerable<string> Enough(RepetitionStudy study)
    {
        if (study.Enough.Count == 0) yield break;
        var most = string.Join(" or ", study.Enough.Select(e => e.Most.UniqueTokens).Distinct().Order().Select(Numbers.Count));
        var places = study.Enough.Select(e => (e.Enough == e.Most ? $"not less than all {Numbers.Count(e.Most.UniqueTokens)}" : Numbers.Count(e.Enough.UniqueTokens))
            + $" for {Place(e.Most)}").ToList();
        var undecided = study.Enough.Count(e => !e.IsDecided);
        var seeds = study.Enough.SelectMany(e => e.Cells).Min(c => c.Runs.Count);
        yield return $"Unique text that is enough (it loses less than {Least} nats/token against the most, {most} tokens): "
            + string.Join("; ", places.Take(MostNamed)) + (places.Count > MostNamed ? $"; and {Whole(places.Count - MostNamed)} more places, in the table" : "")
            + "." + (seeds < 2 ? " There is one seed, so the noise of these differences is not known."
                : undecided > 0 ? $" The seeds bear out {Whole(study.Enough.Count - undecided)} of {Whole(study.Enough.Count)} of these." : "");
    }

    private static IEnumerable<string> Stops(RepetitionStudy study)
    {
        var repeating = study.Repeated.Where(r => r.Repeats.Any()).ToList();
        if (repeating.Count == 0) yield break;
        var stops = repeating.Select(r => r.Stop).OfType<(TextCell From, TextCell To)>().OrderBy(s => s.To.Epochs).ToList();
        var last = repeating.Max(r => r.Cells[^1].Epochs);
        if (stops.Count == 0)
        {
            yield return $"Repeating the text still pays at {Pass(last)}, the most tried: every doubling of the tokens lowers the loss by {Least} nats/token or more.";
            yield break;
        }

        var (first, end) = (stops[0], stops[^1]);
        yield return $"Repeating stops paying {Between(first)} ({Place(first.To)}, {Numbers.Count(first.To.UniqueTokens)} unique: the loss {Changes(first)})"
            + (stops.Count > 1 ? $" at the earliest and {Between(end)} ({Place(end.To)}, {Numbers.Count(end.To.UniqueTokens)} unique: it {Changes(end)}) at the latest"
                : "")
            + $", in {Whole(stops.Count)} of {RunsSection.Plural(repeating.Count, "line")} of a model on one text"
            + (stops.Count < repeating.Count ? "; in the others it pays as far as was tried." : ".");
    }

    private static IEnumerable<string> Overfitted(RepetitionStudy study)
    {
        var cells = study.Enough.SelectMany(e => e.Cells).Concat(study.Repeated.SelectMany(r => r.Cells)).Distinct().ToList();
        var overfitted = cells.Where(c => c.IsOverfitted).ToList();
        if (overfitted.Count == 0) yield break;
        yield return $"Overfitting, which is validation loss that rises while training loss falls or stays far above it, is flagged from "
            + $"{Pass(overfitted.Min(c => c.Epochs))} on, in {Whole(overfitted.Count)} of {RunsSection.Plural(cells.Count, "place")} "
            + "(model, length and unique text).";
    }

    /// <summary>What the data-constrained law says, where the runs hold it.</summary>
    private static IEnumerable<string> Laws(SweepFits fits)
    {
        foreach (var (name, fit) in fits.DataConstrained())
        {
            if (fit is not { TokensDecay: { } decay } || !SweepFits.HoldsTokensDecay(fit)) continue;
            yield return (name.Length > 0 ? $"{name}: " : "") + $"By the data-constrained law (Muennighoff et al. 2023) over {RunsSection.Plural(fit.Points, "run")} "
                + $"R_D* = {Number(decay)}" + (fit.Interval95?.GetValueOrDefault("r_d_star") is { } i ? $" (95 %: {Number(i)})" : "")
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
                .. texts.Select(t => p.Cells.FirstOrDefault(c => c.UniqueTokens == t) is { } c ? (Line)Loss(c, p) : "–"), Line.Strong(Numbers.Count(p.Enough.UniqueTokens)),
            ])]);
    }

    private static Table RepeatedTable(IReadOnlyList<RepeatedText> lines) => new(
        ["model", "unique text", "passes", "loss at each", "repeating"],
        [.. lines.Select(l => (IReadOnlyList<Line>)[
            Name(l.Cells[0]), Numbers.Count(l.Cells[0].UniqueTokens), string.Join(" · ", l.Cells.Select(Passes)),
            string.Join(" · ", l.Cells.Select(c => Numbers.Loss(c.Loss) + (c.IsOverfitted ? "†" : ""))),
            l.Stop is { } stop ? new Line(new Span("stops paying ", TextStyle.Strong), new Span($"{Between(stop)}: {Changes(stop)}"))
                : l.Repeats.Any() ? $"pays up to {Pass(l.Cells[^1].Epochs)}, the most tried" : "not tried",
        ])], TextColumns: 1);

    private static string Loss(TextCell cell, EnoughText place) =>
        Numbers.Loss(cell.Loss) + (cell == place.Most ? "" : $" ({Four(cell.Loss - place.Most.Loss)})");

    private static string Between((TextCell From, TextCell To) stop) => $"between {Passes(stop.From)} and {Pass(stop.To.Epochs)}";

    private static string Changes((TextCell From, TextCell To) stop) => stop.To.Loss > stop.From.Loss
        ? $"rises by {Numbers.Loss(stop.To.Loss - stop.From.Loss)}" + (stop.To.IsOverfitted ? ", overfitted" : "")
        : $"falls by only {Numbers.Loss(RepeatedText.Falls(stop))} a doubling";

    private static string Place(TextCell cell) => $"{Name(cell)} on {Numbers.Count(cell.Tokens)} tokens";

    private static string Name(TextCell cell) => cell.Recipe.Length > 0 ? $"{cell.Model}, {cell.Recipe}" : cell.Model;

    private static string Passes(TextCell cell) => Numbers.Significant(cell.Epochs, 2);

    private static string Pass(double epochs) => $"{Numbers.Significant(epochs, 2)} passes";

    private static string Four(double value) => (value < 0 ? "" : "+") + Numbers.Loss(value);
}
