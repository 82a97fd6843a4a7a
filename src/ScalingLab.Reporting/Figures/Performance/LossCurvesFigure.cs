using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Figures.Performance;

/// <summary>What a loss curve goes over.</summary>
public enum CurveAxis
{
    /// <summary>Training compute spent so far.</summary>
    Flops,

    /// <summary>Tokens trained on so far.</summary>
    Tokens,

    /// <summary>Time in training steps so far, by the speeds that were measured.</summary>
    Time,
}

/// <summary>Every run's losses against what was spent on it so far.</summary>
internal static class LossCurvesFigure
{
    public const string Name = "loss-curves";

    public static readonly FigureKind Kind = new SweepFigureKind(
        Name, "loss over compute, tokens or time, one curve a run", "runs with points in curves.csv")
    {
        TakesGroups = true,
        TakesCurveAxis = true,
        Place = ReportPlace.Losses,
        Draw = source => Create(source.Sweep.Runs, source.Sweep.Curves, source.Over),
        Absence = over => over == CurveAxis.Time ? "no run with a point on its curve has a speed"
            : "no run has a point on its curve",
    };

    // Where more curves than this lie over one another each is fainter, and their lower edge is drawn.
    private const int Many = 60;

    // Of more than this none can be followed: these are chosen, and the lower edge is still that of all.
    private const int Most = 500;

    // Of more models than this a key is longer than the panel: a scale of sizes takes its place.
    private const int MostKeyed = 14;

    // Pixels that a line may be off its points: half of one among a hundred lines, and in proportion.
    private const double Coarse = 0.005;

    private const double PanelWidth = 440; // CSS pixels
    private const double PanelHeight = 300;

    /// <summary>A run with the points of its curve, by step; at least one.</summary>
    private sealed record DrawnRun(RunRow Run, IReadOnlyList<CurvePoint> Points)
    {
        public bool IsFlagged => Run.Flags != RunDefects.None;

        /// <summary>Loss at the last point; of training where it has one.</summary>
        public double LastLoss => Points[^1].Train ?? Points[^1].Validation ?? double.PositiveInfinity;
    }

    /// <summary>Colours of runs by their models.</summary>
    /// <param name="Models">The models that are drawn, as a key has them.</param>
    /// <param name="Scale">The scale of sizes that takes the key's place; null where the key has room.</param>
    private sealed record ModelColours(List<string> Models, Axis? Scale)
    {
        public static ModelColours For(IReadOnlyList<DrawnRun> runs)
        {
            var models = runs.Select(r => Label(r.Run)).Distinct().ToList();
            return new ModelColours(models, models.Count <= MostKeyed ? null
                : Axis.Log("N", "N, blocks and head", runs.Select(r => (double)r.Run.ParametersWithHead)) with
                { Format = Numbers.Count });
        }

        public Mark Paint(RunRow run, Mark mark) => mark with
        {
            Colour = Scale is not null ? Colours.Along(Scale.Share(run.ParametersWithHead))
                : Colours.Ordered(Models.IndexOf(Label(run)), Models.Count),
            Series = [Label(run)], Item = run.RunId, Facts = RunFacts.For(run),
        };
    }

    public static Figure? Create(IReadOnlyList<RunRow> runs, IReadOnlyList<CurveRow> curves,
        CurveAxis over = CurveAxis.Flops)
    {
        var everyone = WithCurves(runs, curves, over);
        var losses = everyone.SelectMany(r => r.Points).SelectMany(p => (double?[])[p.Train, p.Validation])
            .OfType<double>().ToList();
        if (losses.Count == 0) return null;
        var drawn = Chosen(everyone);
        var colours = ModelColours.For(drawn);
        var marks = Marks(drawn, colours);
        if (drawn.Count > Many) marks.AddRange(LowerEnvelope.Curves([.. everyone.Select(r => r.Points)]));
        var edge = marks.Exists(m => m.Series is [LowerEnvelope.Name])
            ? new FigureLegend(null, [new LegendEntry(LowerEnvelope.Name, Colours.Ink, Shape.Line)]) : null;
        return new Figure(Name, "Loss curves", Caption(drawn, everyone.Count, over),
            [
                new Panel(
                    X(over, drawn.SelectMany(r => r.Points).Select(p => p.X)),
                    LossAxis.Around("Loss (nats/token)", losses), [.. marks.Where(IsSeen)])
                {
                    Width = PanelWidth, Height = PanelHeight,
                },
            ])
        {
            Heading = $"Loss against {(over == CurveAxis.Flops ? "training compute" : Words(over))}",
            Beside = colours.Scale is not null ? []
                : [FigureLegend.Ordered("Model (N, blocks and head)", colours.Models)],
            Below = edge,
            Bar = colours.Scale is { } scale ? new ColourBar(scale, Colours.Along) : null,
        };
    }

