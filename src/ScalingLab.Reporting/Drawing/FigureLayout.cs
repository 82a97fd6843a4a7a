using ScalingLab.Reporting.Drawing.Themes;
using ScalingLab.Reporting.Figures.Elements;
using SkiaSharp;

namespace ScalingLab.Reporting.Drawing;

/// <summary>A figure laid out: where its panels, titles and keys stand, in CSS pixels, and how large it is.</summary>
internal sealed class FigureLayout : IDisposable
{
    private const float Pad = 10;
    private const float HeadingHeight = 22;
    private const float NextLine = 17;
    private const float SubtitleHeight = 15;
    private const float PanelTitleHeight = 20;
    private const float TicksBelow = 22;
    private const float TitleBelow = 20;
    private const float TitleLeft = 20;
    private const float TicksLeft = 12;
    private const float BetweenPanels = 22;
    private const float BetweenRows = 10;
    private const float BetweenKeys = 10;
    private const float BarTop = 18;
    private const float BarWidth = 14;
    private const float MostName = 300;

    public FigureLayout(Figure figure, Theme theme)
    {
        (Figure, Theme, Lettering) = (figure, theme, new TextPainter(theme));
        var panels = figure.Panels.Select(p => p with { Y = Named(p.Y) }).ToList();
        var left = panels.Max(p => LabelWidth(p.Y) + TicksLeft + (p.Y.Title.Length > 0 ? TitleLeft : 0));
        HeadingText = Typefaces.Readable(figure.Heading ?? figure.Title);
        HeadingLeft = Pad + left;
        HeadingLines = Lines(HeadingText, Lettering.Large);
        SubtitleLines = Lines(figure.Subtitle ?? "", Lettering.Small);
        var top = Pad + Heading + (SubtitleLines.Count * SubtitleHeight) + 6;
        var titled = panels.Exists(p => p.Title is not null) ? PanelTitleHeight : 0;
        var right = 0f;
        foreach (var row in panels.Chunk(figure.Columns))
        {
            var (x, below) = (Pad, TicksBelow + (row.Any(p => p.X.Title.Length > 0) ? TitleBelow : 0));
            foreach (var panel in row)
            {
                var inner = SKRect.Create(x + left, top + titled, (float)panel.Width, (float)panel.Height);
                Panels.Add(new PanelPlot(panel, theme, inner, left, below));
                x = inner.Right + BetweenPanels;
            }

            right = Math.Max(right, x - BetweenPanels + LastLabelBeyond(row[^1]));
            top += titled + (float)row.Max(p => p.Height) + below + BetweenRows;
        }

        top -= BetweenRows;

        var keyRight = Beside(right + BetweenPanels, out var keyBottom);
        foreach (var key in (figure.HasKeysBelow ? figure.Beside : []).Concat(figure.Below is { } below ? [below] : []))
        {
            Keys.Add(Below(key, top + BetweenKeys));
            (top, right) = (Keys[^1].Bottom, Math.Max(right, Keys[^1].Right));
        }

        if (figure.FullWidth is { } full)
        {
            Width = (float)full;
        }
        else
        {
            right = Math.Max(Math.Max(right, keyRight), HeadingLeft + Lettering.Large.MeasureText(HeadingText));
            Width = MathF.Ceiling(right + Pad);
        }

        Height = MathF.Ceiling(Math.Max(top, keyBottom) + Pad);
    }

    public Figure Figure { get; }

    public Theme Theme { get; }

    public TextPainter Lettering { get; }

    public List<PanelPlot> Panels { get; } = [];

    public List<LegendLayout> Keys { get; } = [];

    public float Width { get; }

    public float Height { get; }

    public string HeadingText { get; }

    private float HeadingLeft { get; }

    private IReadOnlyList<string> HeadingLines { get; }

    private float Heading => HeadingLines.Count == 0 ? 0 : HeadingHeight + ((HeadingLines.Count - 1) * NextLine);

    private IReadOnlyList<string> SubtitleLines { get; }

    private SKRect BarArea { get; set; }

    /// <summary>Writes all titles, and draws the scale of colours.</summary>
    public void DrawTitles(SKCanvas canvas)
    {
        foreach (var (row, line) in HeadingLines.Index())
        {
            var at = new SKPoint(HeadingLeft, Pad + 12 + (row * NextLine));
            TextPainter.Write(canvas, line, at, Lettering.Large, Theme.Ink);
        }

        var below = Pad - 10 + Heading;
        foreach (var (row, line) in SubtitleLines.Index())
        {
            TextPainter.Write(canvas, Typefaces.Fitting(line, Lettering.Small, Width - HeadingLeft - Pad),
                new SKPoint(HeadingLeft, below + ((row + 1) * SubtitleHeight)), Lettering.Small, Theme.Soft);
        }

        foreach (var (panel, inner) in Panels.Select(p => (p.Panel, p.Inner)))
        {
            if (panel.Title is { } title)
                TextPainter.Write(canvas, FittingTitle(title, Lettering.Normal, inner.Width),
                    new SKPoint(inner.Left, inner.Top - 8), Lettering.Normal, Theme.Ink);
            var (x, y) = (Typefaces.Readable(panel.X.Title), Typefaces.Readable(panel.Y.Title));
            TextPainter.Write(canvas, x, new SKPoint(inner.MidX, inner.Bottom + TicksBelow + 12), Lettering.Normal,
                Theme.Ink, SKTextAlign.Center);
            var beside = new SKPoint(inner.Left - LabelWidth(panel.Y) - TicksLeft - 6, inner.MidY);
            TextPainter.WriteUpwards(canvas, y, beside, Lettering.Normal, Theme.Ink);
        }

        foreach (var key in Keys) key.DrawTitle(canvas);
        if (Figure.Bar is { } bar) DrawBar(canvas, bar);
    }

