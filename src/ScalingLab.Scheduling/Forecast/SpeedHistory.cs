using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Scheduling.Forecast;

/// <summary>
/// What was known of speeds at a moment of the past: <see cref="Ledger.Speeds"/> as it would have answered then.
/// </summary>
public sealed class SpeedHistory
{
    private readonly Dictionary<(string Node, string DeviceClass, int? Threads, string Kin),
        (MeasuredSpeed Mean, int Overheads)> _known = [];

    /// <summary>What one finished attempt showed.</summary>
    public static MeasuredSpeed Of(AttemptRecord attempt, RunSpec spec)
    {
        var isWhole = attempt.Number == 1 && Trunk.Of(spec) is null && attempt.Ended is not null;
        return new MeasuredSpeed(
            attempt.Node, NodeDevice.ClassOf(attempt.Device!), attempt.Threads, RunKin.Of(spec),
                attempt.FlopsPerSecond!.Value, 1,
            Compute.Of(spec.Shape).PerToken)
        {
            OverheadSeconds = !isWhole ? null : Math.Max(
                0, (attempt.Ended! - attempt.Began).Value.TotalSeconds - (spec.Flops / attempt.FlopsPerSecond.Value)),
        };
    }

    /// <summary>Learns what one attempt showed.</summary>
    public void Add(MeasuredSpeed one)
    {
        var key = (one.Node, one.DeviceClass, one.Threads, one.Kin);
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
        var run = new QueuedRun
        {
            Run = default, Position = 0, Model = "", Flops = spec.Flops, Tokens = spec.Tokens, Steps = spec.Steps,
                Kin = RunKin.Of(spec),
            State = RunState.Pending,
        };
        return RunForecast.Measured([.. _known.Values.Select(k => k.Mean)], deviceClass, run, node).Seconds(run);
    }
}
