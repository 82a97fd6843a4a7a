using System.Globalization;
using ScalingLab.Store;

namespace ScalingLab.Cli;

/// <summary>How a sweep is to be carried out, in words.</summary>
internal static class SweepWords
{
    /// <summary>What stands against its running at any time on anything, and its priority; nothing where it just runs.</summary>
    public static IEnumerable<string> Of(SweepStatus sweep, DateTimeOffset now)
    {
        if (sweep.Paused) yield return "paused";
        if (sweep.YieldedUntil > now) yield return $"yielded {Until(sweep.YieldedUntil.Value)}";
        if (sweep.Priority != 0) yield return string.Create(CultureInfo.InvariantCulture, $"priority {sweep.Priority}");
        if (sweep.Window is { } window) yield return $"window {window}";
        if (sweep.Deadline is { } deadline) yield return $"by {Local(deadline)}{(deadline <= now ? " (past)" : "")}";
        if (sweep.Device is { } device) yield return $"on {device}";
    }

    /// <summary>The end of a yield.</summary>
    public static string Until(DateTimeOffset until) => until == Ledger.UntilResumed ? "until 'lab resume'" : $"until {Local(until)}";

    /// <summary>An instant by this machine's clock: the time of day alone where it comes within a day.</summary>
    public static string Near(DateTimeOffset instant, DateTimeOffset now) => instant - now < TimeSpan.FromHours(20)
        ? TimeZoneInfo.ConvertTime(instant, TimeZoneInfo.Local).ToString("HH:mm", CultureInfo.InvariantCulture)
            : Local(instant);

    /// <summary>An instant by this machine's clock, with its offset.</summary>
    public static string Local(DateTimeOffset instant) =>
        TimeZoneInfo.ConvertTime(instant, TimeZoneInfo.Local).ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture);
}
