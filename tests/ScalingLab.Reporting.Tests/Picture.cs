using SkiaSharp;

namespace ScalingLab.Reporting.Tests;

/// <summary>A PNG of two pixels a CSS pixel, asked in CSS pixels.</summary>
internal sealed class Picture
{
    private readonly SKColor[] _pixels;

    public Picture(byte[] png)
    {
        using var bitmap = SKBitmap.Decode(png);
        (_pixels, Width, Height) = (bitmap.Pixels, bitmap.Width, bitmap.Height);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>The pixels of an area that are not white or nearly so, as grid lines are.</summary>
    public int Ink(double x, double y, double width, double height) =>
        Pixels(x, y, width, height)
        .Count(at => _pixels[at] is var c && Math.Min(c.Red, Math.Min(c.Green, c.Blue)) < 215);

    /// <summary>The pixels of an area that have exactly this colour.</summary>
    public int Of(string colour, double x, double y, double width, double height) =>
        SKColor.Parse(colour) is var wanted ? Pixels(x, y, width, height).Count(at => _pixels[at] == wanted) : 0;

    public SKColor At(double x, double y) => _pixels[((int)Math.Round(2 * y) * Width) + (int)Math.Round(2 * x)];

    /// <summary>First and last row with ink in an area, CSS pixels.</summary>
    public (double Top, double Bottom) Rows(double x, double y, double width, double height)
    {
        var rows = Pixels(x, y, width, height).Where(at => _pixels[at].Red < 128).Select(at => at / Width).ToList();
        return (rows.Min() / 2.0, (rows.Max() + 1) / 2.0);
    }

    private IEnumerable<int> Pixels(double x, double y, double width, double height)
    {
        for (var row = Math.Max(0, (int)(2 * y)); row < Math.Min(Height, (int)(2 * (y + height))); row++)
        {
            for (var column = Math.Max(0, (int)(2 * x)); column < Math.Min(Width, (int)(2 * (x + width))); column++)
                yield return (row * Width) + column;
        }
    }
}