    /// <summary>The runs that have a curve, by size.</summary>
    private static List<DrawnRun> WithCurves(
        IReadOnlyList<RunRow> runs, IReadOnlyList<CurveRow> curves, CurveAxis over)
    {
        var known = runs.DistinctBy(r => r.RunId).ToDictionary(r => r.RunId);
        return
        [
            .. curves.Where(c => known.ContainsKey(c.RunId)).GroupBy(p => p.RunId)
                .Select(g => new DrawnRun(known[g.Key],
                    [.. CurvePoint.FromRun(over, known[g.Key], g.OrderBy(p => p.Step)).Where(p => p.X > 0)]))
                .Where(r => r.Points.Count > 0).OrderBy(r => r.Run.ParametersWithHead)
                .ThenBy(r => r.Run.Model, StringComparer.Ordinal),
        ];
    }

    /// <summary>Training losses of each run as a line, validation losses as dots, crosses on flagged runs.</summary>
    private static List<Mark> Marks(IReadOnlyList<DrawnRun> runs, ModelColours colours)
    {
        var isMany = runs.Count > Many;
        var (faint, thin, dot, seen) = isMany ? (0.3, 0.6, 3.5, 0.6) : (0.65, 0.8, 4.5, 1);
        return
        [
            .. runs.Select(r => colours.Paint(r.Run,
                new Curve([.. r.Points.Where(p => p.Train is not null).Select(p => new PlotPoint(p.X, p.Train!.Value))])
                { Width = thin, Opacity = faint, Tolerance = isMany ? Coarse * runs.Count : 0 })),
            .. runs.Select(r => colours.Paint(r.Run,
                new Dots([.. r.Points.Where(p => p.Validation is not null).TakeLast(isMany ? 1 : int.MaxValue)
                    .Select(p => new Dot(p.X, p.Validation!.Value, p.Facts))]) { Size = dot, Opacity = seen })),
            .. runs.Where(r => r.IsFlagged)
                .Select(r => (r.Run, End: r.Points.LastOrDefault(p => p.Validation is not null)))
                .Where(r => r.End is not null)
                .Select(r => colours.Paint(r.Run, new Dots([new Dot(r.End!.X, r.End.Validation!.Value)]).Crossed())),
        ];
    }

    private static FigureCaption Caption(IReadOnlyList<DrawnRun> drawn, int count, CurveAxis over) =>
        new($"Loss against {Words(over)}, one curve a run")
        {
            ColouredBy = "model size",
            Signs = "Thin lines: training loss, mean since the point before. "
                + (drawn.Count > Many ? "Dots: loss on the fixed validation set after the last step. Thick line: the "
                    + "lowest training loss of any run so far, "
                + $"each a mean of up to {(2 * LowerEnvelope.Side) + 1} points."
                + (count == drawn.Count ? "" : $" Of {ReportText.Whole(count)} runs "
                    + $"{ReportText.Whole(drawn.Count)} are drawn: flagged ones, up to half of "
                + "these, and of the others those at even steps through the order of their last losses, the lowest "
                    + "and the highest included.")
                    : "Dots: loss on the fixed validation set."),
            NamesScales = true,
            HasCrosses = drawn.Any(r => r.IsFlagged && r.Points.Any(p => p.Validation is not null)),
        };

    // In their order.
    private static List<DrawnRun> Chosen(List<DrawnRun> runs)
    {
        if (runs.Count <= Most) return runs;
        var odd = Spread([.. Enumerable.Range(0, runs.Count).Where(i => runs[i].IsFlagged)], Most / 2);
        var plain =
            Spread([.. Enumerable.Range(0, runs.Count).Where(i => !runs[i].IsFlagged).OrderBy(i => runs[i].LastLoss)],
                Most - odd.Count);
        return [.. odd.Concat(plain).Order().Select(i => runs[i])];
    }

    private static List<int> Spread(List<int> runs, int most) => runs.Count <= most ? runs
        : [.. Enumerable.Range(0, most).Select(i => runs[(int)((long)i * (runs.Count - 1) / (most - 1))])];

    private static bool IsSeen(Mark mark) => mark is Curve { Places.Count: > 0 } or Dots { At.Count: > 0 };

    private static string Words(CurveAxis over) => over switch
    {
        CurveAxis.Tokens => "training tokens", CurveAxis.Time => "time in training steps",
            _ => "training compute spent",
    };

    private static Axis X(CurveAxis over, IEnumerable<double> values) => over switch
    {
        CurveAxis.Tokens => FigureAxes.Tokens(values),
        CurveAxis.Time => Axis.Log("time", "Time in training steps (s)", values) with { Format = Numbers.Seconds },
        _ => FigureAxes.Compute(values),
    };

    private static string Label(RunRow run) => $"{run.Model} ({Numbers.Count(run.ParametersWithHead)})";
}
