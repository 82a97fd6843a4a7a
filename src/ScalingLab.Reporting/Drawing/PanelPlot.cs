using ScalingLab.Reporting.Drawing.Themes;
using ScalingLab.Reporting.Figures.Elements;
using ScottPlot;
using ScottPlot.Rendering.RenderActions;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace ScalingLab.Reporting.Drawing;

/// <summary>
/// A panel as a ScottPlot plot at its place on the figure. ScottPlot has no logarithmic axis (its error bars and ticks
/// are linear ones, issues 4048 and 5173): its axes go from 0 to 1 here, and the figure's own say where a value lies.
/// </summary>
internal sealed class PanelPlot : IDisposable
{
    // ScottPlot centres the line's box on the tick, not the digits: they would stand so many pixels too high.
    private const float DigitsDown = 2.4f;

    // Far outside the panel every place is the same to the eye, and a float would not hold it.
    private const double MostShare = 1000;

    private readonly Plot _plot = new();
    private readonly PixelRect _outer;

    /// <param name="panel">The panel.</param>
    /// <param name="theme">Its look.</param>
    /// <param name="inner">The area between the axes.</param>
    /// <param name="left">Room to its left for the ticks.</param>
    /// <param name="below">Room below it.</param>
    public PanelPlot(Panel panel, Theme theme, SKRect inner, float left, float below)
    {
        Panel = panel;
        Inner = inner;
        Ground = Color.FromHex(theme.Ground);
        _outer = new PixelRect(inner.Left - left, inner.Right, inner.Bottom + below, inner.Top);
        _plot.Layout.Fixed(new PixelPadding(left, 0, below, 0));
        _plot.FigureBackground.Color = _plot.DataBackground.Color = Colors.Transparent;
        // The marks are drawn one by one, each into its own layer.
        _plot.RenderManager.Remove<RenderPlottables>();
        // Else a second panel would wipe the first (ScottPlot issue 5261).
        _plot.RenderManager.ClearCanvasBeforeEachRender = false;
        _plot.Axes.SetLimits(0, 1, 0, 1);
        using (var small = Typefaces.Font(theme.Small))
        {
            Style(_plot.Axes.Bottom, theme, Ticks(panel.X, label => small.MeasureText(label) + 6, inner.Width));
            Style(_plot.Axes.Left, theme, Ticks(panel.Y, _ => theme.Small + 2, inner.Height));
        }

        _plot.Axes.Left.TickLabelStyle.OffsetY = DigitsDown;
        _plot.Axes.Right.IsVisible = _plot.Axes.Top.IsVisible = false;
        _plot.Axes.Right.FrameLineStyle.Width = _plot.Axes.Top.FrameLineStyle.Width = 0;
        _plot.Grid.XAxisStyle.MajorLineStyle = GridLine(panel.X, theme);
        _plot.Grid.YAxisStyle.MajorLineStyle = GridLine(panel.Y, theme);
        // ScottPlot draws anew, up to five times, while its limits differ from the last drawing's: on paper and in an
        // SVG all of these would stay (issues 4842 and 4436). A drawing to nowhere settles them.
        using var nowhere = new SKPictureRecorder();
        DrawFrame(nowhere.BeginRecording(SKRect.Create(1, 1)));
    }

    public Panel Panel { get; }

    /// <summary>The area between the axes.</summary>
    public SKRect Inner { get; }

    /// <summary>What shows through hollow marks.</summary>
    public Color Ground { get; }

    /// <summary>Draws grid, axes, ticks and their labels.</summary>
    public void DrawFrame(SKCanvas canvas) => _plot.RenderManager.Render(canvas, _outer);

    /// <summary>Draws a mark, whatever lies outside the axes too.</summary>
    public void Draw(Mark mark, SKCanvas canvas)
    {
        using var pack = new RenderPack(_plot, _outer, canvas);
        foreach (var plottable in MarkPlots.Create(mark, this))
        {
            plottable.Axes.XAxis = _plot.Axes.Bottom;
            plottable.Axes.YAxis = _plot.Axes.Left;
            plottable.Axes.DataRect = new PixelRect(Inner.Left, Inner.Right, Inner.Bottom, Inner.Top);
            plottable.Render(pack);
        }
    }

    /// <summary>Whether the place lies on both axes, inside their ends or beyond.</summary>
    public bool Has(double x, double y) => Panel.X.Has(x) && Panel.Y.Has(y);

    /// <summary>The place as ScottPlot has it.</summary>
    public Coordinates At(double x, double y) => new(Share(Panel.X, x), Share(Panel.Y, y));

    /// <summary>The place in pixels of the figure.</summary>
    public SKPoint Pixel(double x, double y)
    {
        var at = At(x, y);
        return new SKPoint((float)(Inner.Left + (at.X * Inner.Width)), (float)(Inner.Bottom - (at.Y * Inner.Height)));
    }

    public void Dispose() => _plot.Dispose();

    private static double Share(Axis axis, double value) => Math.Clamp(axis.Share(value), -MostShare, MostShare);

    /// <summary>The ticks with those labels that have room, main ones first.</summary>
    private static List<ScottPlot.Tick> Ticks(Axis axis, Func<string, float> room, float length)
    {
        var taken = new List<(double From, double To)>();
        var labelled = new HashSet<AxisTick>();
        foreach (var tick in axis.Ticks.Where(t => t.Label is not null).OrderBy(t => t.IsMain ? 0 : 1))
        {
            var (at, half) = (axis.Share(tick.At) * length, room(tick.Label!) / 2);
            if (taken.Exists(t => at - half < t.To && at + half > t.From)) continue;
            taken.Add((at - half, at + half));
            labelled.Add(tick);
        }

        return [.. axis.Ticks.Select(t => labelled.Contains(t)
            ? ScottPlot.Tick.Major(axis.Share(t.At), Typefaces.Readable(t.Label!))
            : ScottPlot.Tick.Minor(axis.Share(t.At)))];
    }

    private static LineStyle GridLine(Axis axis, Theme theme) =>
        new() { Width = axis.HasGrid ? 0.6f : 0, Color = Color.FromHex(theme.Grid), AntiAlias = true };

    private static void Style(IAxis axis, Theme theme, List<ScottPlot.Tick> ticks)
    {
        var ink = Color.FromHex(theme.Ink);
        axis.TickGenerator = new NumericManual([.. ticks]);
        (axis.TickLabelStyle.FontName, axis.TickLabelStyle.FontSize, axis.TickLabelStyle.ForeColor) =
            (Typefaces.Name, theme.Small, ink);
        axis.TickLabelStyle.SubpixelText = true;
        (axis.FrameLineStyle.Width, axis.FrameLineStyle.Color, axis.FrameLineStyle.AntiAlias) = (0.8f, ink, true);
        foreach (var (style, length) in new[] { (axis.MajorTickStyle, 5f), (axis.MinorTickStyle, 3f) })
            (style.Length, style.Width, style.Color, style.AntiAlias) = (length, 0.7f, ink, true);
    }
}
