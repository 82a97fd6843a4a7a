using System.Globalization;

namespace ScalingLab.Fitting.Numerics;

/// <summary>Sentences whose numbers read the same everywhere.</summary>
internal static class InvariantText
{
    /// <summary>The parts, formatted without a culture and put together.</summary>
    public static string Invariant(params FormattableString[] parts)
    {
        var text = new System.Text.StringBuilder();
        foreach (var part in parts)
            text.Append(part.ToString(CultureInfo.InvariantCulture));
        return text.ToString();
    }
}
