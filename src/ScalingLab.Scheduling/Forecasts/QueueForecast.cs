using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Scheduling.Slurm;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Forecasts;

/// <summary>When a sweep is predicted to end.</summary>
/// <param name="About">When its last run ends; null where that is not known, or all have ended.</param>
/// <param name="Why">Why it is not known; null where it is, or all have ended.</param>
/// <param name="Runs">Of how many runs that is so.</param>
public sealed record SweepEnd(DateTimeOffset? About, UnknownEnd? Why = null, int Runs = 0)
{
    /// <summary>Why it is not known, in a sentence; null where it is.</summary>
    public string? Description => Why switch
    {
        null => null,
        UnknownEnd.NoNode => "no node is there that runs it",
        UnknownEnd.NoDevice => "no node has a device of the class that it wants",
        UnknownEnd.NoSpeed => "no run has shown its speed yet",
        UnknownEnd.Paused => "it is paused",
        UnknownEnd.Yielded => "its devices were asked for until somebody resumes",
        UnknownEnd.Deadline => FormattableString.Invariant($"{Runs} of its runs cannot end by its deadline"),
        UnknownEnd.Cluster => "its runs wait in a cluster's queue",
        UnknownEnd.TooFar => FormattableString.Invariant($"it does not end within {Simulation.Horizon.TotalDays} days"),
        _ => throw new ArgumentOutOfRangeException(nameof(Why), Why, "a reason of no known kind"),
    };
}

