using System.Text.Json.Serialization;

namespace ScalingLab.Runs.Performance;

/// <summary>How far predictions were from what was measured, as ratios measured over predicted.</summary>
/// <param name="Low">Nine in ten lie between this...</param>
/// <param name="High">...and this.</param>
/// <param name="Median">Median distance from 1, either way.</param>
/// <param name="Largest">Largest distance from 1.</param>
public sealed record ErrorRange(double Low, double High, double Median, double Largest)
{
    private const double Tail = 0.05;

    /// <summary>Half the width of the range, as a part of what was predicted.</summary>
    [JsonIgnore]
    public double Width => Math.Max(High - 1, 1 - Low);

    /// <summary>The range of ratios, each with a weight; null of none.</summary>
    public static ErrorRange? Of(IReadOnlyList<(double Ratio, double Weight)> ratios) => ratios.Count == 0 ? null
        : new ErrorRange(
            Quantile(ratios, Tail), Quantile(ratios, 1 - Tail),
            Quantile([.. ratios.Select(one => (Math.Abs(one.Ratio - 1), one.Weight))], 0.5),
            ratios.Max(one => Math.Abs(one.Ratio - 1)));

    /// <summary>The least value up to which so great a part of the weight lies.</summary>
    public static double Quantile(IReadOnlyList<(double Value, double Weight)> values, double part)
    {
        var (sorted, sum) = (values.OrderBy(one => one.Value).ToList(), 0.0);
        var whole = sorted.Sum(one => one.Weight);
        foreach (var (value, weight) in sorted)
        {
            sum += weight;
            if (sum >= part * whole) return value;
        }

        return sorted[^1].Value;
    }
}
