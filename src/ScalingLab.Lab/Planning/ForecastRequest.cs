using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Performance;
using ScalingLab.Runs.Planning;
using ScalingLab.Store;

namespace ScalingLab.Lab.Planning;

/// <summary>What is asked about what a plan takes.</summary>
/// <param name="Device">The devices.</param>
/// <param name="IsNamed">Whether somebody named them: then only what is known of such devices counts.</param>
/// <param name="SlotsEach">Runs at a time on each; null: one a core of a processor, one on a GPU.</param>
/// <param name="Price">What is paid; null: what the grid says.</param>
public sealed record ForecastRequest(PlanDevice Device, bool IsNamed, int? SlotsEach, ComputePrice? Price)
{
    /// <summary>The models of this machine's processor.</summary>
    public IReadOnlyList<ProcessorModel> Processors { get; init; } = [];

    /// <summary>Validation tokens of each source of the text; none where there is no end of them.</summary>
    public IReadOnlyList<long> ValidationTokens { get; init; } = [];

    /// <summary>Runs at a time: a processor's threads are not given twice.</summary>
    private int Slots(GridWorker worker) => Device.IsGpu ? (SlotsEach ?? 1) * Device.Count
        : Math.Min(SlotsEach ?? int.MaxValue, Math.Max(1, Environment.ProcessorCount / (worker.Threads ?? 1)));

    /// <summary>Predicts a plan by what the ledger knows, or by the model.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="sweep">Its runs.</param>
    /// <param name="worker">How the grid's runs are carried out.</param>
    /// <param name="ledger">What has run; null: nothing.</param>
    /// <param name="engine">What would train.</param>
    /// <param name="start">When it begins; its slots are filled in.</param>
    public PlanForecast Predict(Plan plan, Sweep sweep, GridWorker worker, Ledger? ledger, TensorEngine? engine,
        PlanStart start)
    {
        var basis = TimeBasis.Read(ledger, engine);
        if (IsNamed)
            basis = basis with
            {
                Speeds = Device.IsGpu ? [] : [.. basis.Speeds.Where(speed => speed.DeviceClass == Device.Class)],
            };
        var (slots, gpus) = (Slots(worker), worker.Gpus ?? 1);
        var left = sweep.Cells.Count(cell => !basis.Done.Contains(cell.Spec.Id));
        var forecaster = new RunForecaster(Device, worker,
            Device.IsGpu ? SlotsEach ?? 1 : slots / Math.Min(slots, gpus))
        {
            History = basis.Speeds,
            HistoryErrors = basis.Speeds.Count > 0 ? PredictedTimes.Errors(ledger!) : null,
            Processors = Device.IsGpu ? [] : Processors,
            ValidationTokens = ValidationTokens,
            Engine = engine,
            FreshShare = Math.Min(1, slots / (double)Math.Max(1, left)),
            Measured = Measured(ledger, engine, worker.Threads ?? 1),
            Price = Price ?? worker.Price,
        };
        return PlanForecast.Create(plan, sweep, forecaster, basis, start with { Slots = slots });
    }

    private DeviceSpeeds Measured(Ledger? ledger, TensorEngine? engine, int threads) =>
        Device.Sheet is { } sheet ? DeviceSpeeds.Read(ledger, sheet)
        : Device.IsGpu ? DeviceSpeeds.None
        : Processors.FirstOrDefault(one => (engine is null || one.Engine == engine) && one.Load.Threads == threads)
            is { } model ? DeviceSpeeds.Read(ledger, model) : DeviceSpeeds.None;
}
