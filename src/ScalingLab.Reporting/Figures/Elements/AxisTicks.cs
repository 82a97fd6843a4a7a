using System.Globalization;
using ScalingLab.Reporting.Formats;

namespace ScalingLab.Reporting.Figures.Elements;

/// <summary>Where ticks lie and what they say.</summary>
internal static class AxisTicks
{
    private static readonly int[] Digits = [1, 2, 5, 10];

    /// <summary>
    /// Powers of ten read 10¹¹; an axis of two decades or less has 2×10¹¹ and 5×10¹¹ too, a shorter one every digit. An
    /// axis of more than nine decades has labels at some of them.
    /// </summary>
    public static IReadOnlyList<AxisTick> Decades(double low, double high)
    {
        var ticks = new List<AxisTick>();
        var decades = Math.Log10(high) - Math.Log10(low);
        var every = 1 + ((int)decades / 9);
        for (var decade = (int)Math.Floor(Math.Log10(low)); decade <= (int)Math.Ceiling(Math.Log10(high)); decade++)
        {
            for (var digit = 1; digit <= 9; digit++)
            {
                var value = double.Parse($"{digit}e{decade}", CultureInfo.InvariantCulture);
                if (value < low || value > high) continue;
                var isLabelled = digit == 1 ? decade % every == 0 : decades <= 2 && (digit is 2 or 5 || decades < 0.8);
                if (isLabelled)
                    ticks.Add(
                        new AxisTick(value, (digit == 1 ? "10" : $"{digit}×10") + Numbers.Superscript(decade),
                            digit == 1));
                else if (decades <= 6 && every == 1) ticks.Add(new AxisTick(value));
            }
        }

        return ticks;
    }

    /// <summary>Multiples of 1, 2 or 5 times a power of ten, about so many.</summary>
    public static IReadOnlyList<AxisTick> Even(double low, double high, int about)
    {
        var rough = (high - low) / about;
        if (!double.IsFinite(rough) || rough <= 0) return [];
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = Digits.Select(digit => digit * power).First(s => s >= rough * 0.999);
        var decimals = (int)Math.Clamp(-Math.Floor(Math.Log10(step) + 1e-9), 0, 15);
        var (first, last) = (Math.Ceiling((low / step) - 1e-9), Math.Floor((high / step) + 1e-9));
        return [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)
            .Select(at => new AxisTick(at, Label(at, step, decimals)))];
    }

    private static string Label(double at, double step, int decimals)
    {
        if (Math.Abs(at) < step / 2) return "0";
        return Math.Abs(at) >= 1e6 ? Numbers.Scientific(at) : Numbers.Fixed(at, decimals).Replace('-', '−');
    }
}
