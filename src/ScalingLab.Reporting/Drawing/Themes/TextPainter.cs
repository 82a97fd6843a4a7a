using SkiaSharp;

namespace ScalingLab.Reporting.Drawing.Themes;

/// <summary>Text of a figure in the theme's sizes.</summary>
internal sealed class TextPainter(Theme theme) : IDisposable
{
    private const float HaloWidth = 7;

    public SKFont Small { get; } = Typefaces.Font(theme.Small);

    public SKFont Normal { get; } = Typefaces.Font(theme.Normal);

    public SKFont Large { get; } = Typefaces.Font(theme.Large, isBold: true);

    /// <summary>From the middle of small letters down to their base line.</summary>
    public float SmallDown { get; } = 0.36f * theme.Small;

    /// <summary>Writes text from a point on its base line.</summary>
    public static void Write(SKCanvas canvas, string text, SKPoint at, SKFont font, string colour,
        SKTextAlign align = SKTextAlign.Left)
    {
        using var paint = new SKPaint { Color = SKColor.Parse(colour), IsAntialias = true };
        // Where it begins is worked out here: an SVG's text is placed letter by letter.
        var width = font.MeasureText(text);
        canvas.DrawText(text,
            align switch { SKTextAlign.Center => at.X - (width / 2), SKTextAlign.Right => at.X - width, _ => at.X },
            at.Y,
            SKTextAlign.Left, font, paint);
    }

    /// <summary>Writes text upwards, its middle at the point.</summary>
    public static void WriteUpwards(SKCanvas canvas, string text, SKPoint at, SKFont font, string colour)
    {
        canvas.Save();
        canvas.Translate(at.X, at.Y);
        canvas.RotateDegrees(-90);
        Write(canvas, text, SKPoint.Empty, font, colour, SKTextAlign.Center);
        canvas.Restore();
    }

    /// <summary>Writes text, its middle at the point, with a halo of the ground.</summary>
    public void WriteOver(SKCanvas canvas, string text, SKPoint at, string colour)
    {
        var start = new SKPoint(at.X - (Small.MeasureText(text) / 2), at.Y + SmallDown);
        using var halo = new SKPaint
        {
            Color = SKColor.Parse(theme.Ground), IsAntialias = true, IsStroke = true, StrokeWidth = HaloWidth,
                StrokeJoin = SKStrokeJoin.Round,
        };
        canvas.DrawText(text, start, SKTextAlign.Left, Small, halo);
        Write(canvas, text, start, Small, colour);
    }

    public void Dispose()
    {
        Small.Dispose();
        Normal.Dispose();
        Large.Dispose();
    }
}
