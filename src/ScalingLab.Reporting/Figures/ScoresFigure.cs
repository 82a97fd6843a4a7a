using ScalingLab.Fitting.Laws.Downstream;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Figures;

/// <summary>What models score on tasks against their loss, with guessing and the fitted sigmoid.</summary>
internal static class ScoresFigure
{
    public const string Name = "scores";

    public static readonly FigureKind Kind = new SweepFigureKind(
        Name, "scores of tasks against training compute and against the validation loss", "runs that were scored on tasks (\"evaluate\" in the grid)")
    {
        TakesScale = false,
        Place = ReportPlace.Scores,
        Draw = source => Create(source.Sweep.Runs, source.Downstream),
    };

    private const int Places = 120;

    public static Figure? Create(IReadOnlyList<RunRow> runs, Lazy<IReadOnlyList<DownstreamFit>> fits)
    {
        var tasks = runs.Where(r => r.LossValidation is not null)
            .SelectMany(r => r.Scores.Where(s => s.Main is not null).Select(s => (Run: r, Score: s)))
            .GroupBy(r => r.Score.Name).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
        if (tasks.Count == 0) return null;
        var size = FigureAxes.Size(tasks.SelectMany(t => t).Select(r => (double)r.Run.ParametersWithHead), "N");
        var hasSizes = tasks.SelectMany(t => t).Select(r => r.Run.ParametersWithHead).Distinct().Count() > 1;
        return new Figure(Name, "Scores of tasks",
            new FigureCaption("What each finished run's model scores on a task against its training compute and against "
                + "its validation loss, with 95 % intervals over the documents")
            {
                ColouredBy = hasSizes ? "model size N" : null,
                Signs = "The dashed line is what guessing gets, the shaded area where 95 % of those who guess lie; a "
                    + "black line is the fitted sigmoid with its 95 % band, where the runs hold one.",
            },
            [.. tasks.SelectMany(task => Panels([.. task], fits.Value.FirstOrDefault(f => f.Task == task.Key), size))])
        {
            Columns = 2, Bar = hasSizes ? new ColourBar(size, Colours.Along) : null,
        };
    }

    private static IEnumerable<Panel> Panels(
        IReadOnlyList<(RunRow Run, TaskScore Score)> runs, DownstreamFit? fit, Axis size)
    {
        var name = runs[0].Score.Main!.Name;
        var own = runs.Where(r => r.Score.Main!.Name == name).ToList();
        var loss = LossAxis.Around("Validation loss (nats/token)", own.Select(r => r.Run.LossValidation!.Value));
        var chance = own.Select(r => r.Score.Main!).FirstOrDefault(m => m.Guess is not null);
        var law = Line(loss, fit).ToList();
        var y = Axis.Around(name, name,
            [
                .. own.SelectMany(r => (double[])[r.Score.Main!.Value, r.Score.Main.Range?.Low ?? r.Score.Main.Value,
                    r.Score.Main.Range?.High ?? r.Score.Main.Value]),
                .. law.OfType<Band>().SelectMany(b => b.Along).SelectMany(s => (double[])[s.Low, s.High]),
                .. chance is { Guess: { } at } ? [at] : (double[])[],
            ]) with { Format = value => Numbers.Fixed(value) };
        foreach (var (x, of, drawn) in new (Axis, Func<RunRow, double>, IReadOnlyList<Mark>)[]
            {
                (FigureAxes.Compute(own.Select(r => r.Run.Flops)), run => run.Flops, []),
                (loss, run => run.LossValidation!.Value, law),
            })
        {
            yield return new Panel(x, y,
            [
                .. chance is null ? [] : Chance(x, chance),
                .. drawn,
                .. own.SelectMany(r => Marks(r.Run, of(r.Run), r.Score.Main!,
                    Colours.Along(size.Share(r.Run.ParametersWithHead)))),
            ]) { Title = runs[0].Score.Name, Width = 300, Height = 240 };
        }
    }

    private static IEnumerable<Mark> Chance(Axis x, Metric chance)
    {
        if (chance.GuessRange is { } range)
        {
            yield return new Band([new ValueSpan(x.Low, range.Low, range.High),
                new ValueSpan(x.High, range.Low, range.High)]) { Colour = Colours.Grey, Opacity = 0.18 };
        }

        yield return new Rule(chance.Guess!.Value, IsVertical: false) { Colour = Colours.Grey, Dash = [4, 3] };
    }

    private static IEnumerable<Mark> Line(Axis x, DownstreamFit? fit)
    {
        if (fit is not { Status: FitStatus.Converged }) yield break;
        var points = Axis.Between(x.Low, x.High, Places).Select(loss => fit.At(loss)!).ToList();
        if (points.TrueForAll(p => p.Interval95 is not null))
        {
            yield return new Band(
                [.. points.Select(p => new ValueSpan(p.Loss, p.Interval95!.Low, p.Interval95.High))])
                { Colour = Colours.Ink, Opacity = 0.12 };
        }

        yield return new Curve([.. points.Select(p => new PlotPoint(p.Loss, p.Score))]) { Width = 1.2 };
    }

    private static IEnumerable<Mark> Marks(RunRow run, double x, Metric score, string colour)
    {
        if (score.Range is { } range)
        {
            yield return new Intervals([new ValueSpan(x, range.Low, range.High)])
                { Colour = colour, Opacity = 0.6, Item = run.RunId };
        }

        yield return new Dots([new Dot(x, score.Value, [.. RunFacts.For(run),
            RunFacts.Size(run.ParametersWithHead), RunFacts.Tokens(run.Tokens), RunFacts.Compute(run.Flops)])])
            { Colour = colour, Item = run.RunId };
    }
}
