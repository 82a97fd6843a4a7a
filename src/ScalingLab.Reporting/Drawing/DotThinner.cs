using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Formats;

namespace ScalingLab.Reporting.Drawing;

/// <summary>
/// A figure of more dots than an eye can tell apart, with fewer: of those of one look that share a square of a few
/// pixels the first is drawn. A page of ten thousand runs would else hold a tooltip for each dot that lies under
/// others. The figure's table keeps every dot.
/// </summary>
internal static class DotThinner
{
    /// <summary>Dots of a panel that are drawn whatever their places.</summary>
    public const int MostDots = 1500;

    // Pixels; wider until few enough are left.
    private const double FirstSquare = 1, Wider = 1.25;

    public static Figure Thin(Figure figure)
    {
        var panels = figure.Panels.Select(ThinPanel).ToList();
        var (all, left, square) = (panels.Sum(p => p.All), panels.Sum(p => p.Left), panels.Max(p => p.Square));
        if (left == all) return figure;
        var said =
            $"Of {ReportText.Whole(all)} dots {ReportText.Whole(left)} are drawn: of one series and shape at most one "
                + "in any square of "
            + $"{Numbers.Significant(square, 2)} pixels.";
        return figure with
        {
            Panels = [.. panels.Select(p => p.Panel)],
                CaptionParts = figure.CaptionParts with { Signs = $"{figure.CaptionParts.Signs} {said}".Trim() },
        };
    }

    private static (Panel Panel, int All, int Left, double Square) ThinPanel(Panel panel)
    {
        var all = panel.Marks.OfType<Dots>().Sum(mark => mark.At.Count);
        if (all <= MostDots) return (panel, all, all, 0);
        for (var square = FirstSquare; ; square *= Wider)
        {
            var taken = new HashSet<(string, Shape, bool, long, long)>();
            List<Mark> marks = [.. panel.Marks.Select(mark => mark is not Dots dots ? mark
                : dots with { At = [.. dots.At.Where(dot => taken.Add(Square(panel, dots, dot, square)))] })];
            var left = marks.OfType<Dots>().Sum(mark => mark.At.Count);
            if (left <= MostDots)
                return (panel with { Marks = [.. marks.Where(m => m is not Dots { At.Count: 0 })] }, all, left, square);
        }
    }

    private static (string, Shape, bool, long, long) Square(Panel panel, Dots mark, Dot dot, double square) => (
        string.Join('\n', mark.Series), mark.Shape, mark.Opacity > 0,
        At(panel.X, dot.X, panel.Width, square), At(panel.Y, dot.Y, panel.Height, square));

    // What lies outside the axes, or has no place on them, is drawn nowhere.
    private static long At(Axis axis, double value, double pixels, double square) =>
        axis.Has(value) ? (long)Math.Floor(Math.Clamp(axis.Share(value), -1, 2) * pixels / square) : long.MinValue;
}
