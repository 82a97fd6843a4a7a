using ScalingLab.Fitting.Laws.Downstream;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Figures;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using static ScalingLab.Reporting.Formats.ReportText;

namespace ScalingLab.Reporting.Sections;

/// <summary>
/// What the models can do: the scores of tasks by model and budget, beside guessing, and how they go with the loss.
/// </summary>
internal static class ScoresSection
{
    private const int OtherMetrics = 3;

    /// <summary>The laws of scores that may be quoted, a sentence each.</summary>
    public static IEnumerable<string> Findings(SweepFits fits) =>
        from fit in fits.Downstream
        where fit.Status == FitStatus.Converged
        let best = fit.Predicted.Where(point => point.Flops is null).MinBy(point => point.Loss)
        let beyond = fit.Predicted.Where(point => point.Flops is not null).MaxBy(point => point.Flops)
        where best is not null
        select $"{fit.Task}: at loss {Numbers.Loss(best.Loss)}, the lowest of these runs, the law of {fit.Metric} says "
            + Share(best.Score, best.Interval95)
            + (beyond is null ? "" : $"; at {Numbers.Scientific(beyond.Flops!.Value)} FLOPs, where loss "
                + $"{Numbers.Loss(beyond.Loss)} is predicted by {beyond.LossFrom}, {Share(beyond.Score, beyond.Interval95)}")
            + $" (guessing gets {Numbers.Fixed(fit.Guess)}).";

    public static IEnumerable<Block> Write(IReadOnlyList<RunRow> runs, SweepFits fits, FigureNumbers figures)
    {
        var tasks = runs.SelectMany(r => r.Scores).GroupBy(s => s.Name).OrderBy(g => g.Key, StringComparer.Ordinal)
            .ToList();
        if (tasks.Count == 0) yield break;
        yield return new Heading(2, "What the models can do");
        yield return new Paragraph("Each finished run's model was asked these tasks (docs/evaluation.md). Of several "
            + "seeds stands the mean, with the mean of their 95 % intervals: these are of the documents, which all runs "
            + "share, and so do not shrink with more runs.");
        foreach (var block in figures.Take(ReportFigures.At(ReportPlace.Scores))) yield return block;
        foreach (var task in tasks)
        {
            yield return new Heading(3, task.Key);
            yield return new Paragraph(Describe(runs, [.. task]));
            yield return Table(task.Key, [.. runs.Where(r => Of(r, task.Key) is not null)]);
            foreach (var fit in fits.Downstream.Where(f => f.Task == task.Key))
            {
                foreach (var block in Law(fit)) yield return block;
                if (fit.Predicted.Count > 0) yield return Predicted(fit.Predicted);
            }
        }
    }

    private static string Describe(IReadOnlyList<RunRow> runs, IReadOnlyList<TaskScore> scores)
    {
        var documents = string.Join(" or ", scores.Select(s => s.Documents).Distinct().Select(n => Whole(n)));
        var text = $"{Plural(scores.Count, "run")} of {Whole(runs.Count)} "
            + $"{(scores.Count == 1 ? "was" : "were")} asked {documents} documents ({scores[0].Kind}).";
        if (scores.Select(s => s.Key).Distinct().Count() > 1)
            text += " They were not all asked the same: their numbers are of different questions.";
        if (scores.Select(s => s.Main).FirstOrDefault(m => m?.Guess is not null) is not { } chance) return text;
        var above = scores.Count(s => s.Main is { Range: { } range, Guess: not null } && range.Low > s.Main.Guess);
        return text + $" Guessing gets {Numbers.Fixed(chance.Guess!.Value)}"
            + (chance.GuessRange is { } guess
                ? $" (95 % of those who guess: {Numbers.Fixed(guess.Low)} to {Numbers.Fixed(guess.High)})" : "")
            + (chance.Majority is { } majority
                ? $", always taking the most frequent place of the right choice {Numbers.Fixed(majority)}" : "")
            + $". The interval of {Whole(above)} of {Plural(scores.Count, "run")} lies above guessing.";
    }

