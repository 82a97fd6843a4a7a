using System.Text.Json.Serialization;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Laws.IsoFlop;

/// <summary>
/// Loss = Constant + Slope u + Curvature u^2 with u = ln(x) - Centre, nats/token; x is parameters or tokens. For
/// drawing and for minima. Where a quartic finds the minimum, its terms Cubic u^3 + Quartic u^4 come on top.
/// </summary>
public sealed record Parabola(
    double Centre,
    double Constant,
    double Slope,
    double Curvature,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] double Cubic = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] double Quartic = 0)
{
    // A quartic bends too little between so many places to hide a valley.
    private const int Steps = 48;

    public double At(double x)
    {
        var u = Math.Log(x) - Centre;
        return Loss(u);
    }

    /// <summary>Least squares; null where fewer than three distinct x carry weight.</summary>
    /// <param name="logX">ln x of each point.</param>
    /// <param name="loss">The losses, nats/token.</param>
    /// <param name="weights">How often each point counts; null for once each.</param>
    internal static Parabola? Through(ReadOnlySpan<double> logX, ReadOnlySpan<double> loss, double[]? weights)
    {
        double total = 0, sumX = 0, sumLoss = 0;
        for (var index = 0; index < logX.Length; index++)
        {
            var weight = weights?[index] ?? 1;
            (total, sumX, sumLoss) = (total + weight, sumX + (weight * logX[index]), sumLoss + (weight * loss[index]));
        }

        // Polynomials orthogonal over the points, 1, u and u^2 - tilt u - spread, need no matrix and lose no digits.
        var (centre, mean) = (sumX / total, sumLoss / total);
        double second = 0, third = 0, linear = 0;
        for (var index = 0; index < logX.Length; index++)
        {
            var (weight, u) = (weights?[index] ?? 1, logX[index] - centre);
            (second, third) = (second + (weight * u * u), third + (weight * u * u * u));
            linear += weight * u * (loss[index] - mean);
        }

        if (!(second > 0))
            return null;
        var (tilt, spread) = (third / second, second / total);
        double quadratic = 0, size = 0;
        for (var index = 0; index < logX.Length; index++)
        {
            var (weight, u) = (weights?[index] ?? 1, logX[index] - centre);
            var q = (u * (u - tilt)) - spread;
            (quadratic, size) = (quadratic + (weight * q * (loss[index] - mean)), size + (weight * q * q));
        }

        // Two distinct places leave q zero everywhere, up to rounding.
        if (size <= 1e-20 * total * spread * spread)
            return null;
        var curvature = quadratic / size;
        return new Parabola(centre, mean - (curvature * spread), (linear / second) - (curvature * tilt), curvature);
    }

    /// <summary>The lowest place (x, loss) between two ln x, whatever the order.</summary>
    internal (MinimumStatus Status, double X, double Loss) Lowest(double lowestLogX, double highestLogX) =>
        GridMinimum.Find(
        logX => Loss(logX - Centre),
        [.. Enumerable.Range(0, Steps + 1).Select(step => lowestLogX + ((highestLogX - lowestLogX) * step / Steps))]);

    /// <summary>The vertex (x, loss) and where it lies among the x tried, given as ln x.</summary>
    internal (MinimumStatus Status, double X, double Loss) Minimum(double lowestLogX, double highestLogX)
    {
        // A curvature that is rounding is no curvature: the bend over the range must show in the loss's digits.
        var half = (highestLogX - lowestLogX) / 2;
        if (!(Curvature * half * half > 1e-12 * Math.Abs(Constant)))
            return (MinimumStatus.NotConvex, double.NaN, double.NaN);
        var u = -Slope / (2 * Curvature);
        var vertex = Centre + u;
        var status = vertex > lowestLogX && vertex < highestLogX ? MinimumStatus.Interior : MinimumStatus.Edge;
        return (status, Math.Exp(vertex), Constant + (0.5 * Slope * u));
    }

    private double Loss(double u) => Constant + (u * (Slope + (u * (Curvature + (u * (Cubic + (u * Quartic)))))));
}
