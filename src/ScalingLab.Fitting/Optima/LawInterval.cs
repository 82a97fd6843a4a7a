using MathNet.Numerics.Distributions;
using ScalingLab.Fitting.Numerics;

namespace ScalingLab.Fitting.Optima;

/// <summary>Intervals of a log-linear law's answers.</summary>
public static class LawInterval
{
    /// <summary>95 % interval of a law's answer by Student's t.</summary>
    /// <param name="value">The answer.</param>
    /// <param name="covariance">Covariance of (ln coefficient, exponent of N, exponent of D).</param>
    /// <param name="freedom">Degrees of freedom, at least 1.</param>
    /// <param name="parameters">N.</param>
    /// <param name="tokens">D.</param>
    public static Interval At(double value, IReadOnlyList<IReadOnlyList<double>> covariance, int freedom,
        double parameters, double tokens)
    {
        ArgumentNullException.ThrowIfNull(covariance);
        double[] by = [1, Math.Log(parameters), Math.Log(tokens)];
        var variance = 0.0;
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++) variance += by[row] * covariance[row][column] * by[column];
        }

        var half = StudentT.InvCDF(0, 1, Math.Max(1, freedom), 0.975) * Math.Sqrt(Math.Max(0, variance));
        return new Interval(value * Math.Exp(-half), value * Math.Exp(half));
    }
}
