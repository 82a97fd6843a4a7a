using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Forecasts;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Planning;

/// <summary>What a ledger knows of how long runs take.</summary>
/// <param name="Done">Completed runs: they will not be run again.</param>
/// <param name="Speeds">How fast attempts went, and what runs took beside.</param>
/// <param name="Engine">The engine that trains what is left; null where it is not known.</param>
public sealed record TimeBasis(IReadOnlySet<RunId> Done, IReadOnlyList<MeasuredSpeed> Speeds,
    TensorEngine? Engine = null)
{
    /// <summary>Nothing is known.</summary>
    public static TimeBasis None { get; } = new(new HashSet<RunId>(), []);

    /// <summary>
    /// What a ledger knows; nothing where there is none. Of a workload that the engine has trained, only what it took
    /// with that engine.
    /// </summary>
    public static TimeBasis Read(Ledger? ledger, TensorEngine? engine = null) => ledger is null ? None
        : new TimeBasis(ledger.Completed(), ledger.Speeds(byEngine: engine is not null), engine).ForEngine();

    /// <summary>Attempts that are not known to be by the engine; 0 where no engine is.</summary>
    public int OtherEngineAttempts => Engine is null ? 0 : Speeds.Where(s => !IsByEngine(s)).Sum(s => s.Attempts);

    private TimeBasis ForEngine() => Engine is null ? this : this with
    {
        Speeds =
            [.. Speeds.GroupBy(s => (s.DeviceClass, s.Workload))
                .SelectMany(kin => kin.Any(IsByEngine) ? kin.Where(IsByEngine) : kin)],
    };

    private bool IsByEngine(MeasuredSpeed speed) => Engine is { } engine && speed.Engine == EnumNames.ToName(engine);
}

/// <summary>
/// How long a sweep will take, by the simulation of the queue that <c>lab status</c> tells ends by. Nothing measured,
/// nothing claimed.
/// </summary>
/// <param name="Wall">Wall time of what is left to run; null where no speed was measured.</param>
/// <param name="BasisRuns">Attempts whose speed the estimate rests on.</param>
/// <param name="RunsFinished">Runs of this sweep that are finished and will not be run again.</param>
public sealed record TimeEstimate(TimeSpan? Wall, int BasisRuns, int RunsFinished)
{
    /// <summary>Nothing is known of how long anything takes.</summary>
    public static TimeEstimate Unknown { get; } = new(null, 0, 0);

    /// <summary>Why the time is not known, where it is not.</summary>
    public string WhyUnknown { get; init; } = new SweepEnd(null, UnknownEnd.NoSpeed).Description!;

    /// <summary>Those of them that are not known to be by the engine that is to train.</summary>
    public int BasisOthers { get; init; }

    /// <summary>
    /// The shortest run that is left, at the greatest FLOP/s ever measured and with nothing beside; null where none
    /// was.
    /// </summary>
    public TimeSpan? Shortest { get; init; }

    /// <summary>
    /// The time for which what is left to run holds a device, all runs added up; null where no speed was measured.
    /// </summary>
    public TimeSpan? DeviceTime { get; init; }

    /// <summary>
    /// The runs that are left, on so many slots of their own, in the order in which a node starts them: each at the
    /// speed of its workload or of the kin
    /// nearest in FLOPs a token, with what such runs took beside their steps. A trunk that runs share is trained once.
    /// </summary>
    /// <param name="sweep">The runs.</param>
    /// <param name="basis">What is known.</param>
    /// <param name="slots">Workers at a time.</param>
    /// <param name="gpus">Devices that a run has together, each with a slot; speeds are taken to be those on as
    /// many.</param>
    public static TimeEstimate For(Sweep sweep, TimeBasis basis, int slots, int gpus = 1)
    {
        var left = basis.Done.Count == 0 ? sweep.Cells : [.. sweep.Cells.Where(c => !basis.Done.Contains(c.Spec.Id))];
        var (attempts, finished) = (basis.Speeds.Sum(s => s.Attempts), sweep.Cells.Count - left.Count);
        if (left.Count == 0) return new TimeEstimate(TimeSpan.Zero, attempts, finished);
        if (attempts == 0) return new TimeEstimate(null, 0, finished);

        var now = DateTimeOffset.UnixEpoch; // any will do
        var foreseen = QueueForecast.Alone(now, Queued(sweep.Name, left, gpus), basis.Speeds, slots);
        if (QueueForecast.EndOf(foreseen).Description is { } why)
            return new TimeEstimate(null, attempts, finished) { WhyUnknown = why };
        return new TimeEstimate(foreseen.Max(f => f.Ends)!.Value - now, attempts, finished)
        {
            BasisOthers = basis.OtherEngineAttempts,
            DeviceTime =
                TimeSpan.FromSeconds(Math.Min(gpus, slots)
                    * foreseen.Sum(f => (f.Ends - f.Begins)!.Value.TotalSeconds)),
            Shortest = TimeSpan.FromSeconds(left.Min(c => c.Spec.Flops) / basis.Speeds.Max(s => s.FlopsPerSecond)),
        };
    }

    private static List<QueuedRun> Queued(string sweep, IReadOnlyList<SweepCell> cells, int gpus)
    {
        var kins = new Dictionary<(ModelShape, int, Precision, OptimizerKind),
            string>(); // a hundred thousand runs are of few kins
        return [.. cells.Select((cell, i) =>
        {
            var (spec, recipe) = (cell.Spec, cell.Spec.Recipe);
            var key = (spec.Shape, recipe.BatchSequences, recipe.Precision, recipe.Optimizer);
            if (!kins.TryGetValue(key, out var kin)) kins[key] = kin = WorkloadKey.For(spec);
            return new QueuedRun
            {
                Run = new RunId(FormattableString.Invariant($"{i}")), Sweep = sweep, Position = i, Model = cell.Model,
                    Flops = spec.Flops, Steps = spec.Steps,
                Tokens = spec.Tokens, Workload = kin, State = RunState.Pending, Trunk = Trunk.KeyOf(spec),
                    TrunkSteps = Trunk.StepsOf(spec),
                Gpus = gpus,
            };
        })];
    }
}
