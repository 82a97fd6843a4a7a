using ScalingLab.Runs.Devices;
using ScalingLab.Runs.Performance;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Planning;

/// <summary>What finished runs of a ledger, imported ones too, took on one kind of GPU.</summary>
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

    /// <summary>What a ledger knows of the device.</summary>
    public static DeviceSpeeds Read(Ledger? ledger, DeviceSheet device) => ledger is null ? None : From(
        ledger.Sweeps().SelectMany(sweep => ledger.Records(sweep.Name, withPoints: false))
            .Where(record => record.Result is not null).DistinctBy(record => record.Cell.Spec.Id)
            .Select(record => new MeasuredRun(record.Cell.Spec, record.Result!, null)), device);

    /// <summary>What these runs say of the device; those on others and on several at once are passed over.</summary>
    public static DeviceSpeeds From(IEnumerable<MeasuredRun> runs, DeviceSheet device) => new(runs.Where(run =>
        DeviceTable.Named(run.Result.Device) == device && run.Result.Gpus is null or 1
            && run.Result.TokensPerSecond > 0));

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
    public (double Factor, ErrorRange? Errors)? Correction(Calibration model, DeviceSheet device)
    {
        var ratios = _workloads.Values.Select(runs => Ratio(runs, model, device)).OfType<double>().ToList();
        if (ratios.Count == 0) return null;
        var factor = ErrorRange.Quantile([.. ratios.Select(ratio => (ratio, 1.0))], 0.5);
        return (factor, Spread([.. ratios.Select(ratio => ratio / factor)]));
    }

    private static double? Ratio(List<MeasuredRun> runs, Calibration model, DeviceSheet device)
    {
        var (spec, first) = (runs[0].Spec, runs[0].Result);
        return model.Cost(spec, first.MicroBatchTokens ?? spec.BatchTokens, device) is { } cost
            ? Mean(runs).SecondsPerToken * spec.BatchTokens / cost.StepSeconds : null;
    }

    private static ErrorRange? Spread(IReadOnlyList<double> ratios) =>
        ratios.Count < LeastForSpread ? null : ErrorRange.Of([.. ratios.Select(ratio => (ratio, 1.0))]);
}
