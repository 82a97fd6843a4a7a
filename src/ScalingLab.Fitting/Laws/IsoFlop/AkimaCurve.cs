using MathNet.Numerics.Interpolation;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Laws.IsoFlop;

/// <summary>
/// An Akima spline of loss over ln x through the points themselves (Akima 1970; for IsoFLOP minima Porian et al. 2024):
/// no form is assumed, so nothing is biased by it, and every point's noise goes straight into the minimum.
/// </summary>
internal static class AkimaCurve
{
    // Akima's slopes need two neighbours on either side.
    public const int LeastPoints = 5;

    private const int StepsASegment = 16;

    /// <summary>The spline's lowest place between the values tried; losses at one x are averaged.</summary>
    public static (MinimumStatus Status, double X, double Loss) Minimum(IReadOnlyList<double> logX,
        IReadOnlyList<double> loss)
    {
        List<(double X, double Loss)> knots =
            [.. Enumerable.Range(0, logX.Count).GroupBy(index => logX[index]).OrderBy(group => group.Key)
            .Select(group => (group.Key, group.Average(index => loss[index])))];
        if (knots.Count < LeastPoints)
            return (MinimumStatus.TooFewPoints, double.NaN, double.NaN);
        if (knots.Max(knot => knot.Loss) - knots.Min(knot => knot.Loss) <= 1e-12 * Math.Abs(knots[0].Loss))
            return (MinimumStatus.NotConvex, double.NaN, double.NaN);
        var spline =
            CubicSpline.InterpolateAkimaSorted([.. knots.Select(knot => knot.X)], [.. knots.Select(knot => knot.Loss)]);
        List<double> places = [knots[0].X];
        for (var knot = 1; knot < knots.Count; knot++)
        {
            var (from, to) = (knots[knot - 1].X, knots[knot].X);
            for (var step = 1; step <= StepsASegment; step++)
                places.Add(step == StepsASegment ? to : from + ((to - from) * step / StepsASegment));
        }

        return GridMinimum.Find(spline.Interpolate, places);
    }
}
