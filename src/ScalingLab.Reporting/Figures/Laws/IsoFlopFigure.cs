using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Formats;

namespace ScalingLab.Reporting.Figures.Laws;

/// <summary>Loss against size at fixed budgets, the curve of each and its minimum.</summary>
internal static class IsoFlopFigure
{
    public const string Name = "isoflop";

    public static readonly FigureKind Kind = new FitFigureKind(
        Name, "loss over size at each budget, with the minima",
        "runs at compute budgets, of one recipe or with a fit that is sure")
    {
        TakesGroups = true,
        Place = ReportPlace.Minima,
        ShowsBootstrap = true,
        Draw = (name, source) => source.Fit.Isoflop is not { } minima ? null
            : Create(name, source.Subtitle, source.Runs, minima),
        Absence = "no completed run belongs to a compute budget",
    };

    private const string Interior = "interior minimum";
    private const string Edge = "lowest end tried: no interior minimum";
    private const int Samples = 60;

    public static Figure? Create(string name, string? subtitle, PlottedRuns runs, IsoFlopFit fit)
    {
        var minima = fit.Minima.OrderBy(m => m.Flops).ToList();
        var points = minima.SelectMany(m => runs.Runs.Where(r => m.Rows.Contains(r.Row)).Select(r => (m.Flops, Run: r)))
            .ToList();
        if (points.Count == 0) return null;
        var budgets = minima.Select(m => Numbers.Scientific(m.Flops)).Distinct().ToList();
        string Colour(double flops) => Colours.Ordered(budgets.IndexOf(Numbers.Scientific(flops)), budgets.Count);
        List<Mark> marks =
        [
            .. minima.Where(m => m.ParametersParabola is not null).Select(m => new Curve(
                [.. Axis.Between(m.Range.Low, m.Range.High, Samples)
                    .Select(n => new PlotPoint(n, m.ParametersParabola!.At(n)))])
            {
                Colour = Colour(m.Flops), Series = [Numbers.Scientific(m.Flops)], Width = 1.3,
                Dash = m.Status == MinimumStatus.Interior ? [] : [4, 3],
            }),
            .. minima.SelectMany(m =>
                Runs(m.Flops, Colour(m.Flops), [.. points.Where(p => p.Flops == m.Flops).Select(p => p.Run)])),
            .. Bars(minima),
        ];
        var inside = minima.Where(m => m is { Parameters: not null, Loss: not null })
            .Select(m => Minimum(m, m.Parameters!.Value, m.Loss!.Value)).ToList();
        var ends =
            minima.Where(m => m is { Parameters: null, ParametersParabola: not null }
                or { Loss: null, ParametersParabola: not null })
            .Select(m => LowerEnd(m, m.ParametersParabola!)).ToList();
        if (inside.Count > 0) marks.Add(Diamonds(inside, Interior, Shape.Diamond));
        if (ends.Count > 0) marks.Add(Diamonds(ends, Edge, Shape.HollowDiamond));
        var losses = points.Select(p => p.Run.Loss).Concat(inside.Concat(ends).Select(d => d.Y));
        return new Figure(name, "IsoFLOP profiles",
            Caption(runs, inside.Count > 0, ends.Count > 0, points.Exists(p => p.Run.Flags is not null)),
            [
                new Panel(
                    FigureAxes.Size(points.Select(p => p.Run.Parameters), runs.Size),
                    Axis.Around("loss", runs.Loss, losses, 8) with { Format = Numbers.Loss },
                    marks)
                {
                    Width = 440, Height = 310,
                },
            ])
        {
            Subtitle = subtitle,
            Beside = [FigureLegend.Ordered("Budget C (FLOPs)", budgets)],
            Below = inside.Count + ends.Count == 0 ? null : new FigureLegend(null,
            [
                .. inside.Count > 0 ? [new LegendEntry(Interior, Colours.Vermilion, Shape.Diamond)] : (LegendEntry[])[],
                .. ends.Count > 0 ? [new LegendEntry(Edge, Colours.Vermilion, Shape.HollowDiamond)] : (LegendEntry[])[],
            ]) { Columns = 2 },
        };
    }

    private static FigureCaption Caption(PlottedRuns runs, bool hasInside, bool hasEnds, bool hasFlagged)
    {
        var signs = "Replicated seeds are separate dots.";
        if (hasInside || hasEnds)
            signs += " Lines: the curve in ln N fitted at each budget, dashed where it has no interior minimum.";
        if (hasInside)
            signs += " Filled diamonds: interior minima, with the 95 % bootstrap interval of N where there is one.";
        if (hasEnds)
            signs += " Hollow diamonds: the lower end of a budget whose minimum, if any, lies outside the sizes tried.";
        return new FigureCaption($"{runs.Loss[..runs.Loss.IndexOf('(', StringComparison.Ordinal)]}of every run fitted "
            + $"against {runs.SizeWords}")
        {
            ColouredBy = "compute budget", Signs = signs, HasCrosses = hasFlagged,
        };
    }

    private static IEnumerable<Mark> Runs(double flops, string colour, IReadOnlyList<PlottedRun> runs)
    {
        foreach (var group in runs.GroupBy(r => r.Flags is not null).OrderBy(g => g.Key))
        {
            var dots = new Dots([.. group.Select(r => new Dot(r.Parameters, r.Loss,
                [.. RunFacts.For(r), RunFacts.Tokens(r.Tokens), RunFacts.Compute(flops)]))])
            {
                Colour = colour, Series = [Numbers.Scientific(flops)], Opacity = 0.9, Size = 5.8,
            };
            yield return group.Key ? dots.Crossed() : dots;
        }
    }

    private static IEnumerable<Mark> Bars(IReadOnlyList<IsoFlopMinimum> minima)
    {
        var bars = minima.Where(m => m is { ParametersInterval95: not null, Loss: not null })
            .Select(m => new ValueSpan(m.Loss!.Value, m.ParametersInterval95!.Low, m.ParametersInterval95.High))
            .ToList();
        if (bars.Count > 0)
            yield return new Intervals(bars, IsHorizontal: true)
                { Colour = Colours.Vermilion, Width = 2, Series = [Interior] };
    }

    private static Dots Diamonds(IReadOnlyList<Dot> minima, string kind, Shape shape) =>
        new(minima)
        { Colour = Colours.Vermilion, Series = [kind], Shape = shape, Size = 9.5,
            Facts = Fact.Known(("minimum", kind)) };

    private static Dot LowerEnd(IsoFlopMinimum minimum, Parabola parabola)
    {
        var (low, high) = (parabola.At(minimum.Range.Low), parabola.At(minimum.Range.High));
        return low < high ? Minimum(minimum, minimum.Range.Low, low) : Minimum(minimum, minimum.Range.High, high);
    }

    private static Dot Minimum(IsoFlopMinimum minimum, double parameters, double loss) => new(parameters, loss,
    [
        RunFacts.Compute(minimum.Flops),
        .. minimum.ParametersInterval95 is { } interval
            ? Fact.Known(("95 % of N", $"{Numbers.Count(interval.Low)} to {Numbers.Count(interval.High)}")) : [],
        Fact.FromNumber("runs", minimum.Points, Numbers.Plain),
    ]);
}
