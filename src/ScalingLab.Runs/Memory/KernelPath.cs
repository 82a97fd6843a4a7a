using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Memory;

/// <summary>
/// How a run trains on a GPU: by fused kernels in a captured step, or by plain operations, several times slower and in
/// more memory. This is the one place that decides it: training, the memory estimate and the plan's advice ask here.
/// The numbers of both agree within rounding.
/// </summary>
public static class KernelPath
{
    /// <summary>
    /// Whether fused kernels train it. They make every optimizer, schedule, z-loss, batch that grows, and every shape
    /// but those of <see cref="Obstacles(ModelShape)"/>.
    /// </summary>
    /// <param name="shape">The model.</param>
    /// <param name="recipe">How it is trained.</param>
    /// <param name="settings">Device and path that is asked for.</param>
    /// <param name="gpuHasKernels">Whether the GPU and the engine have fused kernels (bfloat16: compute capability 8 or
    /// more).</param>
    /// <param name="gpuHasFloat8">Whether they have products of 8-bit factors too (compute capability 8.9 or
    /// more).</param>
    public static bool IsFused(
        ModelShape shape, TrainingRecipe recipe, WorkerSettings settings, bool gpuHasKernels = true,
        bool gpuHasFloat8 = true) =>
        IsGpu(settings) && settings.Cuda != CudaStepMode.Composite && gpuHasKernels
        && Obstacles(shape, recipe).Count == 0
        && (gpuHasFloat8 || recipe.Precision != Precision.Fp8Head);

    /// <summary>Tokens whose places are exact in two bfloat16 numbers.</summary>
    private const int AlibiMaxTokens = 65_536;

    /// <summary>Whether the settings' device is a GPU.</summary>
    public static bool IsGpu(WorkerSettings settings) => settings.Device.StartsWith("cuda", StringComparison.Ordinal);

    /// <summary>
    /// What keeps a run from the fused kernels of a GPU that has them all, and what to do; empty where nothing does.
    /// </summary>
    /// <param name="shape">The model.</param>
    /// <param name="recipe">How it is trained.</param>
    public static IReadOnlyList<string> Obstacles(ModelShape shape, TrainingRecipe recipe)
    {
        List<string> found = [.. Obstacles(shape)];
        if (recipe.DistillWeight > 0) found.Add("distillation has no fused kernels");
        if (recipe.Precision == Precision.Fp16) found.Add("fp16 has no fused kernels: use bf16");
        if (recipe.Precision == Precision.Fp8Head && !shape.FitsFloat8)
        {
            found.Add(
                $"precision fp8-head needs context ({shape.Context}), width of the token embedding "
                    + $"({shape.TokenWidth}) and vocabulary ({shape.Vocabulary}) "
                + $"in multiples of {ModelShape.Float8Multiple}: make them so, or use bf16");
        }

        return found;
    }

    /// <summary>The same of a shape alone.</summary>
    public static IReadOnlyList<string> Obstacles(ModelShape shape)
    {
        List<string> found = [];
        if (shape.HeadWidth % 2 != 0)
            found.Add($"heads of odd width ({shape.Width} / {shape.Heads} = {shape.HeadWidth}): choose heads so that "
                + "each has an even width");
        if (shape.Positions == PositionKind.Alibi && shape.Context > AlibiMaxTokens)
            found.Add($"ALiBi over {shape.Context} tokens: its slopes reach over {AlibiMaxTokens}, choose a context of "
                + "at most that, or other positions");
        if (shape.Mlp == MlpKind.GeluTanh)
            found.Add("mlp gelu-tanh has no fused kernels: use gelu, which differs by at most 5e-4");
        if (shape.ParallelBlocks) found.Add("attention and MLP side by side have no fused kernels");
        return found;
    }
}
