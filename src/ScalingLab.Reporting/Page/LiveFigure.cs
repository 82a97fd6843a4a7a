using ScalingLab.Runs;

namespace ScalingLab.Reporting;

/// <summary>Figures of a sweep that still trains.</summary>
public static class LiveFigure
{
    // What axes and margins take of the width.
    private const double Margins = 90;

    private const double Height = 320;

    /// <summary>The loss curves so far as SVG with what figure.js needs; null where no run has told a loss yet.</summary>
    /// <param name="runs">The sweep's runs with their points.</param>
    /// <param name="width">About so wide, CSS pixels.</param>
    public static string? LossCurves(IReadOnlyList<RunRecord> runs, double width)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var figure = LossCurvesFigure.Of(
            [.. runs.Select(r => RunRow.Of("", r))], [.. runs.SelectMany(CurveRow.Of)],
            new CurvesLayout { Width = width - Margins, Height = Height, HasKeyBelow = true });
        if (figure is null) return null;
        using var drawing = new FigureDrawing(figure);
        return LiveSvg.Of(drawing, figure);
    }
}
