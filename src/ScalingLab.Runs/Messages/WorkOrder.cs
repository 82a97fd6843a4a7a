using System.ComponentModel;
using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Runs.Messages;

/// <summary>How a CUDA device carries out a training step; the numbers agree within rounding.</summary>
public enum CudaStepMode
{
    /// <summary>Fused kernels, the step captured once as a graph and replayed.</summary>
    Graph,

    /// <summary>Fused kernels, asked for one by one.</summary>
    Fused,

    /// <summary>libtorch's own operations, for comparison.</summary>
    Composite,
}

/// <summary>Where and with what a run is carried out: everything that does not belong to its identity.</summary>
public sealed record WorkerSettings
{
    /// <summary>
    /// GPUs of one host: more than eight in few, and a batch has only so many sequences to share out.
    /// </summary>
    public const int MaxGpus = 16;

    /// <summary>As PyTorch's DistributedDataParallel (Li et al. 2020, arXiv 2006.15704).</summary>
    public const long DefaultBucketBytes = 25L << 20;

    /// <summary>Folder of the prepared data: token shards and tokenizer.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Folder of this run's checkpoints; made if absent.</summary>
    public required string CheckpointFolder { get; init; }

    /// <summary>Folder of the model that the run is distilled from; null: it is from none.</summary>
    public string? DistillFolder { get; init; }

    /// <summary>Folder of the model that the run begins with; null: it begins at random.</summary>
    public string? StartFolder { get; init; }

    /// <summary>
    /// CPU threads; a resumed run uses the number it began with, or its curve is not the same bit for bit.
    /// </summary>
    public int Threads { get; init; } = 1;

    /// <summary>"cpu" or "cuda:0".</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>
    /// GPUs of this host that train the run together, on a CPU as many processes: each takes its share of a batch's
    /// sequences, and their gradients are added up. The device is the first's; the others' follow it.
    /// </summary>
    [DefaultValue(1)]
    public int Gpus { get; init; } = 1;

    /// <summary>How a CUDA device is used; without meaning on a CPU.</summary>
    public CudaStepMode Cuda { get; init; } = CudaStepMode.Graph;

    /// <summary>Most tokens in one forward and backward pass; a larger batch is accumulated.</summary>
    public int MicroBatchTokens { get; init; } = 16_384;

    /// <summary>
    /// With several GPUs: bytes of the fp32 gradient that are gathered before they are added up, beside the backward
    /// pass that makes the next.
    /// </summary>
    [DefaultValue(DefaultBucketBytes)]
    public long BucketBytes { get; init; } = DefaultBucketBytes;

    /// <summary>
    /// Whether <see cref="MicroBatchTokens"/> is chosen by <see cref="MicroBatch.LargestThatFits"/> in place of being
    /// taken as it stands. Who starts the worker chooses, once an attempt, and hands on the number.
    /// </summary>
    [DefaultValue(false)]
    public bool AutoMicroBatch { get; init; }

    /// <summary>What is recomputed in the backward pass.</summary>
    [DefaultValue(RecomputeMode.None)]
    public RecomputeMode Recompute { get; init; }

    /// <summary>
    /// Memory that the run may take: what the automatic micro-batch fills, and on a GPU a limit that libtorch's
    /// allocator keeps to. Null: the device's.
    /// </summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Seconds between checkpoints.</summary>
    public double CheckpointSeconds { get; init; } = 30;

    /// <summary>Steps between checkpoints, instead of seconds.</summary>
    public long? CheckpointSteps { get; init; }

    /// <summary>
    /// Folder of the checkpoints that runs with the same <see cref="Trunk"/> share; null where this run has no kin.
    /// </summary>
    public string? TrunkFolder { get; init; }

    /// <summary>
    /// Steps at which other runs leave this run's trunk: a checkpoint is put into <see cref="TrunkFolder"/> at each.
    /// </summary>
    public IReadOnlyList<long> TrunkSteps { get; init; } = [];

    /// <summary>Points of the training curve that are reported, spread evenly over the run.</summary>
    public int CurvePoints { get; init; } = 100;

    /// <summary>Evaluations on the validation set, the last one included, spread evenly over the run.</summary>
    public int Evaluations { get; init; } = 5;

    /// <summary>What the model is asked once it is trained; null: nothing.</summary>
    public IReadOnlyList<RunTask>? Tasks { get; init; }

    /// <summary>
    /// Where measured peaks of devices are kept, for utilisation; null: none is measured, and only devices of the
    /// vendors' table have a utilisation.
    /// </summary>
    public string? PeaksFile { get; init; }

    /// <summary>CO2-equivalent of the electricity, where somebody stated it.</summary>
    public GridIntensity? GridIntensity { get; init; }

    /// <summary>Most sequences of a batch that one GPU takes.</summary>
    public int MaxSequencesPerGpu(int batchSequences) => (batchSequences + Gpus - 1) / Gpus;
}

/// <summary>What a worker is handed on its standard input: one line of JSON.</summary>
public sealed record WorkOrder(RunSpec Spec, WorkerSettings Settings);
