using MathNet.Numerics.Distributions;
using ScalingLab.Fitting.Numerics;

namespace ScalingLab.Fitting.Comparisons;

/// <summary>How far losses of one specification under several seeds lie apart.</summary>
/// <param name="Mean">Mean loss, nats/token.</param>
/// <param name="Mean95">Interval of 95 % of the mean, Student's t.</param>
/// <param name="Deviation">Standard deviation of one run, nats/token.</param>
/// <param name="Deviation95">Its interval of 95 %, chi-squared.</param>
/// <param name="Seeds">Number of losses.</param>
public sealed record SeedSpread(double Mean, Interval Mean95, double Deviation, Interval Deviation95, int Seeds)
{
    /// <summary>Null with fewer than two losses.</summary>
    public static SeedSpread? From(IReadOnlyList<double> losses)
    {
        ArgumentNullException.ThrowIfNull(losses);
        var n = losses.Count;
        if (n < 2) return null;
        var mean = losses.Average();
        var squares = losses.Sum(l => (l - mean) * (l - mean));
        var deviation = Math.Sqrt(squares / (n - 1));
        var reach = StudentT.InvCDF(0, 1, n - 1, 0.975) * deviation / Math.Sqrt(n);
        var chi = new ChiSquared(n - 1);
        return new SeedSpread(mean, new Interval(mean - reach, mean + reach), deviation,
            new Interval(Math.Sqrt(squares / chi.InverseCumulativeDistribution(0.975)),
                Math.Sqrt(squares / chi.InverseCumulativeDistribution(0.025))), n);
    }

    /// <summary>
    /// The smallest difference of two recipes' means that so many seeds of each would tell from zero, nats/token, if
    /// they scatter alike and their seeds have nothing in common: t(2n-2) s sqrt(2/n).
    /// </summary>
    /// <param name="seeds">Seeds of each recipe, at least two.</param>
    public double DetectableDifference(int seeds) =>
        StudentT.InvCDF(0, 1, (2 * seeds) - 2, 0.975) * Deviation * Math.Sqrt(2.0 / seeds);
}
