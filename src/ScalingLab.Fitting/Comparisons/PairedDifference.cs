using MathNet.Numerics.Distributions;
using ScalingLab.Fitting.Numerics;

namespace ScalingLab.Fitting.Comparisons;

/// <summary>
/// A mean of differences between pairs that share all but what is asked about: what the pairs have in common cancels.
/// </summary>
/// <param name="Mean">Mean difference.</param>
/// <param name="Interval95">Interval of 95 % of the mean, Student's t (Student 1908); null with fewer than two
/// pairs.</param>
/// <param name="Pairs">Number of pairs.</param>
/// <param name="Below">Pairs whose difference is below zero.</param>
/// <param name="Deviation">Standard deviation of the differences; null with fewer than two pairs.</param>
public sealed record PairedDifference(double Mean, Interval? Interval95, int Pairs, int Below, double? Deviation)
{
    // Nobody trains more pairs than these to tell two recipes apart: such a difference is none in practice.
    private const int MostPairs = 10_000;

    /// <summary>Whether the interval leaves zero out.</summary>
    public bool IsSure => Interval95 is { } i && (i.Low > 0 || i.High < 0);

    /// <summary>
    /// How many pairs in all would make the interval leave zero out if the mean and the deviation stay as they are: the
    /// smallest n with t(n-1) s / sqrt(n) below |mean|. Null with fewer than two pairs, and where it would take more
    /// than 10,000.
    /// </summary>
    public int? PairsToDecide
    {
        get
        {
            if (Deviation is not { } deviation || Mean == 0) return null;
            for (var n = 2; n <= MostPairs; n++)
            {
                if (Reach(deviation, n) < Math.Abs(Mean)) return n;
            }

            return null;
        }
    }

    /// <summary>Of at least one difference.</summary>
    public static PairedDifference From(IReadOnlyList<double> differences)
    {
        ArgumentOutOfRangeException.ThrowIfZero(differences.Count);
        var (n, mean) = (differences.Count, differences.Average());
        var (interval, deviation) = ((Interval?)null, (double?)null);
        if (n > 1)
        {
            deviation = Math.Sqrt(differences.Sum(d => (d - mean) * (d - mean)) / (n - 1));
            var reach = Reach(deviation.Value, n);
            interval = new Interval(mean - reach, mean + reach);
        }

        return new PairedDifference(mean, interval, n, differences.Count(d => d < 0), deviation);
    }

    /// <summary>
    /// The one difference without which the rest would be told from zero, by its place; null where the mean of all is
    /// sure already, or no single one is in the way. Of several the one without which the interval is narrowest.
    /// </summary>
    public static int? BlockingPair(IReadOnlyList<double> differences)
    {
        if (differences.Count < 4 || From(differences).IsSure) return null;
        var without = Enumerable.Range(0, differences.Count)
            .Select(i => (Place: i, Others: From([.. differences.Where((_, at) => at != i)])))
            .Where(one => one.Others.IsSure).ToList();
        return without.Count == 0 ? null : without.MinBy(one => one.Others.Interval95!.Width).Place;
    }

    private static double Reach(double deviation, int n) =>
        StudentT.InvCDF(0, 1, n - 1, 0.975) * deviation / Math.Sqrt(n);
}
