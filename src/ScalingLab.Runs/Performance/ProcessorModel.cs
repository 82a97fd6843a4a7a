using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Performance;

/// <summary>How runs share a processor.</summary>
/// <param name="Threads">Threads of a worker.</param>
/// <param name="Workers">Workers at work at once, which slow each other.</param>
public readonly record struct ProcessorLoad(int Threads, int Workers);

/// <summary>
/// What small shapes that were timed on this machine said of how long runs take there, in one number format by one
/// engine, so many workers at once; and how far it is from shapes that it had not seen.
/// </summary>
/// <param name="Device">The processor, with a worker's threads.</param>
/// <param name="Engine">What trains.</param>
/// <param name="EngineVersion">What it is made of.</param>
/// <param name="Precision">The number format.</param>
/// <param name="Load">Threads of a worker, and workers at once.</param>
/// <param name="Measured">When.</param>
/// <param name="Rates">What matrix products and copies attained meanwhile at most.</param>
/// <param name="Step">What a step's parts take.</param>
/// <param name="Evaluation">What those of a pass without gradients take.</param>
/// <param name="Beside">What a run takes beside these.</param>
/// <param name="Time">Errors of the time of a step, each shape's by the others.</param>
/// <param name="Shapes">The shapes.</param>
public sealed record ProcessorModel(string Device, TensorEngine Engine, string EngineVersion, Precision Precision,
    ProcessorLoad Load, DateTimeOffset Measured, ProcessorRates Rates, StepShares Step, StepShares Evaluation,
    BesideSteps Beside, ErrorRange Time, IReadOnlyList<TimedShape> Shapes)
{
    /// <summary>The machine: processors' names say little.</summary>
    public string Machine { get; init; } = Environment.MachineName;

    /// <summary>What a worker's process held; null where the system did not say.</summary>
    public ProcessMemory? Memory { get; init; }

    /// <summary>The widths of its shapes: "12 to 256".</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Widths =>
        FormattableString.Invariant($"{Shapes.Min(one => one.Width)} to {Shapes.Max(one => one.Width)}");

    /// <summary>Whether a shape's width lies among those that it was held against.</summary>
    public bool Covers(ModelShape shape) =>
        shape.Width >= Shapes.Min(one => one.Width) && shape.Width <= Shapes.Max(one => one.Width);

    /// <summary>
    /// What a run takes; null where it is of another number format, is distilled, or computes activations again.
    /// </summary>
    /// <param name="spec">The run.</param>
    /// <param name="settings">Micro-batch, evaluations, checkpoints.</param>
    /// <param name="freshShare">The part of such runs whose worker's process is a new one.</param>
    /// <param name="evaluationTokens">Validation tokens of an evaluation; as many as the recipe wants unless
    /// given.</param>
    public RunCost? Cost(RunSpec spec, WorkerSettings settings, double freshShare, long? evaluationTokens = null)
    {
        if (spec.Recipe.Precision != Precision || spec.DistilledFrom is not null
            || settings.Recompute != RecomputeMode.None) return null;
        var step = Seconds(Step, StepWork.OnProcessor(spec, settings.MicroBatchTokens));
        var training = step * spec.Tokens / spec.BatchTokens;
        var evaluation = Seconds(Evaluation,
            StepWork.Evaluation(spec, settings.MicroBatchTokens, evaluationTokens ?? spec.Recipe.EvaluationTokens));
        var evaluations = Math.Clamp(settings.Evaluations, 1, spec.Steps);
        return new RunCost(step, training,
            (evaluations * evaluation) + Beside.Seconds(spec, settings, training, freshShare), Watts: null);
    }

    private double Seconds(StepShares shares, StepWork work) =>
        shares.Seconds(work, Rates.FlopsPerSecond, Rates.BytesPerSecond);
}

/// <summary>What a run on a processor takes beside steps and evaluations, seconds.</summary>
/// <param name="Process">A worker's process started, and its code compiled.</param>
/// <param name="Run">A run begun and ended.</param>
/// <param name="RunParameter">The same, for each parameter.</param>
/// <param name="Checkpoint">A checkpoint written.</param>
/// <param name="CheckpointParameter">The same, for each parameter.</param>
public sealed record BesideSteps(double Process, double Run, double RunParameter, double Checkpoint,
    double CheckpointParameter)
{
    /// <summary>All of it.</summary>
    public double Seconds(RunSpec spec, WorkerSettings settings, double training, double freshShare)
    {
        var parameters = ParameterCount.For(spec.Shape).Total;
        var checkpoints = 1 + (settings.CheckpointSteps is { } every ? Math.Floor((spec.Steps - 1) / (double)every)
            : Math.Floor(training / settings.CheckpointSeconds));
        return (freshShare * Process) + Run + (RunParameter * parameters)
            + (checkpoints * (Checkpoint + (CheckpointParameter * parameters)));
    }
}

/// <summary>What a worker's process held beside what <see cref="MemoryEstimate"/> counts.</summary>
/// <param name="Runtime">Bytes whatever the model.</param>
/// <param name="Parameter">Bytes a parameter: a processor without products in 16 bits makes copies.</param>
public sealed record ProcessMemory(double Runtime, double Parameter)
{
    // Text, evaluation, checkpoints and the heap's growth: runs of 28k to 3.7M parameters held 11 to 48 MB more than
    // timed steps.
    private const long RunBytes = 30_000_000;

    /// <summary>The peak of a run, bytes, of which so many are counted.</summary>
    public long Peak(MemoryEstimate estimate, ModelShape shape) =>
        estimate.Counted + RunBytes + (long)(Runtime + (Parameter * ParameterCount.For(shape).Total));
}

/// <summary>A shape that was timed.</summary>
/// <param name="Layers">Blocks.</param>
/// <param name="Width">Width of the stream.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Vocabulary">Token ids.</param>
/// <param name="Context">Tokens of a sequence.</param>
/// <param name="BatchTokens">Tokens of a step.</param>
/// <param name="StepSeconds">A step.</param>
/// <param name="Time">The same over what the other shapes said of it.</param>
public sealed record TimedShape(int Layers, int Width, int Heads, int Vocabulary, int Context, long BatchTokens,
    double StepSeconds, double Time);
