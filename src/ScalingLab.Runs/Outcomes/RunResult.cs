using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Messages;

namespace ScalingLab.Runs.Outcomes;

/// <summary>Why a run, or an attempt at it, did not end well.</summary>
public enum FailureKind
{
    /// <summary>The spec cannot be trained: retrying cannot help.</summary>
    Configuration,

    /// <summary>The prepared data are missing, damaged or not those of the spec.</summary>
    Data,

    /// <summary>The machine lacks something: libtorch, a device, room on the disk.</summary>
    Environment,

    /// <summary>The device's or the host's memory did not suffice.</summary>
    OutOfMemory,

    /// <summary>The loss became NaN or infinite.</summary>
    Diverged,

    /// <summary>The worker ended without a last word.</summary>
    Crashed,

    /// <summary>The worker was asked to stop, or its parent went away; its checkpoint stands.</summary>
    Interrupted,

    /// <summary>The lease ran out: the node that held the run stopped answering.</summary>
    LeaseExpired,
}

/// <summary>
/// One point of a run's curves. Losses in nats a token; a point has a training loss, a validation loss, or both.
/// </summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Tokens">Tokens trained on so far.</param>
/// <param name="LossTrain">Mean training loss over the steps since the last point, nats/token.</param>
/// <param name="LossValidation">Loss on the fixed validation set, nats/token.</param>
/// <param name="LearningRate">Learning rate of the step.</param>
/// <param name="GradientNorm">Norm of the whole gradient before clipping.</param>
/// <param name="Telemetry">What the machine did since the last point.</param>
public sealed record MetricPoint(
    long Step, long Tokens, double? LossTrain = null, double? LossValidation = null, double? LearningRate = null,
    double? GradientNorm = null,
    IntervalTelemetry? Telemetry = null)
{
    /// <summary>
    /// Two points are equal when training's numbers are, bit for bit: a resumed run is the same run at another speed.
    /// </summary>
    public bool Equals(MetricPoint? other) => other is not null && Numbers.Equals(other.Numbers);

    /// <inheritdoc/>
    public override int GetHashCode() => Numbers.GetHashCode();

    private (long, long, double?, double?, double?, double?) Numbers =>
        (Step, Tokens, LossTrain, LossValidation, LearningRate, GradientNorm);
}

/// <summary>What a run says of one source of its mixture.</summary>
/// <param name="Name">The source's name.</param>
/// <param name="LossValidation">Loss on the source's own fixed validation set after the last step, nats/token.</param>
/// <param name="BitsPerByte">The same loss in bits per byte of that text.</param>
/// <param name="Epochs">Passes over the training text that the run could see of the source.</param>
public sealed record SourceResult(string Name, double LossValidation, double BitsPerByte, double Epochs);

/// <summary>What a finished run has to say.</summary>
public sealed record RunResult
{
    /// <summary>
    /// Loss on the fixed validation set after the last step, nats/token; of a mixture the mean of its sources' losses
    /// by their weights.</summary>
    public required double LossValidation { get; init; }

    /// <summary>
    /// The same loss in bits per byte of validation text: comparable between tokenizers; absent where tokens stand for
    /// no text.</summary>
    public double? BitsPerByte { get; init; }

    /// <summary>
    /// What knowing only how often each token occurs in the run's training text would score on the same validation set,
    /// nats/token; absent of runs from before it was measured.
    /// </summary>
    public double? LossUnigram { get; init; }

    /// <summary>The true entropy of the tokens; absent of a text's, which nobody knows.</summary>
    public KnownEntropy? Entropy { get; init; }

    /// <summary>Tokens of validation text measured.</summary>
    public required long EvaluationTokens { get; init; }

    /// <summary>Passes over the training text that the run could see; 1 of a text without end.</summary>
    public required double Epochs { get; init; }

    /// <summary>Of a mixture, each source; null for a corpus alone.</summary>
    public IReadOnlyList<SourceResult>? Sources { get; init; }

    /// <summary>Wall time in training and evaluation, all attempts that counted towards the result together.</summary>
    public required double WallSeconds { get; init; }

    /// <summary>Training tokens a second of wall time in training steps.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Largest memory of the device (GPU) or the process (CPU); of several, the first's.</summary>
    public long? PeakMemoryBytes { get; init; }

    /// <summary>What <see cref="MemoryEstimate"/> said of it before.</summary>
    public long? PredictedPeakBytes { get; init; }

    /// <summary>What was recomputed in the backward pass.</summary>
    public RecomputeMode? Recompute { get; init; }

    /// <summary>Tokens in one forward and backward pass.</summary>
    public int? MicroBatchTokens { get; init; }

    /// <summary>What it ran on, e.g. "AMD EPYC (1 thread)" or "NVIDIA H100 80GB HBM3".</summary>
    public required string Device { get; init; }

    /// <summary>What computed it (<see cref="EngineNames"/>); absent of runs from before it was said.</summary>
    public string? Engine { get; init; }

    /// <summary>CPU threads used.</summary>
    public required int Threads { get; init; }

    /// <summary>GPUs, or processes, that trained it together in the end; absent where one did.</summary>
    public int? Gpus { get; init; }

    /// <summary>
    /// Model FLOPs utilisation: exact FLOPs a second over the peak of all its devices; absent where that is not known.
    /// </summary>
    public double? Mfu { get; init; }

    /// <summary>
    /// The peak that <see cref="Mfu"/> is a share of: the vendor's dense figure for the precision, or a measured matrix
    /// product.
    /// </summary>
    public double? PeakFlopsPerSecond { get; init; }

    /// <summary>Share of the time in training steps in which the host waited for batches, 0 to 1.</summary>
    public double? DataWaitShare { get; init; }

    /// <summary>Share of the time in which the device was busy, 0 to 1; absent where it cannot be read.</summary>
    public double? DeviceUtilisation { get; init; }

    /// <summary>
    /// Energy drawn, all attempts that counted towards the result together; absent where any of them could not measure
    /// it.
    /// </summary>
    public double? EnergyJoules { get; init; }

    /// <summary>How the energy was found.</summary>
    public EnergySource? EnergySource { get; init; }

    /// <summary>Mean power over the time in which energy was measured, watts.</summary>
    public double? PowerWattsMean { get; init; }

    /// <summary>CO2-equivalent of a kilowatt-hour, where somebody stated it.</summary>
    public GridIntensity? GridIntensity { get; init; }

    /// <summary>
    /// Times that the training loss leapt out of its own noise; absent where part of the run was not watched.
    /// </summary>
    public long? LossSpikes { get; init; }

    /// <summary>Step of the first of them, from 1.</summary>
    public long? FirstSpikeStep { get; init; }

    /// <summary>
    /// Steps that were not trained but taken from a <see cref="Trunk"/> that another run trained; absent where there
    /// were none.
    /// </summary>
    public long? TrunkSteps { get; init; }

    /// <summary>What its model can do, by the tasks' names; absent where it was asked nothing.</summary>
    public IReadOnlyList<TaskScore>? Scores { get; init; }

    /// <summary>exp(loss).</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double Perplexity => Math.Exp(LossValidation);
}
