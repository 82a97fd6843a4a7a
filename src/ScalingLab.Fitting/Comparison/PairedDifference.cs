using MathNet.Numerics.Distributions;

namespace ScalingLab.Fitting;

/// <summary>A mean of differences between pairs that share all but what is asked about: what the pairs have in common cancels.</summary>
/// <param name="Mean">Mean difference.</param>
/// <param name="Interval95">Interval of 95 % of the mean, Student's t (Student 1908); null with fewer than two pairs.</param>
/// <param name="Pairs">Number of pairs.</param>
/// <param name="Below">Pairs whose difference is below zero.</param>
public sealed record PairedDifference(double Mean, Interval? Interval95, int Pairs, int Below)
{
    /// <summary>Whether the interval leaves zero out.</summary>
    public bool IsSure => Interval95 is { } i && (i.Low > 0 || i.High < 0);

    /// <summary>Of at least one difference.</summary>
    public static PairedDifference Of(IReadOnlyList<double> differences)
    {
        ArgumentOutOfRangeException.ThrowIfZero(differences.Count);
        var (n, mean) = (differences.Count, differences.Average());
        Interval? interval = null;
        if (n > 1)
        {
            var error = Math.Sqrt(differences.Sum(d => (d - mean) * (d - mean)) / (n - 1) / n);
            var reach = StudentT.InvCDF(0, 1, n - 1, 0.975) * error;
            interval = new Interval(mean - reach, mean + reach);
        }

        return new PairedDifference(mean, interval, n, differences.Count(d => d < 0));
    }
}