/// <summary>
/// What becomes of a ledger's queue by itself: <see cref="Simulation"/> with what the ledger knows of runs, speeds and
/// nodes.
/// </summary>
/// <param name="Now">The ledger's time.</param>
/// <param name="Runs">Every run that has not ended.</param>
/// <param name="Sweeps">The end of every sweep that has such runs.</param>
public sealed record QueueForecast(
    DateTimeOffset Now, IReadOnlyDictionary<RunId, PredictedRun> Runs, IReadOnlyDictionary<string, SweepEnd> Sweeps)
{
    /// <summary>Whether an attempt is under way: what is predicted changes by itself then.</summary>
    public bool IsRunning { get; init; }

    /// <summary>That of an empty queue.</summary>
    public static QueueForecast None(DateTimeOffset now) =>
        new(now, new Dictionary<RunId, PredictedRun>(), new Dictionary<string, SweepEnd>());

    /// <summary>
    /// That of a queue that no node serves, of which nothing runs and nothing waits in a cluster: known without a look
    /// at its ten thousand runs, which <see cref="Runs"/> lacks.
    /// </summary>
    /// <param name="now">The ledger's time.</param>
    /// <param name="sweeps">Its sweeps.</param>
    public static QueueForecast Unserved(DateTimeOffset now, IEnumerable<SweepSummary> sweeps) => None(now) with
    {
        Sweeps = sweeps.Where(s => s.In(RunState.Pending) > 0).ToDictionary(s => s.Name, s => new SweepEnd(
            null,
            s.Paused ? UnknownEnd.Paused
                : s.YieldedUntil == Ledger.UntilResumed ? UnknownEnd.Yielded : UnknownEnd.NoNode,
            s.In(RunState.Pending))),
    };

    /// <summary>Reads the ledger and plays its queue forward.</summary>
    public static QueueForecast Read(Ledger ledger)
    {
        // Everything that a node would read; with a row for each sweep that has a run.
        var queue = ledger.Changes(-1);
        if (queue.Rows.Count == 0) return None(queue.Now);
        var windows = new WindowCache(_ => { }); // one that cannot be read is always shut, and nodes say so
        var runs = QueuedRun.Best(queue.Rows, queue.Now, text => windows.Find(text).Contains(queue.Now));
        var view = new QueueView(queue.Now, runs, Nodes(ledger, queue.Now, runs, windows))
        {
            StepsDone = runs.Any(r => r.State == RunState.Running) ? ledger.StepsDone() : new Dictionary<RunId, long>(),
            TrunksTrained = runs.Any(r => r.Trunk is not null) ? ledger.TrunksTrained()
                : new Dictionary<string, long>(),
        };
        var foreseen = Simulation.Run(view, new RetryPolicy()).ToDictionary(f => f.Run);
        return new QueueForecast(
            queue.Now, foreseen, queue.Rows.GroupBy(r => r.Sweep)
                .ToDictionary(g => g.Key, g => EndOf([.. g.Select(r => foreseen[r.Run])])))
        {
            IsRunning = runs.Any(r => r.State == RunState.Running),
        };
    }

    /// <summary>
    /// What becomes of runs that have so many slots for themselves, of the devices that take each the shortest time by
    /// what was measured.
    /// </summary>
    /// <param name="now">The present.</param>
    /// <param name="runs">The runs.</param>
    /// <param name="speeds">What was measured.</param>
    /// <param name="slots">Runs at a time.</param>
    public static IReadOnlyList<PredictedRun> Alone(
        DateTimeOffset now, IReadOnlyList<QueuedRun> runs, IReadOnlyList<MeasuredSpeed> speeds, int slots)
    {
        const string any = "any";
        var classes = speeds.Select(s => s.DeviceClass).Distinct().ToList();
        var needs = new Dictionary<string, IReadOnlyDictionary<string, RunNeeds>>();
        var node = new ForecastNode("", new NodeView([new NodeDevice(any, slots)]), run =>
        {
            if (!needs.TryGetValue(run.Workload, out var known))
            {
                var best = classes.Select(c => RunEstimates.Measured(speeds, c, run, "")).OrderBy(n => n.Seconds(run))
                    .FirstOrDefault();
                needs[run.Workload] = known = new Dictionary<string, RunNeeds>
                {
                    [any] = (best ?? new RunNeeds()) with { PeakBytes = null },
                };
            }
            return new RunView(run) { Needs = known };
        });
        return Simulation.Run(new QueueView(now, runs, [node]), new RetryPolicy());
    }

    /// <summary>When the last of those runs ends; where one's end is not known, why.</summary>
    public static SweepEnd EndOf(IReadOnlyCollection<PredictedRun> runs)
    {
        // A person can do something about a pause; that a speed is not known yet mends itself.
        var unknown = runs.Where(r => r.Why is not null).GroupBy(r => r.Why)
            .OrderByDescending(g => g.Key == UnknownEnd.Paused)
            .ThenByDescending(g => g.Count()).ThenBy(g => g.Key).FirstOrDefault();
        return unknown is null ? new SweepEnd(runs.Max(r => r.Ends)) : new SweepEnd(null, unknown.Key, unknown.Count());
    }

    private static List<ForecastNode> Nodes(Ledger ledger, DateTimeOffset now, IReadOnlyList<QueuedRun> runs,
        WindowCache windows)
    {
        var speeds = ledger.Speeds();
        var there = ledger.Nodes().Where(n => n.LeaseUntil > now).Select(n => new ForecastNode(
            n.Node.Name,
            new NodeView([.. n.Node.Devices.Where(d => d.Class != SlurmLauncher.Device)])
            {
                YieldedUntil = n.YieldedUntil > now ? n.YieldedUntil : null,
            },
            Seen(n.Node.Name, [.. n.Node.Devices.Select(d => d.Class).Distinct()], speeds, windows))
        {
            Serves = sweep => n.Node.Sweep is null || n.Node.Sweep == sweep,
        }).ToList();

        // What others hold goes on there, such as a cluster's jobs.
        var elsewhere = runs.Where(r => r is { State: RunState.Running, Node: not null } && r.LeaseUntil > now
            && !there.Exists(n => n.Name == r.Node));
        there.AddRange(elsewhere.GroupBy(r => r.Node!).ToList().Select(g => new ForecastNode(
            g.Key, new NodeView([]),
                Seen(g.Key, [.. g.Select(r => NodeDevice.ClassOf(r.Device ?? "cpu")).Distinct()], speeds, windows))
        {
            Serves = _ => false,
        }));
        return there;
    }

    /// <summary>Runs as a node sees them. Ten thousand are of few kins: what one needs is worked out once.</summary>
    private static Func<QueuedRun, RunView> Seen(string node, IReadOnlyList<string> classes,
        IReadOnlyList<MeasuredSpeed> speeds, WindowCache windows)
    {
        var needs = new Dictionary<string, IReadOnlyDictionary<string, RunNeeds>>();
        return run =>
        {
            if (!needs.TryGetValue(run.Workload, out var known))
                needs[run.Workload] = known =
                    classes.ToDictionary(c => c, c => RunEstimates.Measured(speeds, c, run, node));
            return new RunView(run)
            {
                Window = run.Window is { } text ? windows.Find(text) : null,
                Needs = known,
                Threads = run.Threads ?? 1,
            };
        };
    }
}
