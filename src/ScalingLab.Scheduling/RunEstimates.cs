using System.Diagnostics;
using ScalingLab.Runs;
using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling;

/// <summary>
/// What runs will need: measured where runs of the same workload were, predicted where not. Keeps what it has worked
/// out.
/// </summary>
internal sealed class RunEstimates(Ledger ledger, NodeOptions options)
{
    private static readonly TimeSpan SpeedsInterval = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, RunSpec> _specs = []; // one of each kin
    private readonly List<string> _classes = [.. options.Devices.Select(d => d.Class).Distinct()];
    private readonly Dictionary<(string Sweep, string Workload, int OutOfMemoryAttempts),
        (IReadOnlyDictionary<string, RunNeeds> Needs, long CheckpointBytes)> _needs = [];
    private IReadOnlyList<MeasuredSpeed> _speeds = [];
    private long? _speedsRead;

    /// <summary>
    /// Begins a look at the queue: ten thousand runs are of few kins, and each kin of a sweep is worked out once a
    /// look.
    /// </summary>
    public void Begin()
    {
        _needs.Clear();
        if (_speedsRead is { } read && Stopwatch.GetElapsedTime(read) < SpeedsInterval) return;
        _speeds = ledger.Speeds();
        _speedsRead = Stopwatch.GetTimestamp();
    }

    /// <summary>What the run needs on each class of this node's devices, and the room for its checkpoints.</summary>
    public (IReadOnlyDictionary<string, RunNeeds> Needs, long CheckpointBytes) For(QueuedRun run)
    {
        var kin = (run.Sweep, run.Workload, run.OutOfMemoryAttempts);
        return _needs.TryGetValue(kin, out var known) ? known : _needs[kin] = Estimate(run);
    }

    private (IReadOnlyDictionary<string, RunNeeds> Needs, long CheckpointBytes) Estimate(QueuedRun run)
    {
        if (!_specs.TryGetValue(run.Workload, out var spec))
        {
            if (ledger.Spec(run.Run) is not { } found) return (new Dictionary<string, RunNeeds>(), 0);
            _specs[run.Workload] = spec = found;
        }
        var expected = options.ExpectedSettings(run);
        return (_classes.ToDictionary(c => c, c => Measured(_speeds, c, run, options.Name) with
            {
                PeakBytes =
                    Peak(run, spec,
                        ResolveMicroBatch(expected with { Gpus = DeviceCount(c, run) }, spec, Smallest(c),
                            run.OutOfMemoryAttempts)),
            }),
            CheckpointBytes(spec));
    }

    private int DeviceCount(string deviceClass, QueuedRun run) =>
        Dispatch.DeviceCount(run, [.. options.Devices.Where(d => d.Class == deviceClass)]);

    private NodeDevice Smallest(string deviceClass) =>
        options.Devices.Where(d => d.Class == deviceClass).MinBy(d => d.MemoryBytes)!;

    /// <summary>
    /// What was measured of runs of its workload, or of the nearest: memory with whatever micro-batch took most, speed,
    /// and what it takes beside.
    /// </summary>
    public static RunNeeds Measured(IReadOnlyList<MeasuredSpeed> speeds, string deviceClass, QueuedRun run,
        string node) => new(
        run.MeasuredPeaks.Where(p => p.DeviceClass == deviceClass).Max(p => (long?)p.Bytes),
            Speed(speeds, deviceClass, run, node))
    {
        OverheadSeconds = Overhead(speeds, deviceClass, run, node),
    };

    /// <summary>
    /// The settings on a device, micro-batch decided: an automatic one fills the budget or, without one, a slot's share
    /// of what predictions may take of the device. Each attempt that ran out of memory halves what went through at
    /// once, down to one sequence; the batch that the optimizer sees stays.
    /// </summary>
    public static WorkerSettings ResolveMicroBatch(WorkerSettings settings, RunSpec spec, NodeDevice device,
        int memoryLosses)
    {
        var on = settings with { Device = device.Class == "cuda" ? "cuda:0" : device.Name };
        var tokens = on.MicroBatchTokens;
        if (on.AutoMicroBatch)
            tokens =
                MicroBatch.LargestThatFits(spec, on, on.MemoryBytes
                    ?? (long?)(MemoryEstimate.MaxDeviceShare * device.MemoryBytes / device.Slots));
        if (memoryLosses > 0 || on.Gpus > 1)
            tokens = CappedMicroBatch(on with { MicroBatchTokens = tokens }, spec) >> Math.Min(memoryLosses, 30);
        return on with { AutoMicroBatch = false, MicroBatchTokens = Math.Max(spec.Shape.Context, tokens) };
    }

