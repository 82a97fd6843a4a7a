using ScalingLab.Fitting.Comparisons;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Analysis;

/// <summary>Runs of one recipe, model, length and number of unique tokens: seeds alone differ.</summary>
/// <param name="Recipe">The varied recipe without the number of unique tokens; empty where nothing else varies.</param>
/// <param name="Model">The model.</param>
/// <param name="UniqueTokens">Distinct training tokens that the runs could see.</param>
/// <param name="Runs">The runs that completed, one a seed.</param>
internal sealed record TextCell(string Recipe, string Model, double UniqueTokens, IReadOnlyList<RunRow> Runs)
{
    public double Tokens => Runs.Average(r => (double)r.Tokens);

    /// <summary>Passes over the unique tokens.</summary>
    public double Epochs => Runs.Average(r => r.Epochs ?? r.Tokens / UniqueTokens);

    /// <summary>Mean over the seeds, nats/token.</summary>
    public double Loss => Runs.Average(r => r.LossValidation!.Value);

    /// <summary>Whether a run is flagged as overfitted: validation loss rises while training loss falls.</summary>
    public bool IsOverfitted => Runs.Any(r => r.Flags.HasFlag(RunDefects.Overfitted));

    /// <summary>Loss of another cell less that of this one, over the seeds that both have; null without any.</summary>
    public PairedDifference? DifferenceTo(TextCell other)
    {
        var own = Runs.ToLookup(r => r.Seed, r => r.LossValidation!.Value);
        var differences = other.Runs.Where(r => own.Contains(r.Seed))
            .Select(r => r.LossValidation!.Value - own[r.Seed].First()).ToList();
        return differences.Count == 0 ? null : PairedDifference.From(differences);
    }
}

/// <summary>One model on one number of tokens, over the amounts of unique text.</summary>
/// <param name="Cells">By unique tokens, rising.</param>
internal sealed record EnoughText(IReadOnlyList<TextCell> Cells)
{
    public TextCell Most => Cells[^1];

    /// <summary>
    /// The least text within <see cref="RepetitionStudy.Least"/> of the loss on the most, as is all larger text.
    /// </summary>
    public TextCell Enough =>
        Cells.Reverse().TakeWhile(c => c == Most || c.Loss - Most.Loss < RepetitionStudy.Least).Last();

    /// <summary>What an amount of text loses against the most, seed by seed; null for the most itself.</summary>
    public PairedDifference? LossAgainstMost(TextCell cell) => cell == Most ? null : Most.DifferenceTo(cell);

    /// <summary>
    /// Whether the seeds bear it out: the interval of every amount of text lies on one side of the tolerance.
    /// </summary>
    public bool IsDecided => Cells.Where(c => c != Most)
        .All(c => LossAgainstMost(c)?.Interval95 is { } i
            && (i.Low >= RepetitionStudy.Least || i.High < RepetitionStudy.Least));
}

/// <summary>One model on one amount of unique text, over the lengths.</summary>
/// <param name="Cells">By tokens, rising.</param>
internal sealed record RepeatedText(IReadOnlyList<TextCell> Cells)
{
    /// <summary>The steps from a length to the next that repeat text.</summary>
    public IEnumerable<(TextCell From, TextCell To)> Repeats =>
        Cells.Zip(Cells.Skip(1)).Where(s => s.Second.Epochs > RepetitionStudy.Repeats);

    /// <summary>The first step that does not pay; null where all do, or none repeats.</summary>
    public (TextCell From, TextCell To)? Stop => Repeats.Where(s => LossDropPerDoubling(s) < RepetitionStudy.Least)
        .Select(s => ((TextCell, TextCell)?)s).FirstOrDefault();

    /// <summary>
    /// Whether a shorter run shows that repeating, or the text itself, still paid before the stop: else it may have
    /// stopped before.
    /// </summary>
    public bool IsStopSeen =>
        Stop is { } stop && (stop.From != Cells[0] || stop.From.Epochs <= RepetitionStudy.Repeats);

    /// <summary>How far the loss falls a doubling of the tokens, nats/token.</summary>
    public static double LossDropPerDoubling((TextCell From, TextCell To) step) =>
        (step.From.Loss - step.To.Loss) / Math.Log2(step.To.Tokens / step.From.Tokens);
}

/// <summary>How much text is enough, and when repeating it stops paying, by the runs alone: no law is asked.</summary>
/// <param name="Enough">Each recipe, model and length with more than one amount of text.</param>
/// <param name="Repeated">Each recipe, model and amount of text with more than one length.</param>
/// <param name="LeftOut">Runs that are flagged as undertrained or unstable and not as overfitted: they failed of
/// something else than their text, and say nothing of it.</param>
internal sealed record RepetitionStudy(
    IReadOnlyList<EnoughText> Enough, IReadOnlyList<RepeatedText> Repeated, IReadOnlyList<RunRow> LeftOut)
{
    /// <summary>
    /// Less than this, nats/token, is no difference and no fall: evaluations of one model on other windows differ by as
    /// much.
    /// </summary>
    public const double Least = CurveVerdict.LeastRise;

    /// <summary>From so many passes on text counts as repeated, as in the data-constrained fit.</summary>
    public const double Repeats = 1.05;

    /// <summary>Of a sweep that varies the number of unique tokens; empty of another.</summary>
    public static RepetitionStudy Create(IReadOnlyList<RunRow> runs)
    {
        var length = RunLength.Among(runs);
        var completed =
            runs.Where(r => r is { State: RunState.Completed, LossValidation: not null, UniqueTokens: not null })
            .ToLookup(r => r.Flags != RunDefects.None && !r.Flags.HasFlag(RunDefects.Overfitted));
        var cells =
            completed[false].GroupBy(r =>
                (Recipe: r.VariantOfAnyText, r.Model, Length: length(r), Unique: r.UniqueTokens!.Value))
            .Select(g =>
                (g.Key, N: g.First().ParametersWithHead,
                    Cell: new TextCell(g.Key.Recipe, g.Key.Model, g.Key.Unique, [.. g])))
            .OrderBy(c => c.N).ThenBy(c => c.Cell.Tokens).ThenBy(c => c.Cell.UniqueTokens).ToList();
        return new RepetitionStudy(
            [.. cells.GroupBy(c => (c.Key.Recipe, c.Key.Model, c.Key.Length)).Where(g => g.Count() > 1).Select(g =>
                new EnoughText([.. g.Select(c => c.Cell).OrderBy(c => c.UniqueTokens)]))],
            [.. cells.GroupBy(c => (c.Key.Recipe, c.Key.Model, c.Key.Unique)).Where(g => g.Count() > 1).Select(g =>
                new RepeatedText([.. g.Select(c => c.Cell).OrderBy(c => c.Tokens)]))],
            [.. completed[true]]);
    }
}
