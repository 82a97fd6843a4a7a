using ScalingLab.Reporting.Figures.Elements;

namespace ScalingLab.Reporting.Drawing;

/// <summary>Whether this machine can draw.</summary>
public static class FigureCheck
{
    /// <summary>Draws a small figure in every format: what is wrong; null where nothing is.</summary>
    public static string? Trouble()
    {
        try
        {
            var panel =
                new Panel(Axis.Linear("x", "x", 0, 1), Axis.Linear("y", "y", 0, 1),
                    [new Curve([new PlotPoint(0, 0), new PlotPoint(1, 1)])]);
            using var drawing = new FigureDrawing(new Figure("check", "Check", "", [panel]));
            return drawing.Svg().Length > 0 && drawing.Pdf().Length > 0 && drawing.Png().Length > 0 ? null
                : "an empty drawing came out";
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException or BadImageFormatException)
        {
            return $"the native library libSkiaSharp cannot be loaded: {(e.InnerException ?? e).Message}";
        }
    }
}
