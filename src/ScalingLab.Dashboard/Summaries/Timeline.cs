using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Forecasts;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Dashboard.Summaries;

/// <summary>What ran where, what runs, and what is thought to run next.</summary>
/// <param name="From">The earliest moment that is shown.</param>
/// <param name="Now">The ledger's time.</param>
/// <param name="Until">The latest moment that is shown.</param>
/// <param name="Lanes">The slots, by node and device.</param>
/// <param name="Bars">Attempts and what is thought to follow them, by when they begin.</param>
/// <param name="Waiting">Runs that wait, shown or not.</param>
/// <param name="More">
/// Bars of these hours that are not among them, because they are too many: the earliest that ended, the last that would
/// begin.
/// </param>
internal sealed record Timeline(
    DateTimeOffset From, DateTimeOffset Now, DateTimeOffset Until, IReadOnlyList<TimelineLane> Lanes,
        IReadOnlyList<TimelineBar> Bars, int Waiting, int More)
{
    /// <summary>Most bars.</summary>
    public const int MaxBars = 500;

    /// <summary>Lays out attempts and forecast in so many hours before and after now.</summary>
    /// <param name="now">The ledger's time.</param>
    /// <param name="hours">How far back, and how far ahead.</param>
    /// <param name="recent">The attempts of these hours.</param>
    /// <param name="forecast">The queue, simulated.</param>
    /// <param name="nodes">Whose slots are shown though nothing runs there.</param>
    /// <param name="find">What runs are, of all that are asked for at once; those that are no more are absent.</param>
    public static Timeline Build(
        DateTimeOffset now, TimeSpan hours, RecentAttempts recent, QueueForecast forecast,
        IReadOnlyList<NodeStatus> nodes,
        Func<IReadOnlyList<RunId>, IReadOnlyDictionary<RunId, (string Sweep, SweepCell Cell)>> find)
    {
        var (from, until, attempts) = (now - hours, now + hours, recent.Latest);
        var slots = new Slots(nodes.Where(n => n.LeaseUntil > now));
        var past = attempts.OrderBy(a => a.Attempt.Began)
            .SelectMany(a => slots.Place(Bar(a, now, forecast), a.Attempt.Node, a.Attempt.Device)).ToList();
        var begun = attempts.Where(a => a.Attempt.Ended is null || HasEndedSince(forecast.Now, a.Attempt))
            .Select(a => a.Attempt.Run).ToHashSet();
        var next = forecast.Runs.Values.Where(f => f is { Begins: not null, Ends: not null, Node: not null }
            && f.Begins < until)
            .Where(f => !begun.Contains(f.Run)).OrderBy(f => f.Begins).ToList();
        var soon = next.Take(MaxBars - attempts.Count).ToList();
        var found = find([.. soon.Select(f => f.Run)]);
        var foreseen = soon.Where(f => found.ContainsKey(f.Run)).ToList();
        var shown = foreseen.SelectMany(f => slots.PlacePredicted(Bar(f, found[f.Run]), now, f.Node!, f.Device))
            .ToList();
        return new Timeline(
            from, now, until, slots.Lanes, [.. past.Concat(shown).OrderBy(b => b.Began)],
            forecast.Runs.Keys.Count(run => !begun.Contains(run)),
            recent.InAll - attempts.Count + next.Count - foreseen.Count);
    }

    private static TimelineBar Bar(TimedAttempt of, DateTimeOffset now, QueueForecast forecast)
    {
        var attempt = of.Attempt;
        var ends = attempt.Ended is null ? SweepLine.ToWholeSeconds(forecast.Runs.GetValueOrDefault(attempt.Run)?.Ends)
            : null;
        return new TimelineBar
        {
            Sweep = of.Sweep, Run = attempt.Run.Value, Label = of.Cell.Title, Attempt = attempt.Number,
                Began = attempt.Began,
            Ended = attempt.Ended ?? (ends > now ? ends.Value : now), Predicted = ends > now,
            State = attempt.Outcome switch
            {
                null => BarState.Running,
                RunEvent.Finished => BarState.Completed,
                RunEvent.FailedForGood or RunEvent.AttemptsUsedUp => BarState.Failed,
                RunEvent.AttemptLost => BarState.Lost,
                RunEvent.Cancelled => BarState.Cancelled,
                _ => BarState.Yielded,
            },
        };
    }

    private static TimelineBar Bar(PredictedRun foreseen, (string Sweep, SweepCell Cell) of) => new()
    {
        Sweep = of.Sweep, Run = foreseen.Run.Value, Label = of.Cell.Title, Began = foreseen.Begins!.Value,
        Ended = foreseen.Ends!.Value, Predicted = true, State = BarState.Waiting,
    };

    // The queue was simulated some seconds ago, or longer: short runs have begun and ended since.
    private static bool HasEndedSince(DateTimeOffset played, AttemptRecord attempt) => attempt.Ended > played
        && attempt.Outcome is RunEvent.Finished or RunEvent.FailedForGood or RunEvent.AttemptsUsedUp
            or RunEvent.Cancelled;

    /// <summary>Gives each bar the first slot of its device that is free when it begins.</summary>
    private sealed class Slots
    {
        // One ends, the next begins: nobody waits for the look between.
        private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

        private readonly SortedDictionary<(string Node, string Device), List<DateTimeOffset>> _free = [];

        public Slots(IEnumerable<NodeStatus> nodes)
        {
            foreach (var node in nodes.Select(n => n.Node))
            {
                foreach (var device in node.Devices.Where(d => d.Slots <= MaxBars))
                    _free[(node.Name, device.Name)] = [.. Enumerable.Repeat(DateTimeOffset.MinValue, device.Slots)];
            }
        }

        public IReadOnlyList<TimelineLane> Lanes =>
            [.. _free.SelectMany(d =>
                d.Value.Select((_, slot) => new TimelineLane(Key(d.Key, slot), d.Key.Node, d.Key.Device, slot)))];

        // A bar on each device that it had.
        public IEnumerable<TimelineBar> Place(TimelineBar bar, string node, string? devices) =>
            NodeDevice.Split(devices ?? "").Select(device => PlaceOn(bar, node, device));

        private TimelineBar PlaceOn(TimelineBar bar, string node, string device)
        {
            if (!_free.TryGetValue((node, device), out var free)) _free[(node, device)] = free = [];
            var slot = free.FindIndex(f => f <= bar.Began + Slack);
            if (slot < 0) (slot, free) = (free.Count, [.. free, default]);
            free[slot] = bar.Ended;
            _free[(node, device)] = free;
            return bar with { Lane = Key((node, device), slot) };
        }

        /// <summary>
        /// The same for what has not begun: not before now, and where no slot of a device is free by then when the
        /// first of them is. What was predicted a while ago is behind what has happened since.
        /// </summary>
        public IEnumerable<TimelineBar> PlacePredicted(TimelineBar bar, DateTimeOffset now, string node,
            string? devices)
        {
            var begins = bar.Began > now ? bar.Began : now;
            foreach (var device in NodeDevice.Split(devices ?? ""))
            {
                var free = _free.GetValueOrDefault((node, device)) ?? [];
                if (free.Count > 0 && free.Min() > begins + Slack) begins = free.Min();
            }
            return Place(bar with { Began = begins, Ended = bar.Ended + (begins - bar.Began) }, node, devices);
        }

        private static string Key((string Node, string Device) device, int slot) =>
            FormattableString.Invariant($"{device.Node}/{device.Device}/{slot}");
    }
}

