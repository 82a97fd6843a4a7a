using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Options;

namespace ScalingLab.Fitting.Studies;

/// <summary>How well one way to find IsoFLOP minima gives a known exponent back.</summary>
/// <param name="Design">The design's name.</param>
/// <param name="Method">How the minima were found.</param>
/// <param name="Draws">Sweeps with an exponent.</param>
/// <param name="Bias">Mean of a less the truth.</param>
/// <param name="Error">Root mean square of a less the truth.</param>
/// <param name="Intervals">Sweeps with an interval.</param>
/// <param name="Below">Intervals that lay wholly below the truth, and above it.</param>
/// <param name="Above">See Below.</param>
/// <param name="MedianWidth">Median width of the intervals.</param>
/// <param name="Curves">The curves that were used, the most frequent first, with their counts.</param>
public sealed record MinimaRow(
    string Design, MinimumMethod Method, int Draws, double Bias, double Error, int Intervals, int Below, int Above,
    double MedianWidth,
    IReadOnlyList<(MinimumCurve Curve, int Count)> Curves)
{
    /// <summary>Share of the intervals that hold the truth; NaN without any.</summary>
    public double Coverage => 1 - ((double)(Below + Above) / Intervals);
}

/// <summary>Whether the exponent of N_opt through IsoFLOP minima is right, and its 95 % interval as well.</summary>
public static class MinimaStudy
{
    /// <summary>
    /// Fits so many noisy copies of a design by the options' way to find minima. Unidentified fits count like any
    /// other.
    /// </summary>
    public static MinimaRow Run(CoverageDesign design, int draws, int seed, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(design);
        ArgumentNullException.ThrowIfNull(options);
        var single = options with { Threads = 1, Progress = null };
        var fits = ParallelWork.Map("sweeps", draws, options, draw =>
            IsoFlopFitter.Fit(design.Draw(seed, draw), single with { Seed = draw }));
        var truth = design.Law.ParametersExponent;
        double[] errors = [.. fits.Select(fit => fit.ParametersExponent).OfType<double>().Select(a => a - truth)];
        Interval[] intervals = [.. fits.Select(fit => fit.Interval95?["a"]).OfType<Interval>()];
        return new MinimaRow(
            design.Name,
            options.Minima,
            errors.Length,
            errors.Average(),
            Math.Sqrt(errors.Average(one => one * one)),
            intervals.Length,
            intervals.Count(one => one.High < truth),
            intervals.Count(one => one.Low > truth),
            intervals.Length == 0 ? double.NaN : intervals.Select(one => one.Width).Order()
            .ElementAt(intervals.Length / 2),
            [.. fits.GroupBy(fit => fit.Curve!).Select(same => (same.Key, same.Count()))
                .OrderByDescending(one => one.Item2)]);
    }
}
