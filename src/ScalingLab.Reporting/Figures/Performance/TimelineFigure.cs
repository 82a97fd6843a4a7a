using System.Globalization;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Figures.Performance;

/// <summary>Which slot of which device ran what when, and how each attempt ended (Gantt 1910).</summary>
internal static class TimelineFigure
{
    public const string Name = "timeline";

    public static readonly FigureKind Kind = new SweepFigureKind(
        Name, "which slot ran what when, and how it ended", "attempts.csv, which 'lab run' and 'lab serve' write")
    {
        TakesScale = false,
        Place = ReportPlace.Machine,
        Draw = source => Create(source.Sweep.Runs, source.Sweep.Attempts),
        Absence = _ => Absence,
    };

    /// <summary>Why there is none.</summary>
    private const string Absence = "no attempts.csv says when runs were tried; results written from a ledger have one";

    private const string Finished = "finished";
    private const string StillRunning = "still running";

    // Of more attempts each is narrower than a line: one mark for all of a kind, which a pointer cannot tell apart.
    private const int MostNamed = 1500;
    private const double Row = 17;

    private static readonly (string Word, string Colour)[] Ends =
    [
        (Finished, Colours.Blue), ("yielded", "#56b4e9"), ("interrupted", "#009e73"),
            ("out of memory", Colours.Vermilion), ("crashed", "#cc79a7"),
        ("lease expired", "#e69f00"), ("diverged", Colours.Ink), ("cancelled", Colours.Grey), (StillRunning, "#bbbbbb"),
    ];

    private static readonly (double Seconds, string Word, double Most)[] Units =
        [(1, "Seconds", 240), (60, "Minutes", 240), (3600, "Hours", 96), (86400, "Days", double.PositiveInfinity)];

    public static Figure? Create(IReadOnlyList<RunRow> runs, IReadOnlyList<AttemptRow> attempts)
    {
        if (attempts.Count == 0) return null;
        var known = runs.DistinctBy(r => r.RunId).ToDictionary(r => r.RunId);
        var (first, last) = (attempts.Min(a => a.Began), attempts.Max(a => a.Ended ?? a.Began));
        var unit = Units.First(u => (last - first).TotalSeconds <= u.Most * u.Seconds);
        double At(DateTimeOffset time) => (time - first).TotalSeconds / unit.Seconds;
        var slots = Slots(attempts, last);
        var end = Math.Max(At(last), 1e-3);
        var ends = attempts.Select(End).Distinct().OrderBy(Order).ToList();
        var boxes = slots.SelectMany((slot, i) => slot.Attempts.Select(a =>
            (Attempt: a, End: End(a), Reach: new ValueSpan(slots.Count - 1 - i, At(a.Began), At(a.Ended ?? last)))))
            .ToList();
        List<Mark> bars = attempts.Count > MostNamed
            ? [.. boxes.GroupBy(b => b.End)
                .Select(g => new Bars([.. g.Select(b => b.Reach)]) { Colour = Colour(g.Key), Series = [g.Key] })]
            : [.. boxes.Select(b => new Bars([b.Reach])
                { Colour = Colour(b.End), Series = [b.End], Item = b.Attempt.RunId, Facts = Facts(b.Attempt, known) })];
        return new Figure(Name, "Timeline of slots",
            "Which slot ran what when: a bar an attempt at a run, by how it ended. What is empty was idle, or at work "
                + "for another sweep.",
            [
                new Panel(
                    Axis.Linear("time", $"{unit.Word} since "
                        + $"{first.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC",
                        -0.01 * end,
                        1.01 * end, 8),
                    Axis.Names("slot", [.. slots.Select(s => s.Name)]),
                    bars)
                {
                    Width = 480, Height = Row * (slots.Count + 0.2),
                },
            ])
        {
            Below = new FigureLegend(null, [.. ends.Select(e => new LegendEntry(e, Colour(e)))])
                { Columns = Math.Min(ends.Count, 5) },
        };
    }

    // What one slot runs does not overlap: a device has as many slots as attempts at one time.
    private static List<(string Name, List<AttemptRow> Attempts)> Slots(IReadOnlyList<AttemptRow> attempts,
        DateTimeOffset last)
    {
        var nodes = attempts.Select(a => a.Node).Distinct().Count();
        List<(string Name, List<AttemptRow> Attempts)> all = [];
        foreach (var device in attempts.GroupBy(a => (a.Node, Device: a.Device ?? "device not recorded"))
            .OrderBy(g => g.Key.Node, StringComparer.Ordinal)
            .ThenBy(g => g.Key.Device.Length).ThenBy(g => g.Key.Device, StringComparer.Ordinal))
        {
            List<(DateTimeOffset Free, List<AttemptRow> Attempts)> slots = [];
            foreach (var attempt in device.OrderBy(a => a.Began).ThenBy(a => a.RunId, StringComparer.Ordinal))
            {
                var free = slots.FindIndex(s => s.Free <= attempt.Began);
                if (free < 0) slots.Add((attempt.Ended ?? last, [attempt]));
                else
                {
                    slots[free].Attempts.Add(attempt);
                    slots[free] = (attempt.Ended ?? last, slots[free].Attempts);
                }
            }

            var name = nodes > 1 ? $"{device.Key.Node} {device.Key.Device}" : device.Key.Device;
            all.AddRange(slots.Select((s, i) => (slots.Count > 1 ? $"{name}, slot "
                + $"{(i + 1).ToString(CultureInfo.InvariantCulture)}" : name, s.Attempts)));
        }

        return all;
    }

    /// <summary>How an attempt ended, in words.</summary>
    private static string End(AttemptRow attempt) => attempt.Outcome switch
    {
        null => StillRunning,
        RunEvent.Finished => Finished,
        RunEvent.Cancelled => "cancelled",
        RunEvent.Yielded => "yielded",
        _ => attempt.Failure is { } kind ? EnumNames.ToName(kind).Replace('-', ' ') : "lost",
    };

    private static int Order(string end) =>
        Array.FindIndex(Ends, e => e.Word == end) is var at && at < 0 ? Ends.Length : at;

    // Configuration, data, environment: the machine's or the grid's fault, and rare.
    private static string Colour(string end) => Ends.FirstOrDefault(e => e.Word == end).Colour ?? Colours.Yellow;

    private static IReadOnlyList<Fact> Facts(AttemptRow attempt, Dictionary<string, RunRow> known) =>
    [
        .. known.TryGetValue(attempt.RunId, out var run) ? RunFacts.For(run) : Fact.Known(("run", attempt.RunId)),
        .. Fact.Known(("attempt", attempt.Number.ToString(CultureInfo.InvariantCulture)), ("ended", End(attempt)),
            ("took", attempt.Ended is { } ended ? Numbers.Seconds((ended - attempt.Began).TotalSeconds) : null)),
    ];
}
