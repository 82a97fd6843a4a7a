using ScalingLab.Runs;
using ScalingLab.Runs.Devices;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Performance;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Planning;

/// <summary>What finished runs of a ledger, imported ones too, took on one kind of device.</summary>
public sealed class DeviceSpeeds
{
    // Fewer say nothing of how far runs of one workload, or workloads, scatter.
    private const int LeastForSpread = 5;

    private readonly Dictionary<string, List<MeasuredRun>> _workloads;

    private DeviceSpeeds(IEnumerable<MeasuredRun> runs) =>
        _workloads = runs.GroupBy(run => WorkloadKey.For(run.Spec)).ToDictionary(g => g.Key, g => g.ToList());

    /// <summary>Nothing is known.</summary>
    public static DeviceSpeeds None { get; } = new([]);

    /// <summary>Runs that it rests on.</summary>
    public int Runs => _workloads.Values.Sum(runs => runs.Count);

    /// <summary>What a ledger knows of a GPU.</summary>
    public static DeviceSpeeds Read(Ledger? ledger, DeviceSheet device) => From(All(ledger), device);

    /// <summary>What a ledger knows of this processor.</summary>
    public static DeviceSpeeds Read(Ledger? ledger, ProcessorModel model) => On(model, All(ledger));

    /// <summary>What these runs say of the processor: those by the same engine, with as many threads.</summary>
    public static DeviceSpeeds On(ProcessorModel model, IEnumerable<MeasuredRun> runs)
    {
        var engine = EnumNames.ToName(model.Engine);
        return From(runs, result => result.Device == model.Device && result.Engine == engine);
    }

    /// <summary>What these runs say of the GPU; those on others and on several at once are passed over.</summary>
    public static DeviceSpeeds From(IEnumerable<MeasuredRun> runs, DeviceSheet device) =>
        From(runs, result => DeviceTable.Named(result.Device) == device);

    private static DeviceSpeeds From(IEnumerable<MeasuredRun> runs, Func<RunResult, bool> isThere) =>
        new(runs.Where(run => run.Result.Gpus is null or 1 && run.Result.TokensPerSecond > 0 && isThere(run.Result)));

    private static IEnumerable<MeasuredRun> All(Ledger? ledger) => ledger is null ? []
        : ledger.Sweeps().SelectMany(sweep => ledger.Records(sweep.Name, withPoints: false))
            .Where(record => record.Result is not null).DistinctBy(record => record.Cell.Spec.Id)
            .Select(record => new MeasuredRun(record.Cell.Spec, record.Result!, null));

    /// <summary>Runs of the same workload; none where it was not trained there.</summary>
    public IReadOnlyList<MeasuredRun> Of(string workload) => _workloads.GetValueOrDefault(workload) ?? [];

    /// <summary>Mean seconds a token of runs of one workload, and how far single runs are from it.</summary>
    public static (double SecondsPerToken, ErrorRange? Errors) Mean(IReadOnlyList<MeasuredRun> runs)
    {
        var mean = runs.Average(run => 1 / run.Result.TokensPerSecond);
        return (mean, Spread([.. runs.Select(run => 1 / run.Result.TokensPerSecond / mean)]));
    }

    /// <summary>
    /// How many times longer steps took there than by the model, the middle workload; null where it says nothing of
    /// any. With how far single workloads are from it.
    /// </summary>
    /// <param name="stepSeconds">The model: seconds of a run's step with a micro-batch of so many tokens.</param>
    public (double Factor, ErrorRange? Errors)? Correction(Func<RunSpec, long, double?> stepSeconds)
    {
        var ratios = _workloads.Values.Select(runs => Ratio(runs, stepSeconds)).OfType<double>().ToList();
        if (ratios.Count == 0) return null;
        var factor = ErrorRange.Quantile([.. ratios.Select(ratio => (ratio, 1.0))], 0.5);
        return (factor, Spread([.. ratios.Select(ratio => ratio / factor)]));
    }

    private static double? Ratio(List<MeasuredRun> runs, Func<RunSpec, long, double?> stepSeconds)
    {
        var (spec, first) = (runs[0].Spec, runs[0].Result);
        return Mean(runs).SecondsPerToken * spec.BatchTokens
            / stepSeconds(spec, first.MicroBatchTokens ?? spec.BatchTokens);
    }

    private static ErrorRange? Spread(IReadOnlyList<double> ratios) =>
        ratios.Count < LeastForSpread ? null : ErrorRange.Of([.. ratios.Select(ratio => (ratio, 1.0))]);
}
