using System.Globalization;
using ScalingLab.Fitting.Numerics;
using static System.FormattableString;

namespace ScalingLab.Lab.Formatting;

/// <summary>Numbers as people read them.</summary>
public static class Quantity
{
    private static readonly string[] Suffixes = ["", "k", "M", "G", "T"];

    /// <summary>Three digits and a thousand's letter: 39.4k, 1.23M; from 1e15 on as a power of ten.</summary>
    public static string Compact(double x)
    {
        var step = 0;
        var scaled = x;
        while (Math.Abs(scaled) >= 999.5 && step < Suffixes.Length)
        {
            scaled /= 1000;
            step++;
        }

        return step == Suffixes.Length ? Power(x) : Invariant($"{scaled:G3}{Suffixes[step]}");
    }

    /// <summary>
    /// A number as people write it: 2.5e9, or with a letter for its thousands, 124M, 2.5B; null where it is none.
    /// </summary>
    public static double? Parse(string text) =>
        (NumberParser.TryParsePlain(text, out var number) || NumberParser.TryParseCount(text, out number, out _))
        && double.IsFinite(number) ? number : null;

    /// <summary>A whole number, its thousands set apart: 32,768.</summary>
    public static string Whole(double x) => x.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>So many of something: 1 run, 2 runs, 12,000 rows.</summary>
    /// <param name="count">How many.</param>
    /// <param name="noun">One of them; several have an s more.</param>
    public static string Count(int count, string noun) => $"{Whole(count)} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>As a power of ten: 2.50e11.</summary>
    public static string Power(double x) => x.ToString("0.00e0", CultureInfo.InvariantCulture);

    /// <summary>Three digits, or nothing where there is no number.</summary>
    public static string Plain(double? x) => x is { } number ? RoundNumber.Text(number) : "";

    /// <summary>0.45 s, 45 s, 12 min 30 s, 3 h 20 min, 2 d 4 h.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 9.95 } => Invariant($"{time.TotalSeconds:G2} s"),
        { TotalSeconds: < 59.5 } => Invariant($"{time.TotalSeconds:F0} s"),
        { TotalMinutes: < 60 } => Invariant($"{(int)time.TotalMinutes} min {time.Seconds} s"),
        { TotalHours: < 24 } => Invariant($"{(int)time.TotalHours} h {time.Minutes} min"),
        _ => Invariant($"{(int)time.TotalDays} d {time.Hours} h"),
    };
}
