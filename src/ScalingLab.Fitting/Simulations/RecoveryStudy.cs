using ScalingLab.Fitting.Designs;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Simulations;

/// <summary>
/// How well a sweep would recover one number. Errors are over the truth; of optima, in the logarithm.
/// </summary>
/// <param name="Name">The number's name.</param>
/// <param name="Truth">Its true value.</param>
/// <param name="Fits">Trials with an estimate.</param>
/// <param name="Bias">Mean error.</param>
/// <param name="Error">Root mean square error.</param>
/// <param name="Intervals">Trials with a 95 % interval.</param>
/// <param name="Below">Intervals that lay wholly below the truth.</param>
/// <param name="Above">Intervals that lay wholly above it.</param>
/// <param name="MedianWidth">Median width of the intervals; NaN without any.</param>
public sealed record RecoveryRow(
    string Name, double Truth, int Fits, double Bias, double Error, int Intervals, int Below, int Above,
    double MedianWidth)
{
    /// <summary>Share of the intervals that hold the truth; NaN without any.</summary>
    public double Coverage => 1 - ((double)(Below + Above) / Intervals);
}

/// <summary>What a sweep would recover of its law.</summary>
/// <param name="Trials">How often it was simulated.</param>
/// <param name="Statuses">What became of the fits, the most frequent first.</param>
/// <param name="Rows">A row a number.</param>
public sealed record Recovery(
    int Trials, IReadOnlyList<(FitStatus Status, int Count)> Statuses, IReadOnlyList<RecoveryRow> Rows);

/// <summary>
/// Simulates a sweep again and again and fits the parametric law each time. A fit that is marked unidentified counts
/// like any other: leaving it out would flatter the design.
/// </summary>
public static class RecoveryStudy
{
    /// <param name="sweep">The sweep.</param>
    /// <param name="targets">What is asked of each fit.</param>
    /// <param name="trials">How often it is simulated.</param>
    /// <param name="options">How each is fitted; its seed is the noise's.</param>
    public static Recovery Run(SimulatedSweep sweep, IReadOnlyList<LawTarget> targets, int trials, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(options);
        var single = options with { Threads = 1, Progress = null };
        var fits = ParallelWork.Map("simulated sweeps", trials, options, trial =>
        {
            var fit = ParametricFitter.Fit(sweep.Draw(options.Seed, trial), single with { Seed = trial });
            return (fit.Status, Found: targets.Select(target => Find(target, fit)).ToArray());
        });
        return new Recovery(
            trials,
            [.. fits.GroupBy(fit => fit.Status).Select(same => (same.Key, same.Count()))
                .OrderByDescending(one => one.Item2).ThenBy(one => one.Key)],
            [.. targets.Select((target, index) => Summary(sweep, target, [.. fits.Select(fit => fit.Found[index])]))]);
    }

    /// <summary>A fit's value of a number, and the 95 % interval to quote; null where it has none.</summary>
    internal static (double? Value, Interval? Interval) Find(LawTarget target, ParametricFit fit)
    {
        if (fit.Law is not { } law) return default;
        var interval = fit.Interval95?.GetValueOrDefault(target.Name)
            ?? Percentiles.Interval95(fit.Draws.Select(target.Of));
        return (target.Of(law), interval);
    }

    private static RecoveryRow Summary(SimulatedSweep sweep, LawTarget target,
        IReadOnlyList<(double? Value, Interval? Interval)> found)
    {
        var truth = target.Of(sweep.Law);
        double[] errors =
            [.. found.Select(one => one.Value).OfType<double>().Where(double.IsFinite).Select(Error)];
        Interval[] intervals = [.. found.Select(one => one.Interval).OfType<Interval>()];
        double[] widths = [.. intervals.Select(one => Error(one.High) - Error(one.Low)).Order()];
        return new RecoveryRow(
            target.Name, truth, errors.Length,
            errors.Length == 0 ? double.NaN : errors.Average(),
            errors.Length == 0 ? double.NaN : Math.Sqrt(errors.Average(one => one * one)),
            intervals.Length,
            intervals.Count(one => one.High < truth),
            intervals.Count(one => one.Low > truth),
            widths.Length == 0 ? double.NaN : widths[widths.Length / 2]);

        double Error(double value) => target.IsFactor ? Math.Log(value / truth) : (value / truth) - 1;
    }
}
