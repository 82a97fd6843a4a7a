using ScalingLab.Runs;

namespace ScalingLab.Reporting;

/// <summary>Every run's losses against the compute spent so far.</summary>
internal static class LossCurvesFigure
{
    public const string Name = "loss-curves";

    // Where more curves than this lie over one another each is fainter.
    private const int Many = 60;

    public static Figure? Of(IReadOnlyList<RunRow> runs, IReadOnlyList<CurveRow> curves, double width = 440, double height = 300, bool keyBelow = false)
    {
        var known = runs.DistinctBy(r => r.RunId).ToDictionary(r => r.RunId);
        var points = curves.Where(c => known.ContainsKey(c.RunId) && c.Flops > 0).ToList();
        var losses = points.SelectMany(c => (double?[])[c.LossTrain, c.LossValidation]).Where(IsLoss).Select(loss => loss!.Value).ToList();
        if (losses.Count == 0) return null;
        var drawn = points.GroupBy(p => p.RunId).Select(g => (Run: known[g.Key], Points: g.OrderBy(p => p.Step).ToList()))
            .OrderBy(r => r.Run.ParametersWithHead).ThenBy(r => r.Run.Model, StringComparer.Ordinal).ToList();
        var models = drawn.Select(r => Label(r.Run)).Distinct().ToList();
        string Colour(RunRow run) => Colours.Ordered(models.IndexOf(Label(run)), models.Count);
        var (faint, thin, dot, seen) = drawn.Count > Many ? (0.3, 0.6, 3.5, 0.6) : (0.65, 0.8, 4.5, 1);
        List<Mark> marks =
        [
            .. drawn.Select(r => Mine(r.Run, new Curve([.. r.Points.Where(p => IsLoss(p.LossTrain)).Select(p => new Place(p.Flops, p.LossTrain!.Value))])
                { Width = thin, Opacity = faint })),
            .. drawn.Select(r => Mine(r.Run, new Dots([.. r.Points.Where(p => IsLoss(p.LossValidation))
                .Select(p => new Dot(p.Flops, p.LossValidation!.Value, [RunFacts.Tokens(p.Tokens)]))]) { Size = dot, Opacity = seen })),
            .. drawn.Where(r => r.Run.Flags != RunDefects.None).Select(r => (r.Run, End: r.Points.LastOrDefault(p => IsLoss(p.LossValidation))))
                .Where(r => r.End is not null).Select(r => Mine(r.Run, new Dots([new Dot(r.End!.Flops, r.End.LossValidation!.Value)]).Crossed())),
        ];
        var key = Key.Ordered("Model (N, blocks and head)", models);
        var crossed = drawn.Exists(r => r.Run.Flags != RunDefects.None && r.Points.Exists(p => IsLoss(p.LossValidation)));
        return new Figure(Name, "Loss curves",
            "Loss against training compute spent, one curve a run, coloured by model size. Thin lines: training loss, mean since the point before. " +
            "Dots: loss on the fixed validation set. " + FigureAxes.BothLogarithmic + (crossed ? FigureAxes.CrossedCaption : ""),
            [
                new Panel(FigureAxes.Compute(points.Select(p => p.Flops)), LossAxis.Around("Loss (nats/token)", losses), [.. marks.Where(IsSeen)])
                {
                    Width = width, Height = height,
                },
            ])
        {
            Heading = "Loss against training compute",
            Beside = keyBelow ? [] : [key],
            Below = keyBelow ? key with { Title = null, Columns = Math.Max(1, (int)(width / 170)) } : null,
        };

        Mark Mine(RunRow run, Mark mark) => mark with { Colour = Colour(run), Series = [Label(run)], Item = run.RunId, Facts = RunFacts.Of(run) };
    }

    private static bool IsSeen(Mark mark) => mark is Curve { Places.Count: > 0 } or Dots { At.Count: > 0 };

    private static bool IsLoss(double? loss) => loss is > 0 and < double.PositiveInfinity;

    private static string Label(RunRow run) => $"{run.Model} ({Numbers.Count(run.ParametersWithHead)})";
}
