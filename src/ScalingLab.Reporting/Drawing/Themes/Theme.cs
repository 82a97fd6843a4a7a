using ScalingLab.Reporting.Figures.Elements;

namespace ScalingLab.Reporting.Drawing.Themes;

/// <summary>The look of every figure: inks and sizes of letters, in one place.</summary>
/// <param name="Ground">Behind everything.</param>
/// <param name="Ink">Letters and axes.</param>
/// <param name="Soft">Subtitles.</param>
/// <param name="Grid">Grid lines.</param>
internal sealed record Theme(string Ground, string Ink, string Soft, string Grid)
{
    // WCAG 2.2, 1.4.11: graphics are told from what is behind them.
    private const double LeastContrast = 3;

    public static Theme Print { get; } = new(Colours.White, Colours.Ink, "#555555", "#e6e6e6");

    /// <summary>For a screen across a room.</summary>
    public static Theme Slide { get; } = Print with { Zoom = 1.8f, Millimetres = 250 };

    /// <summary>For a dark page: what would be lost on it is lighter.</summary>
    public static Theme Dark { get; } = new("#16191d", "#e8e8e8", "#b4b4b4", "#33383e");

    /// <summary>Ticks, keys and subtitles, CSS pixels.</summary>
    public float Small { get; init; } = 10;

    /// <summary>Titles of axes and panels.</summary>
    public float Normal { get; init; } = 11;

    /// <summary>The heading, bold.</summary>
    public float Large { get; init; } = 12;

    /// <summary>How many times as large everything is drawn: letters, lines and dots.</summary>
    public float Zoom { get; init; } = 1;

    /// <summary>Width of a figure that is given none; null: what it takes.</summary>
    public double? Millimetres { get; init; }

    public static Theme For(FigureTheme name) =>
        name switch { FigureTheme.Slide => Slide, FigureTheme.Dark => Dark, _ => Print };

    /// <summary>
    /// The figure in colours that are seen on this ground; itself on white, for which they were chosen.
    /// </summary>
    public Figure Recolour(Figure figure) => Ground == Colours.White ? figure : figure with
    {
        Panels =
            [.. figure.Panels.Select(p =>
                p with { Marks = [.. p.Marks.Select(m => m with { Colour = WithContrast(m.Colour) })] })],
        Beside = [.. figure.Beside.Select(WithContrast)],
        Below = figure.Below is { } below ? WithContrast(below) : null,
        Bar = figure.Bar is { } bar ? bar with { Colour = share => WithContrast(bar.Colour(share)) } : null,
    };

    private FigureLegend WithContrast(FigureLegend key) =>
        key with { Entries = [.. key.Entries.Select(e => e with { Colour = WithContrast(e.Colour) })] };

    private string WithContrast(string colour)
    {
        if (colour == Colours.Ink) return Ink;
        const int Steps = 20;
        return Enumerable.Range(0, Steps).Select(step => Colours.Lighter(colour, (double)step / Steps))
            .First(c => Colours.Contrast(c, Ground) >= LeastContrast);
    }
}

/// <summary>The themes that a figure can have.</summary>
public enum FigureTheme
{
    /// <summary>Black on white, letters of 7.5 to 9 points.</summary>
    Print,

    /// <summary>Letters and lines 1.8 times as large, 250 mm wide unless given.</summary>
    Slide,

    /// <summary>Light on dark.</summary>
    Dark,
}
