using System.Globalization;

namespace ScalingLab.Fitting.Numerics;

/// <summary>Factors and rates in a sentence or a table.</summary>
public static class RoundNumber
{
    private const double LargestWhole = 1e6;

    /// <summary>Three digits, without zeros at the end: 0.00125, 12.3, 1230; from a million on 1.23e6.</summary>
    public static string Text(double value)
    {
        var text = value.ToString("G3", CultureInfo.InvariantCulture);
        if (!text.Contains('E', StringComparison.Ordinal)) return text;
        var rounded = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        return Math.Abs(rounded) is >= 1 and < LargestWhole ? rounded.ToString("F0", CultureInfo.InvariantCulture)
            : rounded.ToString("0.##e0", CultureInfo.InvariantCulture);
    }
}
