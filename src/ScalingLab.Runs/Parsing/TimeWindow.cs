using System.Globalization;

namespace ScalingLab.Runs.Parsing;

/// <summary>
/// Hours in which runs may run, by the clock on a wall: <c>20:00-08:00</c>, <c>mon-fri 20:00-08:00 Europe/Berlin</c>,
/// several with commas (<c>mon-fri 20:00-08:00, sat,sun 00:00-24:00</c>). A window that crosses midnight belongs to the
/// day it opens on. The wall's clock decides, so a start in the hour that a spring night leaves out opens at the next
/// instant there is, and an hour that comes twice in autumn is open, or closed, both times.
/// </summary>
public sealed class TimeWindow
{
    private const int MinutesADay = 24 * 60;
    // a weekly window that falls into a night's lost hour waits two weeks
    private static readonly TimeSpan MaxWait = TimeSpan.FromDays(15);
    private static readonly string[] DayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]; // DayOfWeek's order

    private readonly IReadOnlyList<Span> _spans;

    private TimeWindow(IReadOnlyList<Span> spans) => _spans = spans;

    /// <summary>The window that is always closed.</summary>
    public static TimeWindow Never { get; } = new([]);

    /// <summary>
    /// One span: [Start, End) in minutes after midnight; End at most Start crosses midnight. Days by
    /// <see cref="DayOfWeek"/>.
    /// </summary>
    private sealed record Span(IReadOnlyList<bool> Days, int Start, int End, TimeZoneInfo Zone)
    {
        public bool Contains(DateTimeOffset instant)
        {
            var wall = TimeZoneInfo.ConvertTime(instant, Zone);
            var (day, minute) = ((int)wall.DayOfWeek, (wall.Hour * 60) + wall.Minute);
            if (Start < End) return Days[day] && minute >= Start && minute < End;
            return (Days[day] && minute >= Start) || (Days[(day + 6) % 7] && minute < End);
        }
    }

    /// <summary>Reads a window.</summary>
    /// <param name="text">As above.</param>
    /// <param name="zone">The time zone where the text names none; UTC unless given.</param>
    /// <param name="place">Where the text stands, for problems.</param>
    /// <exception cref="InputException">It is no window; every problem with it.</exception>
    public static TimeWindow Parse(string text, TimeZoneInfo? zone = null, string place = "window")
    {
        var problems = new List<Problem>();
        var spans = new List<Span>();
        var days = new List<string>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var words = part.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToList();
            if (words.Count == 1 && DaysOf(words[0]) is not null)
            {
                days.Add(words[0]); // "sat,sun 00:00-24:00": the hours follow
                continue;
            }

            if (words.Count > 1 && !words[0].Contains(':', StringComparison.Ordinal))
            {
                days.Add(words[0]);
                words.RemoveAt(0);
            }
            if (SpanOf(part, words, days, zone ?? TimeZoneInfo.Utc, place, problems) is { } span) spans.Add(span);
            days.Clear();
        }

        if (days.Count > 0)
            problems.Add(new(place, $"'{string.Join(',', days)}' has days but no hours; write e.g. 'sat,sun "
                + "00:00-24:00'"));
        return problems.Count > 0 ? throw new InputException(problems) : new TimeWindow(spans);
    }

    /// <summary>
    /// Reads a window in this machine's own time zone where the text names none. A window goes to other machines by its
    /// zone's name; a machine whose
    /// own zone has none says its times in UTC, where that is the same.
    /// </summary>
    /// <exception cref="InputException">It is no window, or this machine's zone has no name; every problem.</exception>
    public static TimeWindow ParseLocal(string text, string place)
    {
        if (TimeZoneInfo.TryFindSystemTimeZoneById(TimeZoneInfo.Local.Id, out _))
            return Parse(text, TimeZoneInfo.Local, place);
        return TimeZoneInfo.Local.HasSameRules(TimeZoneInfo.Utc) ? Parse(text, TimeZoneInfo.Utc, place)
            : throw new InputException(
            place, "this machine's time zone has no name: write one after the hours, e.g. 20:00-08:00 Europe/Berlin");
    }

    /// <summary>Whether runs may run at that instant.</summary>
    public bool Contains(DateTimeOffset instant) => _spans.Any(s => s.Contains(instant));

    /// <summary>
    /// The first instant from <paramref name="from"/> on at which it is open; null where it never is.
    /// </summary>
    public DateTimeOffset? NextOpening(DateTimeOffset from) => First(from, open: true);

    /// <summary>
    /// The first instant from <paramref name="from"/> on at which it is closed; null where it never is.
    /// </summary>
    public DateTimeOffset? NextClosing(DateTimeOffset from) => First(from, open: false);

    /// <summary>How long it is open between two instants.</summary>
    public TimeSpan OpenBetween(DateTimeOffset from, DateTimeOffset to)
    {
        var open = TimeSpan.Zero;
        for (var at = NextOpening(from); at < to;)
        {
            var end = NextClosing(at.Value) is { } closes && closes < to ? closes : to;
            open += end - at.Value;
            at = NextOpening(end);
        }
        return open;
    }

    /// <summary>
    /// The instant by which it has been open for so long since <paramref name="from"/>; null where it never opens.
    /// </summary>
    public DateTimeOffset? After(DateTimeOffset from, TimeSpan open)
    {
        var left = open;
        for (var at = NextOpening(from); at is { } opens; at = NextOpening(at.Value))
        {
            if (NextClosing(opens) is not { } closes || closes - opens >= left) return opens + left;
            left -= closes - opens;
            at = closes;
        }

        return null;
    }

    /// <summary>
    /// The window in its own notation, time zones named: what another machine, in another zone, reads alike.
    /// </summary>
    public override string ToString() => string.Join(", ", _spans.Select(s => string.Join(
        ' ', new[]
        { FormatDays(s.Days), $"{FormatMinute(s.Start)}-{FormatMinute(s.End)}", s.Zone.Id }.Where(w => w.Length > 0))));

    // Whole minutes are enough: hours are given in minutes, and zones change at whole minutes since 1972. At most
    // 21,600 looks.
    private DateTimeOffset? First(DateTimeOffset from, bool open)
    {
        if (Contains(from) == open) return from;
        var minute = new DateTimeOffset(from.UtcTicks - (from.UtcTicks % TimeSpan.TicksPerMinute), TimeSpan.Zero);
        for (var at = minute.AddMinutes(1); at <= minute + MaxWait; at = at.AddMinutes(1))
        {
            if (Contains(at) == open) return at;
        }
        return null;
    }

    private static Span? SpanOf(
        string part, List<string> words, List<string> days, TimeZoneInfo zone, string place, List<Problem> problems)
    {
        var before = problems.Count;
        var chosen = new bool[7];
        foreach (var word in days)
        {
            if (DaysOf(word) is { } named)
                foreach (var day in named) chosen[day] = true;
            else
                problems.Add(new(place, $"'{word}' is no day; days are mon, tue, wed, thu, fri, sat, sun and spans of "
                    + "them such as mon-fri"));
        }
        if (days.Count == 0) Array.Fill(chosen, true);

        var clocks = words.Count > 0 ? words[0].Split('-') : [];
        var (start, end) = clocks.Length == 2 ? (MinuteOf(clocks[0]), MinuteOf(clocks[1])) : (null, null);
        if (start is null or MinutesADay || end is null)
            problems.Add(new(place, $"'{part}' is no window; write [days] HH:MM-HH:MM [time zone], e.g. 'mon-fri "
                + "20:00-08:00 Europe/Berlin'"));
        else if (start == end)
            problems.Add(new(place, $"'{part}' is empty; the whole day is 00:00-24:00"));
        if (words.Count > 1)
        {
            if (words.Count == 2 && TimeZoneInfo.TryFindSystemTimeZoneById(words[1], out var found)) zone = found;
            else problems.Add(new(place, $"'{string.Join(' ', words[1..])}' is no time zone known here; write e.g. "
                + "Europe/Berlin or UTC"));
        }
        return problems.Count > before ? null : new Span(chosen, start!.Value, end!.Value, zone);
    }

    private static IEnumerable<int>? DaysOf(string text)
    {
        var ends = text.Split('-').Select(w => Array.IndexOf(DayNames, w.ToLowerInvariant())).ToList();
        if (ends.Count > 2 || ends.Contains(-1)) return null;
        var length = ((ends[^1] - ends[0] + 7) % 7) + 1; // fri-mon goes over the end of the week
        return Enumerable.Range(ends[0], length).Select(d => d % 7);
    }

    private static int? MinuteOf(string text)
    {
        if (text == "24:00") return MinutesADay;
        return TimeOnly.TryParseExact(text, ["HH:mm", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None,
            out var time)
            ? (time.Hour * 60) + time.Minute
            : null;
    }

    private static string FormatDays(IReadOnlyList<bool> days) => days.All(d => d)
        ? ""
        : string.Join(',', Enumerable.Range(1, 7).Select(d => d % 7).Where(d => days[d]).Select(d => DayNames[d]));

    private static string FormatMinute(int minute) =>
        string.Create(CultureInfo.InvariantCulture, $"{minute / 60:00}:{minute % 60:00}");
}
