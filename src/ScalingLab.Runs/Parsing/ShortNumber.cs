using System.Globalization;

namespace ScalingLab.Runs.Parsing;

/// <summary>Numbers in sentences.</summary>
internal static class ShortNumber
{
    /// <summary>So many digits at most; large and small ones as powers of ten: 44, 0.5, 1.5e13.</summary>
    public static string Format(double x, int digits = 4)
    {
        var text = x.ToString($"G{digits}", CultureInfo.InvariantCulture);
        return text.Split('E') is [var factor, var power]
            ? $"{factor}e{int.Parse(power, CultureInfo.InvariantCulture)}" : text;
    }
}
