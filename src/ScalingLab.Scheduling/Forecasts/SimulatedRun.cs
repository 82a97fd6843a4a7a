using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Forecasts;

internal sealed class SimulatedRun(QueuedRun row)
{
    private DateTimeOffset _heldSince;
    private long _from; // steps when it was begun, or taken over from the present
    private double? _secondsPerStep;

    /// <summary>The ledger's row as it would be.</summary>
    public QueuedRun Row { get; set; } = row;

    /// <summary>When it first began; null before.</summary>
    public DateTimeOffset? Began { get; set; }

    /// <summary>When it ends or ended; null while that is not known.</summary>
    public DateTimeOffset? EndsAt { get; private set; }

    /// <summary>Where it runs or ran last.</summary>
    public SimulatedNode? Node { get; private set; }

    /// <summary>The device there.</summary>
    public string? Device { get; private set; }

    /// <summary>Whether it has ended.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether it could be started.</summary>
    public bool IsWaiting => !IsOver && Row.State == RunState.Pending;

    /// <summary>Begins to hold a device.</summary>
    /// <param name="node">Its node.</param>
    /// <param name="device">The device.</param>
    /// <param name="now">When.</param>
    /// <param name="from">Steps that are done.</param>
    /// <param name="wholeSeconds">How long the whole run takes there; null where nobody knows.</param>
    /// <param name="past">Time that it has already been at it since those steps.</param>
    public void Hold(SimulatedNode node, string device, DateTimeOffset now, long from, double? wholeSeconds,
        TimeSpan past)
    {
        (Node, Device, _heldSince, _from) = (node, device, now - past, from);
        Began ??= now;
        _secondsPerStep = wholeSeconds / Math.Max(1, Row.Steps);
        var ends = At(Math.Max(from, Row.Steps));
        EndsAt = ends > now ? ends : _secondsPerStep is null ? null : now;
    }

    /// <summary>When it will be at that step; null where nobody knows.</summary>
    public DateTimeOffset? At(long step) => _secondsPerStep is { } pace
        ? _heldSince + TimeSpan.FromSeconds(Math.Max(0, step - _from) * pace) : null;

    /// <summary>Its row learns how far it is.</summary>
    public void Advance(DateTimeOffset now)
    {
        if (_secondsPerStep is not { } pace) return;
        var done = pace > 0
            ? _from + (long)Math.Min(Row.Steps - _from, Math.Floor(((now - _heldSince).TotalSeconds / pace) + 1e-6))
            : Row.Steps;
        if (done > Row.Checkpoint) Row = Row with { Checkpoint = done };
    }

    /// <summary>Stops with a checkpoint, and waits.</summary>
    public void Release(DateTimeOffset now)
    {
        Advance(now);
        Row = Row with { State = RunState.Pending };
        (Node, Device, EndsAt) = (null, null, null);
    }

    /// <summary>It has ended.</summary>
    public void End() => IsOver = true;
}

internal sealed class SimulatedNode(ForecastNode of)
{
    private readonly int _slots = of.View.Devices.Sum(d => d.Slots);
    private int _first;
    private List<RunView> _line = [];

    public ForecastNode Node => of;

    /// <summary>What runs there.</summary>
    public List<SimulatedRun> Running { get; } = [];

    /// <summary>Whether no slot is free: most nodes are full most of the time, and need no plan.</summary>
    public bool IsFull => Running.Count >= _slots;

    /// <summary>Runs that could start, in the order in which they do.</summary>
    public List<RunView> Line
    {
        set => (_line, _first) = (value, 0);
    }

    /// <summary>Whether none is left in it.</summary>
    public bool IsLineEmpty => _first >= _line.Count;

    /// <summary>Who is in the line and may go. Who is gone at its head is not looked at again.</summary>
    public IEnumerable<RunView> InLine(Predicate<RunView> isGone, Predicate<RunView> isBlocked)
    {
        while (_first < _line.Count && isGone(_line[_first])) _first++;
        for (var at = _first; at < _line.Count; at++)
        {
            if (!isGone(_line[at]) && !isBlocked(_line[at])) yield return _line[at];
        }
    }
}

/// <summary>The moments at which the passing of time alone changes who may run.</summary>
internal sealed class SimulatedEvents
{
    private readonly SortedSet<DateTimeOffset> _moments = [];
    private readonly SortedSet<DateTimeOffset> _branches = [];
    private readonly List<(TimeWindow Window, DateTimeOffset? Edge)> _windows = [];

    public SimulatedEvents(QueueView queue)
    {
        foreach (var node in queue.Nodes) Add([node.View.YieldedUntil, node.View.BackOffUntil]);
        Add(queue.Runs.SelectMany(r => new[] { r.NotBefore, r.YieldedUntil, r.Deadline }));

        // Of those that nobody holds any more: another takes them then.
        var nodes = queue.Nodes.Select(n => n.Name).ToHashSet();
        Add(queue.Runs.Where(r => r.State == RunState.Running && !nodes.Contains(r.Node ?? ""))
            .Select(r => r.LeaseUntil));
        var sees = queue.Nodes.Count > 0 ? queue.Nodes[0].Sees : null;
        foreach (var run in queue.Runs.Where(r => r.Window is not null).DistinctBy(r => r.Window))
        {
            if (sees?.Invoke(run).Window is { } window) _windows.Add((window, NextTransition(window, queue.Now)));
        }
    }

    private void Add(IEnumerable<DateTimeOffset?> moments) =>
        _moments.UnionWith(moments.OfType<DateTimeOffset>().Where(m => m != Ledger.UntilResumed));

    /// <summary>Moments at which a trunk is so far that a run can leave it.</summary>
    public void AddBranches(IEnumerable<DateTimeOffset?> moments) =>
        _branches.UnionWith(moments.OfType<DateTimeOffset>());

    /// <summary>The next of those; null where there is none.</summary>
    public DateTimeOffset? Branch(DateTimeOffset now)
    {
        while (_branches.Count > 0 && _branches.Min <= now) _branches.Remove(_branches.Min);
        return _branches.Count > 0 ? _branches.Min : null;
    }

    /// <summary>The next moment; null where there is none.</summary>
    public DateTimeOffset? After(DateTimeOffset now)
    {
        while (_moments.Count > 0 && _moments.Min <= now) _moments.Remove(_moments.Min);
        for (var i = 0; i < _windows.Count; i++)
        {
            if (_windows[i] is { Edge: { } edge, Window: var window } && edge <= now)
                _windows[i] = (window, NextTransition(window, now));
        }
        return _windows.Select(w => w.Edge).Append(_moments.Count > 0 ? _moments.Min : null).Min();
    }

    private static DateTimeOffset? NextTransition(TimeWindow window, DateTimeOffset now) => window.Contains(now)
        ? window.NextClosing(now) : window.NextOpening(now);
}
