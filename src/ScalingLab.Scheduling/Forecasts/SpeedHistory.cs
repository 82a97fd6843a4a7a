using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Forecasts;

/// <summary>
/// What was known of speeds at a moment of the past: <see cref="Ledger.Speeds"/> as it would have answered then.
/// </summary>
public sealed class SpeedHistory
{
    private readonly Dictionary<(string Node, string DeviceClass, int? Threads, string Workload),
        (MeasuredSpeed Mean, int Overheads)> _known = [];

    /// <summary>What one finished attempt showed.</summary>
    public static MeasuredSpeed FromAttempt(AttemptRecord attempt, RunSpec spec)
    {
        var isWhole = attempt.Number == 1 && Trunk.KeyOf(spec) is null && attempt.Ended is not null;
        return new MeasuredSpeed(
            attempt.Node, NodeDevice.ClassOf(attempt.Device!), attempt.Threads, WorkloadKey.For(spec),
                attempt.FlopsPerSecond!.Value, 1,
            spec.FlopsPerToken)
        {
            OverheadSeconds = !isWhole ? null : Math.Max(
                0, (attempt.Ended! - attempt.Began).Value.TotalSeconds - (spec.Flops / attempt.FlopsPerSecond.Value)),
        };
    }

    /// <summary>Learns what one attempt showed.</summary>
    public void Add(MeasuredSpeed one)
    {
        var key = (one.Node, one.DeviceClass, one.Threads, one.Workload);
        var (mean, overheads) = _known.GetValueOrDefault(
            key, (one with { Attempts = 0, FlopsPerSecond = 0, OverheadSeconds = null }, 0));
        var attempts = mean.Attempts + 1;
        _known[key] = (mean with
        {
            Attempts = attempts,
            FlopsPerSecond = mean.FlopsPerSecond + ((one.FlopsPerSecond - mean.FlopsPerSecond) / attempts),
            OverheadSeconds = one.OverheadSeconds is { } beside
                ? (((mean.OverheadSeconds ?? 0) * overheads) + beside) / (overheads + 1) : mean.OverheadSeconds,
        }, one.OverheadSeconds is null ? overheads : overheads + 1);
    }

    /// <summary>
    /// How long the whole run takes on that class of devices of that node; null where nothing was known of the class.
    /// </summary>
    public double? Seconds(RunSpec spec, string node, string deviceClass)
    {
        var run = Queued(spec);
        return RunEstimates.Measured([.. _known.Values.Select(k => k.Mean)], deviceClass, run, node).Seconds(run);
    }

    /// <summary>
    /// How long the whole run takes on the class of devices that takes the shortest time, and its training steps alone;
    /// null where nothing was measured.
    /// </summary>
    public static (double Seconds, double TrainingSeconds)? Seconds(RunSpec spec, IReadOnlyList<MeasuredSpeed> speeds)
    {
        var run = Queued(spec);
        var best = speeds.Select(s => s.DeviceClass).Distinct()
            .Select(c => RunEstimates.Measured(speeds, c, run, "")).MinBy(needs => needs.Seconds(run));
        return best?.Seconds(run) is { } whole ? (whole, whole - best.OverheadSeconds) : null;
    }

    private static QueuedRun Queued(RunSpec spec) => new()
    {
        Run = default, Position = 0, Model = "", Flops = spec.Flops, Tokens = spec.Tokens, Steps = spec.Steps,
            Workload = WorkloadKey.For(spec),
        State = RunState.Pending,
    };
}
