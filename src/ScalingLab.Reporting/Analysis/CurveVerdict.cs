using ScalingLab.Fitting.Numerics;
using ScalingLab.Reporting.Tables;

namespace ScalingLab.Reporting.Analysis;

/// <summary>
/// What a run's curves say of its course: a pure function of the points. The training loss of a point is a mean over
/// few batches, so it is judged by medians of many points and only beyond their noise: 1.4826 times the median distance
/// from the median, as in the detection of spikes (docs/telemetry.md).
/// </summary>
/// <param name="TrainingRise">Training loss rises over the last third by so much, nats/token; null where it does
/// not.</param>
/// <param name="ValidationRise">Validation loss does; null where it does not, or has fewer than three points
/// there.</param>
/// <param name="AboveOwnLevel">Training loss ends so much above a level that it had earlier; null where it does
/// not.</param>
/// <param name="TrainingFalls">Whether training loss falls over the last third.</param>
/// <param name="TrainingEnd">Training loss at the end: the median of the last tenth of the points; null with fewer than
/// twenty.</param>
internal sealed record CurveVerdict(double? TrainingRise, double? ValidationRise, double? AboveOwnLevel,
    bool TrainingFalls, double? TrainingEnd)
{
    /// <summary>
    /// A rise of less than this, nats/token, is none: evaluations of one model on other windows differ by as much.
    /// </summary>
    public const double LeastRise = 0.02;

    /// <summary>
    /// So many standard errors of a difference of medians are beyond chance: one in 30,000 of normal noise.
    /// </summary>
    public const double Errors = 4;

    /// <summary>
    /// An end less than this, nats/token, above an earlier level is none: text differs from place to place.
    /// </summary>
    public const double LeastAboveLevel = 0.1;

    // Levels along a curve: medians of a tenth of its points, at least two points each.
    private const int Levels = 10;

    // Points of training loss in each half of the last third, and of validation loss in it with the one before.
    private const int LeastTraining = 8, LeastValidation = 3;

    private const double NormalDeviations = 1.4826;

    // Standard error of a median in standard deviations over the root of the number of points.
    private const double MedianSpread = 1.2533;

    /// <summary>Judges the points of one run, in any order.</summary>
    public static CurveVerdict From(IEnumerable<CurveRow> points)
    {
        var curve = points.OrderBy(p => p.Step).ToList();
        if (curve.Count == 0) return new CurveVerdict(null, null, null, false, null);
        var begin = curve[^1].Step * 2.0 / 3;
        var training = curve.Where(p => Finite(p.LossTrain)).ToList();
        var (trend, error) = Trend([.. training.Where(p => p.Step > begin).Select(p => p.LossTrain!.Value)]);
        var (above, end) = AboveLevel([.. training.Select(p => p.LossTrain!.Value)]);
        return new CurveVerdict(
            trend > Math.Max(LeastRise, Errors * error) ? trend : null,
            Validation([.. curve.Where(p => Finite(p.LossValidation))], begin),
            above, trend < 0, end);
    }

    /// <summary>Second half less first half, by medians, with its standard error; no trend of too few.</summary>
    private static (double Trend, double Error) Trend(double[] losses)
    {
        var half = losses.Length / 2;
        if (half < LeastTraining) return (0, 0);
        var (first, second) = (losses[..half], losses[^half..]);
        var (before, after) = (Medians.Median(first), Medians.Median(second));
        var noise = NormalDeviations
            * Medians.Median([.. first.Select(v => Math.Abs(v - before)), .. second.Select(v => Math.Abs(v - after))]);
        return (after - before, MedianSpread * noise * Math.Sqrt(2.0 / half));
    }

    private static double? Validation(List<CurveRow> points, double begin)
    {
        // The last one before is where the last third begins.
        var first = Math.Max(0, points.FindLastIndex(p => p.Step <= begin));
        var losses = points.Skip(first).Select(p => p.LossValidation!.Value).ToList();
        if (losses.Count < LeastValidation) return null;
        var steps = Enumerable.Range(1, losses.Count - 1).Select(i => losses[i] - losses[i - 1]).ToArray();
        var rise = losses[^1] - losses[0];
        return rise > LeastRise && Medians.Median(steps) > 0 ? rise : null;
    }

    private static (double? Above, double? End) AboveLevel(double[] losses)
    {
        if (losses.Length < 2 * Levels) return (null, null);
        var tenths = Enumerable.Range(0, Levels)
            .Select(i => losses[(losses.Length * i / Levels)..(losses.Length * (i + 1) / Levels)]).ToList();
        var (end, lowest) = (tenths[^1], tenths.Take(Levels - 1).MinBy(Medians.Median)!);
        var above = Medians.Median(end) - Medians.Median(lowest);
        // The lowest of nine medians is low by chance too, so the noise is that of a usual tenth: the first ones fall
        // steeply.
        var error = Medians.Median(tenths.Select(Error)) * Math.Sqrt(2);
        return (above > Math.Max(LeastAboveLevel, Errors * error) ? above : null, Medians.Median(end));
    }

    private static double Error(double[] values)
    {
        var middle = Medians.Median(values);
        return MedianSpread * NormalDeviations * Medians.Median(values.Select(v => Math.Abs(v - middle)))
            / Math.Sqrt(values.Length);
    }

    private static bool Finite(double? value) => value is { } v && double.IsFinite(v);
}
