using ScalingLab.Reporting.Formats;

namespace ScalingLab.Reporting.Figures.Elements;

/// <summary>Logarithmic axes of losses, nats/token, with labels at round ones.</summary>
internal static class LossAxis
{
    public const string Name = "loss";

    private static readonly double[] Round =
        [0.5, 0.7, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30];

    private const int LeastTicks = 3;

    // Losses that differ by more than such a factor are labelled at powers of ten.
    private const double Wide = 20;

    /// <summary>An axis with 3 % of room at either end.</summary>
    public static Axis Around(string title, IEnumerable<double> losses)
    {
        var all = losses.ToList();
        return Between(title, Numbers.Drawn(Math.Max(all.Min() * 0.97, 1e-250)),
            Numbers.Drawn(Math.Min(all.Max(), 1e250) * 1.03));
    }

    /// <summary>An axis between two ends.</summary>
    public static Axis Between(string title, double low, double high)
    {
        if (high / low > Wide) return Axis.LogBetween(Name, title, low, high) with { Format = Numbers.Loss };
        var ticks = Round.Where(t => t > low && t < high).ToList();
        // Losses that lie nearer to one another than these are labelled at tenths or finer.
        if (ticks.Count < LeastTicks) ticks = [.. AxisTicks.Even(low, high, 5).Select(t => t.At)];
        return Axis.LogAt(Name, title, low, high, ticks) with { Format = Numbers.Loss };
    }
}
