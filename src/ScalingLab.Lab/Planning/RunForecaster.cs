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

    /// <summary>The models of this machine's processor; none of another device.</summary>
    public IReadOnlyList<ProcessorModel> Processors { get; init; } = [];

    /// <summary>What would train on it; null where that is not known.</summary>
    public TensorEngine? Engine { get; init; }

    /// <summary>The part of runs on a processor that begin in a new process.</summary>
    public double FreshShare { get; init; } = 1;

    /// <summary>Validation tokens of each source of the text; none where there is no end of them.</summary>
    public IReadOnlyList<long> ValidationTokens { get; init; } = [];

    /// <summary>What was measured on that kind of device.</summary>
    public DeviceSpeeds Measured { get; init; } = DeviceSpeeds.None;

    /// <summary>Speeds of attempts, for a processor and for a machine's own devices.</summary>
    public IReadOnlyList<MeasuredSpeed> History { get; init; } = [];

    /// <summary>How far predictions by such speeds were off.</summary>
    public ErrorRange? HistoryErrors { get; init; }

    /// <summary>What is paid; null where nobody said.</summary>
    public ComputePrice? Price { get; init; }

    private int Gpus => Worker.Gpus ?? 1;

    private ProcessorLoad Load => new(Worker.Threads ?? 1, SlotsEach);

    private WorkerSettings Settings => Worker.Over(new WorkerSettings
    {
        DataFolder = "", CheckpointFolder = "", Device = Device.IsGpu ? "cuda:0" : "cpu",
        Cuda = Device.Sheet is { HasFusedKernels: false } ? CudaStepMode.Composite : CudaStepMode.Graph,
    });

    /// <summary>What the run takes.</summary>
    public RunForecast For(RunSpec spec)
    {
        var settings = Settings;
        var budget = settings.MemoryBytes
            ?? (Device.MemoryBytes is { } memory ? (long)(MemoryEstimate.MaxDeviceShare * memory / SlotsEach) : null);
        var largest = MicroBatch.LargestThatFits(spec, settings, budget);
        var chosen = settings with { MicroBatchTokens = settings.AutoMicroBatch ? largest : settings.MicroBatchTokens };
        var share = (long)chosen.MaxSequencesPerGpu(spec.Recipe.BatchSequences) * spec.Shape.Context;
        var micro = Math.Clamp(chosen.MicroBatchTokens / spec.Shape.Context * spec.Shape.Context, spec.Shape.Context,
            share);
        var held = Processor(spec)?.Memory;
        long Peak(long tokens)
        {
            var estimate = MemoryEstimate.For(spec, settings with { MicroBatchTokens = (int)tokens });
            return held?.Peak(estimate, spec.Shape) ?? estimate.Total;
        }

        var peak = Peak(micro);
        return Time(spec, micro, new RunForecast
        {
            StandsOn = "", PeakBytes = peak, Fits = budget is { } most ? peak <= most : null, MicroBatchTokens = micro,
            LargestMicroBatchTokens = budget is null ? null : Peak(largest) <= budget ? largest : 0,
        });
    }

    private RunForecast Time(RunSpec spec, long micro, RunForecast run)
    {
        var cost = Cost(spec, micro);
        if (Gpus == 1 && (Device.IsGpu || cost is not null)
            && Measured.Of(WorkloadKey.For(spec)) is { Count: > 0 } same)
            return ByRuns(spec, run, same, cost);
        // The model comes nearer than the speed of the nearest workload does.
        if (cost is not null) return ByModel(spec, run, cost);
        return History.Count > 0 ? ByHistory(spec, run) : run with { StandsOn = NothingKnown(spec) };
    }

    private RunCost? Cost(RunSpec spec, long micro) => Gpus > 1 ? null
        : Device.Sheet is { } sheet ? Model.Cost(spec, micro, sheet)
        : Processor(spec)?.Cost(spec, Settings with { MicroBatchTokens = (int)micro }, FreshShare,
            EvaluationTokens(spec.Recipe.EvaluationTokens));

    // Each source is evaluated on as many as are wanted, or as it has.
    private long EvaluationTokens(long wanted) =>
        ValidationTokens.Count == 0 ? wanted : ValidationTokens.Sum(held => Math.Min(wanted, held));

    private ProcessorModel? Processor(RunSpec spec) => Device.IsGpu ? null
        : ProcessorModels.Find(Processors, Engine, spec.Recipe.Precision, Load);

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
            Errors = spread ?? Held(spec).Errors,
            EnergyJoules = Device.IsGpu ? joules : null,
            StandsOn = $"measured on {Device.Name}, {Quantity.Count(same.Count, "run")}",
        });
    }

    private RunForecast ByModel(RunSpec spec, RunForecast run, RunCost cost)
    {
        var (held, errors) = Held(spec);
        var correction = Measured.Correction((of, micro) => Cost(of, micro)?.StepSeconds);
        var training = cost.TrainingSeconds * (correction?.Factor ?? 1);
        return Priced(run with
        {
            Basis = correction is not null ? ForecastBasis.CorrectedModel
                : held is null ? ForecastBasis.DataSheet : ForecastBasis.Model,
            TrainingSeconds = training, Seconds = training + cost.BesideSeconds,
            TokensPerSecond = spec.Tokens / training,
            Errors = !Covers(spec) ? null
                : correction is null ? errors : correction.Value.Errors ?? (Device.IsGpu ? null : errors),
            EnergyJoules = cost.Watts * training,
            StandsOn = correction is { } known
                ? string.Create(CultureInfo.InvariantCulture, $"model, times {known.Factor:0.00} by ")
                    + $"{Quantity.Count(Measured.Runs, "run")} on {Device.Name}"
                : held ?? $"data sheet only: no run on {Device.Name} is known, so nor is how far this is off",
        });
    }

    private bool Covers(RunSpec spec) => Processor(spec)?.Covers(spec.Shape) ?? Model.Covers(spec.Shape);

    /// <summary>
    /// What the model of the device was held against, and how far it was off; neither where it knows none of its kind,
    /// no error outside the widths that it knows.
    /// </summary>
    private (string? Words, ErrorRange? Errors) Held(RunSpec spec)
    {
        string Said(string against, string widths, bool covers, ErrorRange errors) => covers
            ? string.Create(CultureInfo.InvariantCulture, $"model, {against}, each shape unseen: nine in ten within ")
                + string.Create(CultureInfo.InvariantCulture, $"{errors.Width:P0}")
            : $"model, outside the widths of its runs ({widths}), so how far it is off is not known";
        if (Processor(spec) is { } processor)
        {
            var covers = processor.Covers(spec.Shape);
            var against = string.Create(CultureInfo.InvariantCulture, $"measured on this processor on "
                + $"{processor.Measured:yyyy-MM-dd} with {Quantity.Count(processor.Shapes.Count, "shape")}, "
                + $"{Words(processor.Load)}");
            return (Said(against, processor.Widths, covers, processor.Time), covers ? processor.Time : null);
        }

        if (Device.Sheet?.Key != Model.Device) return (null, null);
        var seen = Model.Covers(spec.Shape);
        var runs = Quantity.Count(Model.Runs, "run");
        return (Said($"held against {runs} on {Device.Name}", Model.Widths, seen, Model.Time),
            seen ? Model.Time : null);
    }

    private static string Words(ProcessorLoad load) =>
        $"{Quantity.Count(load.Workers, "worker")} of {Quantity.Count(load.Threads, "thread")} at once";

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
        !Device.IsGpu ? NothingKnownOfProcessor(spec)
        : Device.Sheet is null ? "not known until measured: the table has not this GPU"
        : Gpus > 1 ? "not known: the model of times is of one GPU a run"
        : spec.Recipe.Precision != Precision.Bf16
        ? $"not known: the model of times is of bf16, and this is {EnumNames.ToName(spec.Recipe.Precision)} "
            + "(with recipe.precision=bf16 it is told)"
        : !Device.Sheet!.HasFusedKernels ? $"not known: {Device.Name} has no bf16, which the model of times is of"
        : $"not known: {string.Join("; ", KernelPath.Obstacles(spec.Shape, spec.Recipe))}";

    private string NothingKnownOfProcessor(RunSpec spec)
    {
        var measured = $"'{CommandName.AsInvoked} bench model --measure";
        if (spec.DistilledFrom is not null || Settings.Recompute != RecomputeMode.None || Gpus > 1)
            return "not known until a run has been trained here: a processor's model of times knows nothing of "
                + "distillation, of what is computed again, and of several workers a run";
        return Processors.Count == 0 ? $"not known until {measured}' has timed this processor, or a run has been "
            + "trained here; a processor's time is never told from others'"
            : $"not known: {Words(Load)} in {EnumNames.ToName(spec.Recipe.Precision)} were not timed on this processor "
                + $"({measured} --threads {Load.Threads} --slots {Load.Workers}' does it)";
    }
}
