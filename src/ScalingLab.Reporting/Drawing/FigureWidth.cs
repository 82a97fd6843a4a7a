using ScalingLab.Reporting.Drawing.Themes;
using ScalingLab.Reporting.Figures.Elements;

namespace ScalingLab.Reporting.Drawing;

/// <summary>A figure made to fit a width: its panels give way, its letters do not.</summary>
internal static class FigureWidth
{
    // Between the axes, pixels: below the first a key moves below the panels, and below the second a panel shows
    // nothing.
    private const double Comfortable = 200;
    private const double Least = 130;

    // A narrow panel is not taller than so many times its width.
    private const double Tallest = 0.9;

    /// <summary>The figure with panels, rows and keys for so many pixels; null where they have no room.</summary>
    public static Figure? Fitted(Figure figure, Theme theme, double width)
    {
        var across = Math.Min(figure.Columns, figure.Panels.Count);
        if (With(figure, theme, width, Comfortable) is { } beside) return beside;
        return Enumerable.Range(1, across).Reverse()
            .Select(columns => With(figure with { HasKeysBelow = true, Columns = columns }, theme, width, Least))
            .FirstOrDefault(f => f is not null);
    }

    private static Figure? With(Figure figure, Theme theme, double width, double least)
    {
        var fitted = figure;
        // The last label reaches beyond its panel by what the panel's width makes it: twice is enough.
        for (var turn = 0; turn < 2; turn++)
        {
            var row = fitted.Panels.Chunk(fitted.Columns).Max(r => r.Sum(p => p.Width));
            var share = (row + width - Natural(fitted, theme)) / row;
            if (share <= 0) return null;
            fitted = fitted with { Panels = [.. fitted.Panels.Select(p => p with { Width = p.Width * share })] };
        }

        return fitted.Panels.Min(p => p.Width) < least ? null : fitted with
        {
            FullWidth = width,
                Panels = [.. fitted.Panels.Select(p => p with { Height = Math.Min(p.Height, Tallest * p.Width) })],
        };
    }

    /// <summary>The width that panels and what stands beside them take.</summary>
    private static double Natural(Figure figure, Theme theme)
    {
        using var plan =
            new FigureLayout(figure with
                { Heading = "", Below = null, Beside = figure.HasKeysBelow ? [] : figure.Beside }, theme);
        return plan.Width;
    }
}
