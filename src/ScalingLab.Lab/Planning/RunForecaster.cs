using System.Globalization;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Performance;
using ScalingLab.Scheduling.Forecasts;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Planning;

/// <summary>Predicts what each run of a sweep takes on a kind of device.</summary>
/// <param name="Device">The devices.</param>
/// <param name="Worker">How the grid's runs are carried out.</param>
/// <param name="SlotsEach">Workers at a time on each device, which share its memory.</param>
public sealed record RunForecaster(PlanDevice Device, GridWorker Worker, int SlotsEach)
{
    /// <summary>The model of GPUs.</summary>
    public Calibration Model { get; init; } = Calibration.Committed;

    /// <summary>What was measured on that kind of GPU.</summary>
    public DeviceSpeeds Measured { get; init; } = DeviceSpeeds.None;

    /// <summary>Speeds of attempts, for a processor and for a machine's own devices.</summary>
    public IReadOnlyList<MeasuredSpeed> History { get; init; } = [];

    /// <summary>How far predictions by such speeds were off.</summary>
    public ErrorRange? HistoryErrors { get; init; }

    /// <summary>What is paid; null where nobody said.</summary>
    public ComputePrice? Price { get; init; }

    private int Gpus => Worker.Gpus ?? 1;

    /// <summary>What the run takes.</summary>
    public RunForecast For(RunSpec spec)
    {
        var settings = Worker.Over(new WorkerSettings
        {
            DataFolder = "", CheckpointFolder = "", Device = Device.IsGpu ? "cuda:0" : "cpu",
            Cuda = Device.Sheet is { HasFusedKernels: false } ? CudaStepMode.Composite : CudaStepMode.Graph,
        });
        var budget = settings.MemoryBytes
            ?? (Device.MemoryBytes is { } memory ? (long)(MemoryEstimate.MaxDeviceShare * memory / SlotsEach) : null);
        var largest = MicroBatch.LargestThatFits(spec, settings, budget);
        var chosen = settings with { MicroBatchTokens = settings.AutoMicroBatch ? largest : settings.MicroBatchTokens };
        var share = (long)chosen.MaxSequencesPerGpu(spec.Recipe.BatchSequences) * spec.Shape.Context;
        var micro = Math.Clamp(chosen.MicroBatchTokens / spec.Shape.Context * spec.Shape.Context, spec.Shape.Context,
            share);
        long Peak(long tokens) => MemoryEstimate.For(spec, settings with { MicroBatchTokens = (int)tokens }).Total;
        var peak = Peak(micro);
        return Time(spec, micro, new RunForecast
        {
            StandsOn = "", PeakBytes = peak, Fits = budget is { } most ? peak <= most : null, MicroBatchTokens = micro,
            LargestMicroBatchTokens = budget is null ? null : Peak(largest) <= budget ? largest : 0,
        });
    }

    private RunForecast Time(RunSpec spec, long micro, RunForecast run)
    {
        var cost = Gpus == 1 && Device.Sheet is { } sheet ? Model.Cost(spec, micro, sheet) : null;
        if (Gpus == 1 && Measured.Of(WorkloadKey.For(spec)) is { Count: > 0 } same)
            return ByRuns(spec, run, same, cost);
        // The model comes nearer than the speed of the nearest workload does.
        if (cost is not null) return ByModel(spec, run, cost);
        return History.Count > 0 ? ByHistory(spec, run) : run with { StandsOn = NothingKnown(spec) };
    }

    private RunForecast ByHistory(RunSpec spec, RunForecast run) =>
        SpeedHistory.Seconds(spec, History) is not { } known ? run with { StandsOn = "not known" } : Priced(run with
    {
        Basis = ForecastBasis.History, Seconds = known.Seconds, TrainingSeconds = known.TrainingSeconds,
        TokensPerSecond = spec.Tokens / known.TrainingSeconds, Errors = HistoryErrors,
        StandsOn = $"measured here, {Quantity.Count(History.Sum(speed => speed.Attempts), "attempt")}",
    });

    private RunForecast ByRuns(RunSpec spec, RunForecast run, IReadOnlyList<MeasuredRun> same, RunCost? cost)
    {
        var (perToken, spread) = DeviceSpeeds.Mean(same);
        var training = perToken * spec.Tokens;
        var joules = same.Average(one => one.Result.EnergyJoules / one.Spec.Tokens) * spec.Tokens;
        return Priced(run with
        {
            Basis = ForecastBasis.Measured, TrainingSeconds = training,
            Seconds = training + (cost?.BesideSeconds ?? Model.StartSeconds), TokensPerSecond = 1 / perToken,
            Errors = spread ?? (Device.Sheet!.Key == Model.Device ? Model.Time : null), EnergyJoules = joules,
            StandsOn = $"measured on {Device.Name}, {Quantity.Count(same.Count, "run")}",
        });
    }

    private RunForecast ByModel(RunSpec spec, RunForecast run, RunCost cost)
    {
        var sheet = Device.Sheet!;
        var own = sheet.Key == Model.Device;
        var seen = Model.Covers(spec.Shape);
        var correction = Measured.Correction(Model, sheet);
        var training = cost.TrainingSeconds * (correction?.Factor ?? 1);
        return Priced(run with
        {
            Basis = correction is not null ? ForecastBasis.CorrectedModel
                : own ? ForecastBasis.Model : ForecastBasis.DataSheet,
            TrainingSeconds = training, Seconds = training + cost.BesideSeconds,
            TokensPerSecond = spec.Tokens / training,
            Errors = !seen ? null : correction is null ? own ? Model.Time : null : correction.Value.Errors,
            EnergyJoules = cost.Watts * training,
            StandsOn = correction is { } known
                ? string.Create(CultureInfo.InvariantCulture, $"model, times {known.Factor:0.00} by ")
                    + $"{Quantity.Count(Measured.Runs, "run")} on {Device.Name}"
                : own && !seen ? $"model, outside the widths of its runs ({Model.Widths}), so how far it is off is not "
                    + "known"
                : own ? string.Create(CultureInfo.InvariantCulture,
                    $"model, held against {Quantity.Count(Model.Runs, "run")} on {Device.Name}, each shape unseen: nine in ten within ")
                    + string.Create(CultureInfo.InvariantCulture, $"{Model.Time.Width:P0}")
                : $"data sheet only: no run on {Device.Name} is known, so nor is how far this is off",
        });
    }

    private RunForecast Priced(RunForecast run)
    {
        var joules = run.EnergyJoules;
        return run with
        {
            Co2eGrams = joules is { } energy ? Worker.GridIntensity?.Grams(energy) : null,
            Price = Price is null ? null
                : Price.ForSeconds(run.Seconds!.Value * Gpus) is var hours && joules is { } drawn
                    && Price.ForJoules(drawn) is { } electricity ? (hours ?? 0) + electricity : hours,
        };
    }

    private string NothingKnown(RunSpec spec) =>
        !Device.IsGpu ? "not known until a run has been trained here; a processor's time is never told from others'"
        : Device.Sheet is null ? "not known until measured: the table has not this GPU"
        : Gpus > 1 ? "not known: the model of times is of one GPU a run"
        : spec.Recipe.Precision != Precision.Bf16
        ? $"not known: the model of times is of bf16, and this is {EnumNames.ToName(spec.Recipe.Precision)} "
            + "(with recipe.precision=bf16 it is told)"
        : !Device.Sheet!.HasFusedKernels ? $"not known: {Device.Name} has no bf16, which the model of times is of"
        : $"not known: {string.Join("; ", KernelPath.Obstacles(spec.Shape, spec.Recipe))}";

}
