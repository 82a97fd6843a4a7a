using ScalingLab.Reporting.Drawing;
using ScalingLab.Reporting.Drawing.Themes;
using ScalingLab.Reporting.Figures.Elements;

namespace ScalingLab.Reporting.Rendering;

/// <summary>
/// A figure drawn a second time for a phone: panels below one another and keys below them, the letters as large as
/// ever.
/// </summary>
internal static class NarrowFigure
{
    // A window of 400 less its margins, CSS pixels.
    private const double Width = 368;

    // A larger drawing stands in the page once: there it scrolls.
    private const int MostCharacters = 120_000;

    /// <summary>
    /// The drawing as SVG; null where the figure fits anyway, has no room, or is so large that the page has it once.
    /// </summary>
    public static string? Render(DrawnFigure drawn)
    {
        if (drawn.Svg.Length > MostCharacters) return null;
        var figure = drawn.Figure with { Name = $"{drawn.Figure.Name}-narrow" };
        if (FigureWidth.Fitted(figure, Theme.Print, Width) is not { } fitted) return null;
        using var drawing = new FigureDrawing(fitted);
        return InteractiveSvg.Render(drawing, fitted);
    }
}
