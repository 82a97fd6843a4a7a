using System.Globalization;
using ScalingLab.Store;

namespace ScalingLab.Lab.Monitoring;

/// <summary>How a sweep is to be carried out, in words.</summary>
public static class ScheduleFormat
{
    /// <summary>
    /// What stands against its running at any time on anything, and its priority; nothing where it just runs.
    /// </summary>
    public static IEnumerable<string> Describe(SweepStatus sweep, DateTimeOffset now)
    {
        if (sweep.Paused) yield return "paused";
        if (sweep.YieldedUntil > now) yield return $"yielded {YieldEnd(sweep.YieldedUntil.Value)}";
        if (sweep.Priority != 0) yield return string.Create(CultureInfo.InvariantCulture, $"priority {sweep.Priority}");
        if (sweep.Window is { } window) yield return $"window {window}";
        if (sweep.Deadline is { } deadline)
            yield return $"by {LocalTime(deadline)}{(deadline <= now ? " (past)" : "")}";
        if (sweep.Device is { } device) yield return $"on {device}";
    }

    /// <summary>The end of a yield.</summary>
    public static string YieldEnd(DateTimeOffset until) =>
        until == Ledger.UntilResumed ? "until 'lab resume'" : $"until {LocalTime(until)}";

    /// <summary>An instant by this machine's clock: the time of day alone where it comes within a day.</summary>
    public static string ShortTime(DateTimeOffset instant, DateTimeOffset now) => instant - now < TimeSpan.FromHours(20)
        ? TimeZoneInfo.ConvertTime(instant, TimeZoneInfo.Local).ToString("HH:mm", CultureInfo.InvariantCulture)
            : LocalTime(instant);

    /// <summary>An instant by this machine's clock, with its offset.</summary>
    public static string LocalTime(DateTimeOffset instant) =>
        TimeZoneInfo.ConvertTime(instant, TimeZoneInfo.Local)
        .ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture);
}
