using ScalingLab.Reporting.Figures.Elements;
using ScottPlot;
using ScottPlot.DataSources;
using ScottPlot.Plottables;

namespace ScalingLab.Reporting.Drawing;

/// <summary>Marks as ScottPlot's plottables.</summary>
internal static class MarkPlots
{
    // Lines of equal height are found on a grid of so many cells a side.
    private const int Cells = 60;

    // Pixels.
    private const float BoxHeight = 11;
    private const float BoxGap = 0.7f;
    private const float LeastBox = 1.2f;
    private const float CrossWidth = 1.8f;
    private const float RingWidth = 1.3f;

    public static IEnumerable<IPlottable> Create(Mark mark, PanelPlot panel) => mark switch
    {
        Curve curve =>
            [Line(LineSimplifier.Simplify(
                [.. curve.Places.Where(p => panel.Has(p.X, p.Y)).Select(p => panel.At(p.X, p.Y))], curve.Tolerance,
            panel.Inner.Width, panel.Inner.Height), curve, curve.Width, curve.Dash)],
        Dots dots =>
            [Markers([.. dots.At.Where(d => panel.Has(d.X, d.Y)).Select(d => panel.At(d.X, d.Y))], dots, panel.Ground)],
        Band band => Area(band, panel),
        // ScottPlot's error bars are lengths from a point, which a logarithmic axis bends: lines from end to end.
        Intervals { IsHorizontal: true } bars => bars.Of.Where(b => panel.Has(b.Low, b.At) && panel.Has(b.High, b.At))
            .Select(b => Line([panel.At(b.Low, b.At), panel.At(b.High, b.At)], bars, bars.Width, [])),
        Intervals bars => bars.Of.Where(b => panel.Has(b.At, b.Low) && panel.Has(b.At, b.High))
            .Select(b => Line([panel.At(b.At, b.Low), panel.At(b.At, b.High)], bars, bars.Width, [])),
        Bars bars => bars.Of.Where(b => panel.Has(b.Low, b.At) && panel.Has(b.High, b.At))
            .Select(b => Box(b, bars, panel)),
        Rule { IsVertical: true } rule when panel.Panel.X.Has(rule.At) =>
            [Line([new(panel.Panel.X.Share(rule.At), 0), new(panel.Panel.X.Share(rule.At), 1)], rule, 1, rule.Dash)],
        Rule { IsVertical: false } rule when panel.Panel.Y.Has(rule.At) =>
            [Line([new(0, panel.Panel.Y.Share(rule.At)), new(1, panel.Panel.Y.Share(rule.At))], rule, 1, rule.Dash)],
        Contours contours => Levels(contours, panel).Select(level => Line(level.Path, contours, 1, [])),
        _ => [],
    };

    /// <summary>The lines of equal height with their heights.</summary>
    public static IEnumerable<(double Height, IReadOnlyList<Coordinates> Path)> Levels(Contours contours,
        PanelPlot panel)
    {
        var grid = new Coordinates3d[Cells + 1, Cells + 1];
        for (var row = 0; row <= Cells; row++)
        {
            for (var column = 0; column <= Cells; column++)
            {
                var (x, y) = ((double)column / Cells, (double)row / Cells);
                grid[row, column] = new Coordinates3d(x, y, contours.Height(panel.Panel.X.At(x), panel.Panel.Y.At(y)));
            }
        }

        var lines = new ContourLines { ContourLineLevels = [.. contours.Levels] };
        lines.Update(grid);
        return lines.Lines.Select(l => (l.Z, (IReadOnlyList<Coordinates>)[.. l.Path.Points]));
    }

    private static Scatter Line(IEnumerable<Coordinates> path, Mark mark, double width, IReadOnlyList<float> dash)
    {
        var line = new Scatter(new ScatterSourceCoordinatesArray([.. path]))
        {
            LineColor = Inked(mark), LineWidth = (float)width, MarkerStyle = MarkerStyle.None,
        };
        if (dash.Count > 0) line.LinePattern = new LinePattern([.. dash], 0, "");
        return line;
    }

    private static Markers Markers(Coordinates[] places, Dots dots, Color ground)
    {
        var markers = new Markers(new ScatterSourceCoordinatesArray(places))
        {
            MarkerSize = (float)dots.Size,
            MarkerShape = dots.Shape switch
            {
                Shape.Diamond or Shape.HollowDiamond => MarkerShape.FilledDiamond,
                Shape.Cross => MarkerShape.Eks,
                _ => MarkerShape.FilledCircle,
            },
            MarkerFillColor = dots.Shape is Shape.Ring or Shape.HollowDiamond ? ground : Inked(dots),
            MarkerLineColor = Inked(dots),
            MarkerLineWidth =
                dots.Shape switch { Shape.Cross => CrossWidth, Shape.Ring or Shape.HollowDiamond => RingWidth, _ => 0 },
        };
        markers.MarkerStyle.OutlineWidth = dots.Shape is Shape.Ring or Shape.HollowDiamond ? RingWidth : 0;
        markers.MarkerStyle.OutlineColor = Inked(dots);
        return markers;
    }

    private static IEnumerable<IPlottable> Area(Band band, PanelPlot panel)
    {
        var along = band.Along.Where(b => panel.Has(b.At, b.Low) && panel.Has(b.At, b.High)).ToList();
        if (along.Count < 2) return [];
        var edge = along.Select(b => panel.At(b.At, b.High))
            .Concat(along.AsEnumerable().Reverse().Select(b => panel.At(b.At, b.Low)));
        return [new Polygon([.. edge]) { FillColor = Inked(band), LineWidth = 0, MarkerStyle = MarkerStyle.None }];
    }

    private static Polygon Box(ValueSpan bar, Mark mark, PanelPlot panel)
    {
        var (left, right, y) =
            (panel.Panel.X.Share(bar.Low), panel.Panel.X.Share(bar.High), panel.Panel.Y.Share(bar.At));
        var (wide, half) = ((right - left) * panel.Inner.Width, BoxHeight / 2 / panel.Inner.Height);
        // What follows at once is told apart by a gap.
        right = left + (Math.Max(LeastBox, wide > 4 * LeastBox ? wide - BoxGap : wide) / panel.Inner.Width);
        return new Polygon([new(left, y - half), new(right, y - half), new(right, y + half), new(left, y + half)])
        {
            FillColor = Inked(mark), LineWidth = 0, MarkerStyle = MarkerStyle.None,
        };
    }

    private static Color Inked(Mark mark) => Color.FromHex(mark.Colour).WithAlpha(mark.Opacity);
}