    public void Dispose()
    {
        foreach (var panel in Panels) panel.Dispose();
        Lettering.Dispose();
    }

    // Where the figure's width is given, in as many lines as that takes: what somebody wrote is not cut.
    private IReadOnlyList<string> Lines(string text, SKFont font) => text.Length == 0 ? []
        : Figure.FullWidth is { } full ? Typefaces.Lines(text, font, (float)full - Pad - HeadingLeft) : [text];

    /// <summary>
    /// A panel's title, without what it ends with in brackets where that does not fit: half an interval misleads.
    /// </summary>
    private static string FittingTitle(string title, SKFont font, float width)
    {
        var aside = title.EndsWith(')') ? title.LastIndexOf(" (", StringComparison.Ordinal) : -1;
        return Typefaces.Fitting(aside > 0 && font.MeasureText(Typefaces.Readable(title)) > width ? title[..aside]
            : title, font, width);
    }

    /// <summary>Puts keys and scale of colours to the right; how far they reach.</summary>
    private float Beside(float x, out float bottom)
    {
        var (right, y) = (0f, Panels[0].Inner.Top);
        foreach (var key in Figure.HasKeysBelow ? [] : Figure.Beside)
        {
            Keys.Add(new LegendLayout(key, Lettering, Theme, x, y));
            (right, y) = (Math.Max(right, Keys[^1].Right), Keys[^1].Bottom + BetweenKeys);
        }

        if (Figure.Bar is { } bar)
        {
            BarArea = SKRect.Create(x, y + BarTop, BarWidth, Panels[0].Inner.Height - BarTop);
            right = Math.Max(right,
                Math.Max(x + Lettering.Small.MeasureText(bar.Axis.Title), BarArea.Right + 10 + LabelWidth(bar.Axis)));
            y = BarArea.Bottom + BetweenKeys;
        }

        bottom = y;
        return right;
    }

    /// <summary>A key below the panels; where the figure's width is given, in as many columns as have room.</summary>
    private LegendLayout Below(FigureLegend key, float y)
    {
        if (Figure.FullWidth is not { } full) return new LegendLayout(key, Lettering, Theme, HeadingLeft, y);
        var right = (float)full - Pad;
        for (var columns = key.Entries.Count; columns > 1; columns--)
        {
            var plan = new LegendLayout(key with { Columns = columns }, Lettering, Theme, HeadingLeft, y);
            if (plan.Right <= right) return plan;
        }

        return new LegendLayout(key with { Columns = 1 }, Lettering, Theme, HeadingLeft, y, right - HeadingLeft
            - LegendLayout.MostSign);
    }

    private void DrawBar(SKCanvas canvas, ColourBar bar)
    {
        const int Stops = 32;
        var shares = Enumerable.Range(0, Stops + 1).Select(i => (float)i / Stops).ToArray();
        using var shader = SKShader.CreateLinearGradient(new SKPoint(0, BarArea.Bottom), new SKPoint(0, BarArea.Top),
            [.. shares.Select(s => SKColor.Parse(bar.Colour(s)))], shares, SKShaderTileMode.Clamp);
        using var fill = new SKPaint { Shader = shader };
        using var ink =
            new SKPaint { Color = SKColor.Parse(Theme.Ink), IsStroke = true, StrokeWidth = 0.7f, IsAntialias = true };
        canvas.DrawRect(BarArea, fill);
        TextPainter.Write(canvas, Typefaces.Readable(bar.Axis.Title), new SKPoint(BarArea.Left, BarArea.Top - 6),
            Lettering.Small, Theme.Ink);
        foreach (var tick in bar.Axis.Ticks)
        {
            var y = (float)(BarArea.Bottom - (bar.Axis.Share(tick.At) * BarArea.Height));
            canvas.DrawLine(BarArea.Right, y, BarArea.Right + (tick.Label is null ? 3 : 5), y, ink);
            if (tick.Label is { } label)
                TextPainter.Write(canvas, label, new SKPoint(BarArea.Right + 8, y + Lettering.SmallDown),
                    Lettering.Small, Theme.Ink);
        }
    }

    private Axis Named(Axis axis) => axis with
    {
        Ticks = [
            .. axis.Ticks.Select(t => t.Label is null ? t
                : t with { Label = Typefaces.Fitting(t.Label, Lettering.Small, MostName) })],
    };

    private float LabelWidth(Axis axis) => axis.Ticks.Max(t => (float?)Lettering.Small.MeasureText(t.Label ?? "")) ?? 0;

    /// <summary>How far the last label below a panel reaches beyond its right end.</summary>
    private float LastLabelBeyond(Panel panel) => Math.Max(0, panel.X.Ticks.Max(t =>
        (float?)((panel.X.Share(t.At) - 1) * panel.Width) + (Lettering.Small.MeasureText(t.Label ?? "") / 2)) ?? 0);
}
