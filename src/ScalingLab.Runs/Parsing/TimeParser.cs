using System.Globalization;

namespace ScalingLab.Runs.Parsing;

/// <summary>
/// Moments and durations as people type them: <c>07:30</c>, <c>2026-11-24T07:30+01:00</c>, <c>90m</c>, <c>4h</c>.
/// </summary>
public static class TimeParser
{
    private static readonly string[] Local =
        ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss"];

    /// <summary>
    /// A time of day, which means the next such time after <paramref name="now"/>; a date and a time, with or without
    /// an offset from UTC. A time that a spring night leaves out means the next instant there is; one that comes twice
    /// the first of the two.
    /// </summary>
    /// <param name="text">What was typed.</param>
    /// <param name="now">The present.</param>
    /// <param name="zone">The zone of times without an offset.</param>
    /// <param name="place">Where the text stands, for problems.</param>
    /// <exception cref="InputException">It is neither, or it is over.</exception>
    public static DateTimeOffset ParseMoment(string text, DateTimeOffset now, TimeZoneInfo zone, string place)
    {
        if (TimeOnly.TryParseExact(text, ["HH:mm", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None,
            out var clock))
        {
            var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
            return Enumerable.Range(0, 3).Select(d => ToInstant(today.AddDays(d).ToDateTime(clock), zone))
                .First(i => i > now);
        }

        var moment =
            DateTime.TryParseExact(text, Local, CultureInfo.InvariantCulture, DateTimeStyles.None, out var wall)
            ? ToInstant(wall, zone)
            : DateTimeOffset.TryParseExact(
                text, ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK"], CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var whole)
                ? whole
                : throw new InputException(place, $"'{text}' is no time; write HH:MM, or yyyy-MM-ddTHH:MM with an "
                    + "offset such as Z or +01:00");
        return moment > now
            ? moment
            : throw new InputException(place, string.Create(
                CultureInfo.InvariantCulture,
                $"'{text}' is over: it is {TimeZoneInfo.ConvertTime(now, zone):yyyy-MM-dd HH:mm zzz} now"));
    }

    /// <summary>A duration: a number and s, m, h or d.</summary>
    /// <exception cref="InputException">It is none, or not more than nothing.</exception>
    public static TimeSpan ParseDuration(string text, string place)
    {
        var seconds = text.Length < 2 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 0 };
        return seconds > 0
            && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number > 0 && number * seconds <= TimeSpan.FromDays(3650).TotalSeconds
            ? TimeSpan.FromSeconds(number * seconds)
            : throw new InputException(place, $"'{text}' is no duration; write e.g. 90m, 4h or 2d");
    }

    private static DateTimeOffset ToInstant(DateTime wall, TimeZoneInfo zone)
    {
        if (zone.IsAmbiguousTime(wall)) return new DateTimeOffset(wall, zone.GetAmbiguousTimeOffsets(wall).Max());
        while (zone.IsInvalidTime(wall)) wall = wall.AddMinutes(1);
        return new DateTimeOffset(wall, zone.GetUtcOffset(wall));
    }
}
