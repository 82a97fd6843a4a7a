using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Runs.Memory;

/// <summary>
/// What lies in memory while a run trains, of each device that trains it, in bytes, term by term: for admission, before
/// anything was measured. The peak is where the backward pass begins: what the
/// forward pass left, and the larger of what the head and what a block needs beside it. docs/memory.md has each term,
/// and how near it comes.
/// </summary>
/// <param name="Weights">Weights as the model computes with them, where they are not the masters themselves (bf16,
/// fp16).</param>
/// <param name="Masters">fp32 weights.</param>
/// <param name="Gradients">fp32 gradient of the batch and, in 16 bits on the plain path, that of the
/// micro-batch.</param>
/// <param name="Moments">The optimizer's state, fp32: two numbers a weight for AdamW, LAMB and Muon, one for Lion and
/// SGD.</param>
/// <param name="Activations">What a forward pass over one micro-batch leaves behind for the backward pass.</param>
/// <param name="Working">The larger of what the head and what a block need at once: logits with their gradient, or a
/// block's gradients.</param>
/// <param name="Libraries">Workspaces that stay: cuBLAS's and the step's buffers.</param>
/// <param name="Runtime">.NET, libtorch and their libraries (CPU), or the device's context of one process
/// (GPU).</param>
public sealed record MemoryEstimate(
    long Weights, long Masters, long Gradients, long Moments, long Activations, long Working, long Libraries,
    long Runtime)
{
    /// <summary>
    /// Of a GPU, beside what libtorch's allocator says: the process's context and its libraries' workspaces. An
    /// allowance, not a measurement.
    /// </summary>
    public const long GpuContextBytes = 1_000_000_000;

    /// <summary>
    /// Beside those, where several GPUs train a run: what NCCL takes for its connections. An allowance likewise.
    /// </summary>
    public const long NcclBytes = 500_000_000;

    /// <summary>Share of a device's memory that predictions may fill: they are no more than predictions.</summary>
    public const double MaxDeviceShare = 0.9;

    /// <summary>Logits of this size are made at once, larger ones in chunks of at most so much.</summary>
    public const long ChunkBytes = 64L << 20;

    /// <summary>What follows from the run's shape: all but the runtime.</summary>
    public long Counted => Weights + Masters + Gradients + Moments + Activations + Working + Libraries;

    /// <summary>The predicted peak of device (with the context) or process.</summary>
    public long Total => Counted + Runtime;

    /// <summary>
    /// The same as <see cref="RunResult.PeakMemoryBytes"/> measures it: of a GPU, what libtorch's allocator gives out.
    /// </summary>
    public long Peak => Total - (IsGpu ? Runtime : 0);

    private bool IsGpu { get; init; }

    /// <summary>Most rows of logits of a chunk.</summary>
    /// <param name="vocabulary">Logits a row.</param>
    /// <param name="elementBytes">Bytes of one.</param>
    public static long ChunkRows(long vocabulary, long elementBytes) =>
        Math.Max(1, ChunkBytes / (vocabulary * elementBytes));

    /// <summary>Estimates the peak of training <paramref name="spec"/> with those settings.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="settings">Device, path, most tokens in one forward and backward pass, what is computed
    /// again.</param>
    public static MemoryEstimate For(RunSpec spec, WorkerSettings settings)
    {
        var (shape, recipe) = (spec.Shape, spec.Recipe);
        var (gpu, fused) = (KernelPath.IsGpu(settings), KernelPath.IsFused(shape, recipe, settings));
        var parameters = ParameterCount.For(shape).Total;
        long size = recipe.Precision == Precision.Fp32 ? 4 : 2;
        var copies = size == 2 ? parameters * size : 0; // 16 bits beside the fp32 masters
        var share = settings.MaxSequencesPerGpu(recipe.BatchSequences);
        var tokens = (long)Math.Clamp(settings.MicroBatchTokens / shape.Context, 1, share) * shape.Context;
        var activations = new ActivationMemory(shape, size, gpu, fused, recipe.Precision == Precision.Fp8Head);
        return new MemoryEstimate(
            Weights: copies + TeacherWeights(spec, size),
            Masters: 4 * parameters,
            Gradients: (4 * parameters) + (fused ? 0 : copies),
            Moments: 4 * ParameterCount.For(shape).Total * OptimizerDefaults.For(recipe.Optimizer).Moments,
            Activations: activations.SavedForBackward(tokens, settings.Recompute),
            Working: activations.BackwardWorkspace(tokens, settings.Recompute) + TeacherWorkspace(spec, tokens, size),
            Libraries: gpu ? ActivationMemory.LibraryBytes + (fused ? 16L * share * shape.Context : 0) : 0,
            Runtime: gpu ? ContextBytes(settings.Gpus) : ActivationMemory.CpuRuntimeBytes) { IsGpu = gpu };
    }

    /// <summary>
    /// Of the model that the run is distilled from: fp32 weights with room for a gradient that stays empty, and a
    /// 16-bit copy likewise.
    /// </summary>
    private static long TeacherWeights(RunSpec spec, long size) => spec.DistilledFrom is not { } teacher ? 0
        : ParameterCount.For(teacher.Shape).Total * (8 + (size == 2 ? 2 * size : 0));

    /// <summary>
    /// Its stream, and the softened predictions of both models, fp32, with the gradient of the run's own.
    /// </summary>
    private static long TeacherWorkspace(RunSpec spec, long tokens, long size) =>
        spec.DistilledFrom is not { } teacher ? 0
        : (tokens * teacher.Shape.Width * size)
            + (5 * 4 * Math.Min(tokens, ChunkRows(spec.Shape.Vocabulary, size)) * spec.Shape.Vocabulary);

    /// <summary>
    /// What a process takes of each GPU beside what libtorch's allocator says, where so many train a run together.
    /// </summary>
    public static long ContextBytes(int gpus) => GpuContextBytes + (gpus > 1 ? NcclBytes : 0);

    /// <inheritdoc cref="For(RunSpec, WorkerSettings)"/>
    /// <param name="spec">The run.</param>
    /// <param name="microBatchTokens">Most tokens in one forward and backward pass.</param>
    /// <param name="deviceClass">"cpu" or "cuda".</param>
    public static MemoryEstimate For(RunSpec spec, int microBatchTokens, string deviceClass) =>
        For(spec, new WorkerSettings
    {
        DataFolder = "",
        CheckpointFolder = "",
        Device = deviceClass,
        MicroBatchTokens = microBatchTokens,
    });
}