    private static Table Table(string task, IReadOnlyList<RunRow> runs)
    {
        var metrics = runs.SelectMany(r => Of(r, task)!.Metrics).Select(m => m.Name).Distinct().ToList();
        var others = metrics.Skip(1).Take(OtherMetrics).ToList();
        var rows = runs.GroupBy(r => (r.Model, r.ParametersWithHead, r.Variant, Length: r.BudgetFlops ?? r.Tokens,
                IsBudget: r.BudgetFlops is not null))
            .OrderBy(g => g.Key.ParametersWithHead).ThenBy(g => g.Key.Model, StringComparer.Ordinal)
            .ThenBy(g => g.Key.Length);
        return new Table(
            ["model", "recipe", "budget, FLOPs", "tokens", "runs", "loss", metrics[0], "95 %", .. others],
            [.. rows.Select(cell =>
            {
                var own = cell.Select(r => Of(r, task)!).ToList();
                var main = own.Select(s => s.Main).OfType<Metric>().ToList();
                return (IReadOnlyList<Line>)
                [
                    cell.Key.Model, cell.Key.Variant, cell.Key.IsBudget ? Numbers.Scientific(cell.Key.Length) : "",
                    Numbers.Count(cell.Average(r => r.Tokens)), Whole(own.Count),
                    cell.Average(r => r.LossValidation) is { } loss ? Numbers.Loss(loss) : "",
                    Score(main.Average(m => m.Value)),
                    main.All(m => m.Range is not null)
                        ? $"{Score(main.Average(m => m.Range!.Low))} to {Score(main.Average(m => m.Range!.High))}" : "",
                    .. others.Select(name => own.SelectMany(s => s.Metrics).Where(m => m.Name == name)
                        .Select(m => (double?)m.Value).Average() is { } mean ? (Line)Score(mean) : ""),
                ];
            })], TextColumns: 2).Compact();
    }

    private static IEnumerable<Block> Law(DownstreamFit fit)
    {
        yield return new Paragraph(new Line(
            new Span($"{fit.Summary.Title}: "), new Span(EnumNames.ToName(fit.Status), TextStyle.Strong),
            new Span($". {fit.Summary.Text} "
                + (fit.Status == FitStatus.Converged
                    ? string.Join(", ", fit.Summary.Numbers.Where(n => n.Value is not null).Select(n =>
                        $"{n.Name} = {Number(n.Value)}{(n.Interval95 is { } i ? $" ({Number(i)})" : "")}")) + "."
                    : fit.Unidentified.Count == 0 ? "There is nothing to quote."
                    : $"Not pinned down by these runs: {string.Join(", ", fit.Unidentified)}."))));
    }

    private static Table Predicted(IReadOnlyList<DownstreamPoint> points) =>
        new(["loss by", "compute, FLOPs", "loss", "score", "95 %", "among the losses fitted"],
            [.. points.Select(p => (IReadOnlyList<Line>)
            [
                p.LossFrom ?? "given", p.Flops is { } flops ? Numbers.Scientific(flops) : "", Numbers.Loss(p.Loss),
                Numbers.Fixed(p.Score), Span(p.Interval95), p.Extrapolated ? "no: extrapolated" : "yes",
            ])]);

    private static TaskScore? Of(RunRow run, string task) => run.Scores.FirstOrDefault(s => s.Name == task);

    // Shares have three digits behind the point, scores of up to 100 and more two.
    private static string Score(double x) => Math.Abs(x) <= 1 ? Numbers.Fixed(x)
        : Math.Abs(x) < 1e5 ? Numbers.Fixed(x, 2) : Numbers.Scientific(x);

    private static string Share(double score, Interval? interval) =>
        Numbers.Fixed(score) + (interval is null ? "" : $" ({Span(interval)})");
}
