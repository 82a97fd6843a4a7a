using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Figures.Elements;

namespace ScalingLab.Reporting.Comparisons;

/// <summary>The compute-optimal model and data of two sweeps on the same axes.</summary>
internal static class FrontiersFigure
{
    public const string Name = "frontiers";

    private const double MostBand = 5;

    private static readonly float[] Dashed = [6, 3];

    /// <summary>Null where no sweep has a frontier.</summary>
    public static Figure? Create(IReadOnlyList<ComparedSweep> sweeps)
    {
        var lines = sweeps.SelectMany(s => s.Laws.Where(l => l.Fit.Frontier.Count > 1)
            .Select(l => (Name: l.Variant.Length == 0 ? s.Name : $"{s.Name}, {l.Variant}", Law: l))).ToList();
        if (lines.Count == 0) return null;
        var colours =
            lines.Select((line, i) =>
                (line.Name, line.Law, Colour: i < Colours.Palette.Count ? Colours.Palette[i]
                    : Colours.Ordered(i, lines.Count)))
            .ToList();
        var flops = lines.SelectMany(l => l.Law.Fit.Frontier).Select(p => p.Flops).ToList();
        Panel Side(string title, Func<FrontierPoint, double> value, Func<FrontierInterval, Interval> interval,
            Func<IEnumerable<double>, Axis> axis)
        {
            // A band without bounds must not flatten the rest: it counts up to so many times beyond the frontier
            // itself.
            var shown = lines.SelectMany(l => l.Law.Fit.Frontier).SelectMany(p => p.Interval95 is not { } i ? [value(p)]
                : (double[])[Math.Max(interval(i).Low, value(p) / MostBand), value(p),
                    Math.Min(interval(i).High, value(p) * MostBand)]);
            var marks = colours.SelectMany(l => Marks(l.Name, l.Colour, l.Law.Fit.Frontier, value, interval)).ToList();
            return new Panel(FigureAxes.Compute(flops, "Training compute C (FLOPs)"), axis(shown), marks)
            {
                Title = title,
            };
        }

        return new Figure(Name, "Compute-optimal frontiers",
            "Size and data of the lowest loss at each compute budget, by the law that each sweep's own report follows, "
                + "with its 95 % band where there is one. "
            + "Dashed: beyond the sweep's largest budget.",
            [
                Side("Compute-optimal size", p => p.Parameters, i => i.Parameters,
                    values => FigureAxes.Size(values, "Parameters N, blocks and head")),
                Side("Compute-optimal data", p => p.Tokens, i => i.Tokens, FigureAxes.Tokens),
            ])
        {
            Below = new FigureLegend(null, [.. colours.Select(l => new LegendEntry(l.Name, l.Colour, Shape.Line))])
                { Columns = 2 },
        };
    }

    private static IEnumerable<Mark> Marks(
        string name, string colour, IReadOnlyList<FrontierPoint> points, Func<FrontierPoint, double> value,
        Func<FrontierInterval, Interval> interval)
    {
        var sorted = points.OrderBy(p => p.Flops).ToList();
        var band = sorted.Where(p => p.Interval95 is not null).Select(p => (p.Flops, Of: interval(p.Interval95!)))
            .Select(p => new ValueSpan(p.Flops, p.Of.Low, p.Of.High)).ToList();
        if (band.Count > 1) yield return new Band(band) { Colour = colour, Opacity = 0.15, Series = [name] };
        var seen = sorted.Count(p => !p.Extrapolated);
        var places = sorted.Select(p => new PlotPoint(p.Flops, value(p))).ToList();
        Curve[] curves =
            [new Curve([.. places.Take(seen)]), new Curve([.. places.Skip(Math.Max(0, seen - 1))]) { Dash = Dashed }];
        foreach (var curve in curves.Where(c => c.Places.Count > 1))
            yield return curve with { Colour = colour, Series = [name] };
        yield return new Dots([.. places.Select(p => new Dot(p.X, p.Y))])
            { Colour = colour, Size = 4.5, Series = [name] };
    }
}
