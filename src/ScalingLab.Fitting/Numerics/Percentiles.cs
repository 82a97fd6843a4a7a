using MathNet.Numerics.Distributions;

namespace ScalingLab.Fitting.Numerics;

/// <summary>Percentile intervals and spread of bootstrap draws.</summary>
public static class Percentiles
{
    /// <summary>
    /// The central 95 % of the values (linear interpolation between order statistics); null with fewer than 20 values.
    /// </summary>
    public static Interval? Interval95(IEnumerable<double> values)
    {
        var sorted = values.Where(double.IsFinite).ToArray();
        if (sorted.Length < 20)
            return null;
        Array.Sort(sorted);
        return new Interval(Quantile(sorted, 0.025), Quantile(sorted, 0.975));
    }

    /// <summary>
    /// The central 95 % of draws, stretched about the estimate by Student's t over the normal's; null with fewer than
    /// 20.
    /// </summary>
    /// <param name="freedom">Points left over for the scatter.</param>
    public static Interval? Stretched(double estimate, IEnumerable<double> draws, int freedom)
    {
        if (Interval95(draws) is not { } raw)
            return null;
        var stretch = StudentT.InvCDF(0, 1, freedom, 0.975) / Normal.InvCDF(0, 1, 0.975);
        return new Interval(estimate + (stretch * (raw.Low - estimate)), estimate + (stretch * (raw.High - estimate)));
    }

    /// <summary>Standard deviation (n - 1) of the values; null with fewer than 20.</summary>
    public static double? StandardError(IEnumerable<double> values)
    {
        var finite = values.Where(double.IsFinite).ToArray();
        if (finite.Length < 20)
            return null;
        var mean = finite.Average();
        return Math.Sqrt(finite.Sum(value => (value - mean) * (value - mean)) / (finite.Length - 1));
    }

    /// <summary>
    /// Standard errors by name; null without any. A quantity without a finite one is missing from the table.
    /// </summary>
    internal static IReadOnlyDictionary<string, double>? StandardErrors<T>(IReadOnlyList<T> draws,
        IEnumerable<(string Name, Func<T, double> Value)> quantities)
    {
        var table = new Dictionary<string, double>();
        foreach (var (name, value) in quantities)
        {
            if (StandardError(draws.Select(value)) is { } error && double.IsFinite(error))
                table[name] = error;
        }

        return table.Count == 0 ? null : table;
    }

    /// <summary>95 % intervals by name, likewise; of percentiles unless another interval is given.</summary>
    internal static IReadOnlyDictionary<string, Interval>? Intervals<T>(IReadOnlyList<T> draws,
        IEnumerable<(string Name, Func<T, double> Value)> quantities, Func<Func<T, double>, Interval?>? interval = null)
    {
        interval ??= value => Interval95(draws.Select(value));
        var table = new Dictionary<string, Interval>();
        foreach (var (name, value) in quantities)
        {
            if (interval(value) is { } found)
                table[name] = found;
        }

        return table.Count == 0 ? null : table;
    }

    private static double Quantile(double[] sorted, double probability)
    {
        var place = probability * (sorted.Length - 1);
        var below = (int)Math.Floor(place);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
