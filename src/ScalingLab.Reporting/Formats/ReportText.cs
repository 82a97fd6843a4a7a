using System.Globalization;
using ScalingLab.Fitting.Numerics;

namespace ScalingLab.Reporting.Formats;

/// <summary>Numbers of fits as the report sets them.</summary>
internal static class ReportText
{
    /// <summary>0.513 (0.480 to 0.550).</summary>
    public static string With(double value, IReadOnlyDictionary<string, Interval>? intervals, string key) =>
        Numbers.Fixed(value) + (intervals?.GetValueOrDefault(key) is { } i ? $" ({Span(i)})" : " (no interval)");

    /// <summary>0.480 to 0.550.</summary>
    public static string Span(Interval? interval) =>
        interval is null ? "" : $"{Numbers.Fixed(interval.Low)} to {Numbers.Fixed(interval.High)}";

    /// <summary>3.0712 to 3.1014 nats/token.</summary>
    public static string Loss(Interval interval) => $"{Numbers.Loss(interval.Low)} to {Numbers.Loss(interval.High)}";

    /// <summary>33.2k (29.3k to 41.6k).</summary>
    public static string Count(double? value, Interval? interval) => value is not { } v ? ""
        : Numbers.Count(v)
        + (interval is null ? "" : $" ({Numbers.Count(interval.Low)} to {Numbers.Count(interval.High)})");

    /// <summary>An exponent, or nothing.</summary>
    public static string Exponent(double? value) => value is { } v ? Numbers.Fixed(v) : "";

    /// <summary>A share as per cent, or nothing.</summary>
    public static string Percent(double? share) => share is { } s ? $"{Numbers.Significant(100 * s, 2)} %" : "";

    /// <summary>+0.012, -0.012.</summary>
    public static string Signed(double value) => (value < 0 ? "" : "+") + Numbers.Fixed(value);

    public static string Number(double? value) => value is { } v ? Numbers.Significant(v, 4) : "";

    public static string Number(Interval? interval) =>
        interval is null ? "" : $"{Number(interval.Low)} to {Number(interval.High)}";

    public static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>"1 run", "3 runs".</summary>
    public static string Plural(int count, string noun) => $"{Whole(count)} {noun}{(count == 1 ? "" : "s")}";
}