    /// <summary>Whether an attempt after one with that micro-batch has a smaller one.</summary>
    public static bool CanHalveMicroBatch(WorkerSettings settings, RunSpec spec) =>
        CappedMicroBatch(settings, spec) > spec.Shape.Context;

    // What is more than a GPU's whole share of the batch is that share.
    private static int CappedMicroBatch(WorkerSettings settings, RunSpec spec) =>
        (int)Math.Min(settings.MicroBatchTokens,
            (long)settings.MaxSequencesPerGpu(spec.Recipe.BatchSequences) * spec.Shape.Context);

    /// <summary>
    /// Speed of the run on that class, FLOPs a second, best of what is known: its kin's on this node, its kin's on any
    /// node, that of the kin nearest in FLOPs a token; null where nothing was measured on the class.
    /// </summary>
    public static double? Speed(IReadOnlyList<MeasuredSpeed> speeds, string deviceClass, QueuedRun run, string node)
    {
        var onClass = speeds.Where(s => s.DeviceClass == deviceClass).ToList();
        return Mean(onClass.Where(s => s.Workload == run.Workload && s.Node == node))
            ?? Mean(onClass.Where(s => s.Workload == run.Workload))
            ?? Mean(onClass.GroupBy(s => s.FlopsPerToken)
                .MinBy(g => Math.Abs(Math.Log(g.Key * run.Tokens / run.Flops)))?.AsEnumerable() ?? []);
    }

    /// <summary>
    /// What the run takes on that class beside its training steps, seconds, best of what is known in the same order; 0
    /// where nothing is.
    /// </summary>
    public static double Overhead(IReadOnlyList<MeasuredSpeed> speeds, string deviceClass, QueuedRun run, string node)
    {
        var known = speeds.Where(s => s.DeviceClass == deviceClass && s.OverheadSeconds is not null).ToList();
        return known.Where(s => s.Workload == run.Workload && s.Node == node).Average(s => s.OverheadSeconds)
            ?? known.Where(s => s.Workload == run.Workload).Average(s => s.OverheadSeconds)
            ?? known.MinBy(s => Math.Abs(Math.Log(s.FlopsPerToken * run.Tokens / run.Flops)))?.OverheadSeconds ?? 0;
    }

    /// <summary>Speed of the run wherever it may be started, on whatever class does it soonest.</summary>
    public static double? Speed(IReadOnlyList<MeasuredSpeed> speeds, QueuedRun run) => run.DeviceClass is { } only
        ? Speed(speeds, only, run, "")
        : speeds.Select(s => s.DeviceClass).Distinct().Max(c => Speed(speeds, c, run, ""));

    private static double? Mean(IEnumerable<MeasuredSpeed> speeds)
    {
        var (sum, count) =
            speeds.Aggregate((Sum: 0.0, Count: 0),
                (t, s) => (t.Sum + (s.FlopsPerSecond * s.Attempts), t.Count + s.Attempts));
        return count > 0 ? sum / count : null;
    }

    // An allocator's peak says nothing of the process's context on the GPU, which takes memory from all.
    private static long Peak(QueuedRun run, RunSpec spec, WorkerSettings settings)
    {
        var deviceClass = settings.Device.Split(':')[0];
        return run.PeakBytes(deviceClass, settings.MicroBatchTokens) is { } measured
            ? measured + (deviceClass == "cuda" ? MemoryEstimate.ContextBytes(settings.Gpus) : 0)
            : MemoryEstimate.For(spec, settings).Total;
    }

    // Weights and both moments in fp32; the next checkpoint is written whole beside the last two before one of those
    // goes. And room for logs.
    private static long CheckpointBytes(RunSpec spec) => (3 * 12 * ParameterCount.For(spec.Shape).Total) + (16 << 20);
}
