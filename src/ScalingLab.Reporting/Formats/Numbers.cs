using System.Globalization;

namespace ScalingLab.Reporting.Formats;

/// <summary>Numbers as a reader meets them in tables and labels; invariant culture.</summary>
internal static class Numbers
{
    private const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    /// <summary>2.5×10¹¹, 10¹²; up to <paramref name="digits"/> significant digits, trailing zeros dropped.</summary>
    public static string Scientific(double value, int digits = 3)
    {
        if (!double.IsFinite(value)) return "";
        if (value == 0) return "0";
        var text =
            value.ToString("E" + (digits - 1).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var (mantissa, exponent) = (text[..text.IndexOf('E', StringComparison.Ordinal)], Exponent(text));
        if (mantissa.Contains('.', StringComparison.Ordinal)) mantissa = mantissa.TrimEnd('0').TrimEnd('.');
        var power = $"10{Superscript(exponent)}";
        return mantissa == "1" ? power : $"{mantissa}×{power}";
    }

    /// <summary>The number in raised digits.</summary>
    public static string Superscript(int number) =>
        (number < 0 ? "⁻" : "")
        + string.Concat(Math.Abs(number).ToString(CultureInfo.InvariantCulture).Select(c => Superscripts[c - '0']));

    /// <summary>15.8k, 3.14M, 1.2B: counts of parameters and tokens, three significant digits.</summary>
    public static string Count(double value) => value switch
    {
        < 1e3 => Significant(value, 3),
        < 999_500 => $"{Significant(value / 1e3, 3)}k",
        < 999_500_000 => $"{Significant(value / 1e6, 3)}M",
        < 999_500_000_000 => $"{Significant(value / 1e9, 3)}B",
        _ => Scientific(value),
    };

    /// <summary>500, 2k, 0.5M: round counts as ticks say them.</summary>
    public static string RoundCount(double value) => value switch
    {
        < 1e3 => Plain(value),
        < 1e6 => $"{Plain(value / 1e3)}k",
        < 1e9 => $"{Plain(value / 1e6)}M",
        < 1e12 => $"{Plain(value / 1e9)}B",
        _ => Scientific(value),
    };

    /// <summary>0.125, 4.5, 12: without zeros at the end, never an exponent.</summary>
    public static string Plain(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>A loss, nats/token: four decimals.</summary>
    public static string Loss(double value) => value.ToString("F4", CultureInfo.InvariantCulture);

    /// <summary>An exponent or a share: three decimals.</summary>
    public static string Fixed(double value, int decimals = 3) =>
        value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>
    /// Plain decimals with so many significant digits, never an exponent for values from 0.0001 to 10^6.
    /// </summary>
    public static string Significant(double value, int digits)
    {
        if (!double.IsFinite(value)) return "";
        if (value == 0) return "0";
        var magnitude = Math.Abs(value);
        if (magnitude is < 1e-4 or >= 1e6) return Scientific(value, digits);
        // The exponent after rounding: 0.9996 to three digits is 1.00.
        var rounded =
            magnitude.ToString("E" + (digits - 1).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var decimals = Math.Clamp(digits - 1 - Exponent(rounded), 0, 15);
        return value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    private static int Exponent(string scientific) =>
        int.Parse(scientific[(scientific.IndexOf('E', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture);

    /// <summary>Seconds as a person says them: 42 s, 3 min 20 s, 2 h 5 min.</summary>
    public static string Seconds(double seconds) => seconds switch
    {
        < 99.5 => $"{Significant(seconds, seconds < 9.95 ? 2 : 3)} s".Replace(".0 s", " s", StringComparison.Ordinal),
        < 3600 => $"{(int)(seconds / 60)} min {(int)(seconds % 60)} s",
        _ => $"{(int)(seconds / 3600)} h {(int)(seconds % 3600 / 60)} min",
    };

    /// <summary>The value with six significant digits: enough to draw, and figures stay small.</summary>
    public static double Drawn(double value) =>
        double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
