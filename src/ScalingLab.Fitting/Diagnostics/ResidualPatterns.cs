using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Numerics;

namespace ScalingLab.Fitting.Diagnostics;

/// <summary>Whether what the law misses hangs together.</summary>
internal static class ResidualPatterns
{
    /// <summary>Against N, D and C; empty with fewer than eight residuals. The seed orders what is tied.</summary>
    public static IReadOnlyList<ResidualPattern> Test(IReadOnlyList<FitResidual> residuals, int seed)
    {
        if (residuals.Count < 8)
            return [];
        double[] errors = [.. residuals.Select(one => Math.Log(one.Predicted / one.Loss))];
        // Errors of rounding's size have no pattern worth a word.
        if (errors.Max(Math.Abs) < ResidualScatter.Rounding)
            return [];
        return
        [
            Against("parameters", [.. residuals.Select(one => Math.Log(one.Parameters))], errors, seed),
            Against("tokens", [.. residuals.Select(one => Math.Log(one.Tokens))], errors, seed),
            Against("flops", [.. residuals.Select(one => Math.Log(one.Flops))], errors, seed),
        ];
    }

    private static ResidualPattern Against(string name, double[] x, double[] errors, int seed)
    {
        var middle = (x.Min() + x.Max()) / 2;
        double[] distance = [.. x.Select(value => Math.Abs(value - middle))];
        var (trend, trendP) = Rank(x, errors);
        var (bend, bendP) = Rank(distance, errors);
        var (runs, expected, runsP) = SignRuns(x, errors, seed);
        return new ResidualPattern(name, trend, trendP, bend, bendP, runs, expected, runsP);
    }

    // Spearman's correlation; its p-value by Student's t, good from some ten points on.
    private static (double Correlation, double P) Rank(double[] x, double[] errors)
    {
        var correlation = Correlation.Spearman(x, errors);
        if (!double.IsFinite(correlation))
            return (0, 1);
        var freedom = x.Length - 2;
        var t = Math.Abs(correlation) * Math.Sqrt(freedom / Math.Max(1e-300, 1 - (correlation * correlation)));
        return (correlation, Math.Min(1, 2 * StudentT.CDF(0, 1, freedom, -t)));
    }

    // Wald and Wolfowitz 1940, normal approximation.
    private static (int Runs, double Expected, double P) SignRuns(double[] x, double[] errors, int seed)
    {
        var random = new SplitMix64(seed, -3);
        double[] lots = [.. x.Select(_ => random.NextDouble())];
        bool[] above =
            [.. Enumerable.Range(0, x.Length).OrderBy(index => x[index]).ThenBy(index => lots[index])
                .Select(index => errors[index] > 0)];
        double positive = above.Count(one => one), negative = above.Length - positive;
        var runs = 1 + Enumerable.Range(1, above.Length - 1).Count(index => above[index] != above[index - 1]);
        double count = above.Length;
        var product = 2 * positive * negative;
        var expected = 1 + (product / count);
        var variance = product * (product - count) / (count * count * (count - 1));
        return (runs, expected, variance > 0 ? Normal.CDF(expected, Math.Sqrt(variance), runs) : 1);
    }
}
