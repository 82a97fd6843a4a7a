using ScalingLab.Reporting.Drawing.Themes;
using ScalingLab.Reporting.Figures.Elements;
using SkiaSharp;

namespace ScalingLab.Reporting.Drawing;

/// <summary>A key at its place: entries column by column below the title.</summary>
internal sealed class LegendLayout
{
    /// <summary>The widest sign with the gap to its words.</summary>
    public const float MostSign = SignWidth + Gap;

    private const float MostText = 300;
    private const float Row = 17;
    private const float SignWidth = 24;
    private const float DotWidth = 10;
    private const float Gap = 6;
    private const float BetweenColumns = 18;

    private readonly TextPainter _lettering;
    private readonly Theme _theme;
    private readonly string? _title;
    private readonly float _x;
    private readonly float _y;

    public LegendLayout(FigureLegend key, TextPainter lettering, Theme theme, float x, float y, float most = MostText)
    {
        (_lettering, _theme, _x, _y) = (lettering, theme, x, y);
        _title = key.Title is null ? null : Typefaces.Fitting(key.Title, lettering.Small, most);
        var top = y + (_title is null ? 0 : Row);
        var sign = key.Entries.Any(e => e.Shape == Shape.Line) ? SignWidth : DotWidth;
        var rows = (key.Entries.Count + key.Columns - 1) / key.Columns;
        var right = x + (_title is null ? 0 : lettering.Small.MeasureText(_title));
        foreach (var column in key.Entries.Chunk(rows))
        {
            var texts = column.Select(e => Typefaces.Fitting(e.Label, lettering.Small, most)).ToList();
            var width = sign + Gap + texts.Max(t => lettering.Small.MeasureText(t));
            Entries.AddRange(column.Zip(texts, (entry, text) => (entry, text))
                .Select((e, i) =>
                    new Placed(e.entry, e.text,
                        SKRect.Create(x, top + (i * Row), sign + Gap + lettering.Small.MeasureText(e.text), Row),
                        sign)));
            right = Math.Max(right, x + width);
            x += width + BetweenColumns;
        }

        (Right, Bottom) = (right, top + (rows * Row));
    }

    public List<Placed> Entries { get; } = [];

    public float Right { get; }

    public float Bottom { get; }

    public void DrawTitle(SKCanvas canvas)
    {
        if (_title is not null)
            TextPainter.Write(canvas, _title, new SKPoint(_x, _y + 12), _lettering.Small, _theme.Ink);
    }

    public void Draw(Placed entry, SKCanvas canvas)
    {
        var (x, y) = (entry.Area.Left + (entry.SignWidth / 2), entry.Area.MidY);
        using var paint =
            new SKPaint { Color = SKColor.Parse(entry.Entry.Colour), IsAntialias = true, StrokeWidth = 1.8f };
        switch (entry.Entry.Shape)
        {
            case Shape.Line:
                using (var dash = entry.Entry.Dash.Count > 0 ? SKPathEffect.CreateDash([.. entry.Entry.Dash], 0) : null)
                {
                    (paint.IsStroke, paint.PathEffect) = (true, dash);
                    canvas.DrawLine(x - (SignWidth / 2), y, x + (SignWidth / 2), y, paint);
                }

                break;
            case Shape.Dot:
                canvas.DrawCircle(x, y, 4, paint);
                break;
            case Shape.Ring:
                (paint.IsStroke, paint.StrokeWidth) = (true, 1.3f);
                canvas.DrawCircle(x, y, 3.5f, paint);
                break;
            default:
                using (var path = Outline(entry.Entry.Shape, x, y))
                {
                    paint.IsStroke = entry.Entry.Shape != Shape.Diamond;
                    if (entry.Entry.Shape == Shape.HollowDiamond) paint.StrokeWidth = 1.3f;
                    canvas.DrawPath(path, paint);
                }

                break;
        }

        var start = new SKPoint(entry.Area.Left + entry.SignWidth + Gap, y + _lettering.SmallDown);
        TextPainter.Write(canvas, entry.Text, start, _lettering.Small, _theme.Ink);
    }

    private static SKPath Outline(Shape shape, float x, float y)
    {
        var path = new SKPath();
        if (shape == Shape.Cross)
        {
            path.MoveTo(x - 4, y - 4);
            path.LineTo(x + 4, y + 4);
            path.MoveTo(x - 4, y + 4);
            path.LineTo(x + 4, y - 4);
        }
        else
        {
            path.MoveTo(x, y - 5);
            path.LineTo(x + 5, y);
            path.LineTo(x, y + 5);
            path.LineTo(x - 5, y);
            path.Close();
        }

        return path;
    }

    /// <summary>An entry at its place.</summary>
    internal sealed record Placed(LegendEntry Entry, string Text, SKRect Area, float SignWidth);
}