/// <summary>Attempts that run, or ended within some hours.</summary>
/// <param name="Latest">Those that were read, the latest first.</param>
/// <param name="InAll">How many there are, with those that were not read.</param>
internal sealed record RecentAttempts(IReadOnlyList<TimedAttempt> Latest, int InAll);

/// <summary>A slot of a device.</summary>
/// <param name="Key">Names it among the lanes.</param>
/// <param name="Node">The node.</param>
/// <param name="Device">The device there; empty where it is not known.</param>
/// <param name="Slot">Which slot of the device, from 0.</param>
internal sealed record TimelineLane(string Key, string Node, string Device, int Slot);

/// <summary>What an attempt is, or came to.</summary>
internal enum BarState
{
    /// <summary>It runs.</summary>
    Running,

    /// <summary>It brought the result.</summary>
    Completed,

    /// <summary>It was lost, and the run is tried again.</summary>
    Lost,

    /// <summary>It failed, and with it the run.</summary>
    Failed,

    /// <summary>It stopped because it was asked to.</summary>
    Yielded,

    /// <summary>A person cancelled the run.</summary>
    Cancelled,

    /// <summary>It has not begun.</summary>
    Waiting,
}

/// <summary>A stretch of time for which a run holds a slot.</summary>
internal sealed record TimelineBar
{
    /// <summary>The lane.</summary>
    public string Lane { get; init; } = "";

    /// <summary>A sweep that has the run.</summary>
    public required string Sweep { get; init; }

    /// <summary>The run.</summary>
    public required string Run { get; init; }

    /// <summary>The run in words.</summary>
    public required string Label { get; init; }

    /// <summary>Which attempt, from 1; absent of what has not begun.</summary>
    public int? Attempt { get; init; }

    /// <summary>When it began, or is thought to.</summary>
    public required DateTimeOffset Began { get; init; }

    /// <summary>When it ended, or is thought to; now where it runs and nobody can tell.</summary>
    public required DateTimeOffset Ended { get; init; }

    /// <summary>What it is, or came to.</summary>
    public required BarState State { get; init; }

    /// <summary>Whether its end is predicted.</summary>
    public required bool Predicted { get; init; }
}
