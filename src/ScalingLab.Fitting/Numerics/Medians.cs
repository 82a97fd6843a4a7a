namespace ScalingLab.Fitting.Numerics;

/// <summary>The middle of numbers.</summary>
public static class Medians
{
    /// <summary>The median; of an even count the mean of the two in the middle, 0 of none.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 0 : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
