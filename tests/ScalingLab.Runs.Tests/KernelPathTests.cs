using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Tests;

public sealed class KernelPathTests
{
    private static readonly ModelShape Shape =
        new() { Layers = 4, Width = 64, Heads = 4, Vocabulary = 1024, Context = 128 };

    private static readonly TrainingRecipe Recipe =
        new() { BatchSequences = 8, LearningRateMax = 1e-3, Precision = Precision.Bf16 };

    private static readonly WorkerSettings Gpu = new() { DataFolder = "", CheckpointFolder = "", Device = "cuda:0" };

    [Fact]
    public void Every_shape_and_recipe_is_fused_on_a_gpu_but_odd_heads_fp16_gelu_by_tanh_and_8_bits_of_odd_sizes()
    {
        ModelShape[] shapes =
        [
            .. Enum.GetValues<PositionKind>().Select(kind => Shape with { Positions = kind }),
            .. Enum.GetValues<MlpKind>().Except([MlpKind.GeluTanh]).Select(kind => Shape with { Mlp = kind }),
            .. Enum.GetValues<NormKind>().Select(kind => Shape with { Norm = kind }),
            .. Enum.GetValues<NormPlacement>().Select(kind => Shape with { NormPlacement = kind }),
            .. Enum.GetValues<HeadKind>().Select(kind => Shape with { Head = kind }),
            Shape with { HeadsPerGroup = 2 },
            Shape with { QkNorm = true },
            Shape with { Biases = true },
            Shape with { LogitSoftCap = 30 },
            Shape with { DistinctLayers = 2 },
            Shape with { EmbeddingWidth = 10 },
            Shape with { NormEpsilon = 1e-3, RotaryShare = 0.5, MlpWidth = 96 },
            .. ModelPresets.All.Select(preset => preset.Shape(1024)),
        ];
        TrainingRecipe[] recipes =
        [
            .. Enum.GetValues<OptimizerKind>().Select(kind => Recipe with { Optimizer = kind }),
            .. Enum.GetValues<ScheduleKind>().Select(kind => Recipe with { Schedule = kind }),
            Recipe with { Precision = Precision.Fp32 },
            Recipe with { Precision = Precision.Fp8Head },
            Recipe with { ZLoss = 1e-4 },
            Recipe with { BatchWarmupFraction = 0.1 },
            Recipe with { EmbeddingRate = 2, HeadRate = 3, VectorRate = 4 },
        ];
        Assert.All(shapes, shape => Assert.True(KernelPath.IsFused(shape, Recipe, Gpu), shape.ToString()));
        Assert.All(recipes, recipe => Assert.True(KernelPath.IsFused(Shape, recipe, Gpu), recipe.ToString()));
        Assert.Contains("odd width (60 / 4 = 15)",
            Obstacle(Shape with { Width = 60, Positions = PositionKind.None }, Recipe), StringComparison.Ordinal);
        Assert.Contains("use bf16", Obstacle(Shape, Recipe with { Precision = Precision.Fp16 }),
            StringComparison.Ordinal);
        var far = Shape with { Positions = PositionKind.Alibi, Context = 65_537 };
        Assert.Contains("ALiBi over 65537 tokens", Obstacle(far, Recipe), StringComparison.Ordinal);
        Assert.True(KernelPath.IsFused(far with { Context = 65_536 }, Recipe, Gpu));
        Assert.Contains("use gelu", Obstacle(Shape with { Mlp = MlpKind.GeluTanh }, Recipe), StringComparison.Ordinal);
        Assert.Contains("side by side", Obstacle(Shape with { ParallelBlocks = true }, Recipe),
            StringComparison.Ordinal);
        var in8Bits = Recipe with { Precision = Precision.Fp8Head };
        Assert.Contains("context (100)", Obstacle(Shape with { Context = 100 }, in8Bits), StringComparison.Ordinal);
        Assert.Contains("vocabulary (257)", Obstacle(Shape with { Vocabulary = 257 }, in8Bits),
            StringComparison.Ordinal);
        Assert.Contains("embedding (24)", Obstacle(Shape with { EmbeddingWidth = 24 }, in8Bits),
            StringComparison.Ordinal);
        // the head is as wide as the embedding
        Assert.True(KernelPath.IsFused(Shape with { Width = 72, EmbeddingWidth = 32 }, in8Bits, Gpu));
    }

    [Fact]
    public void Both_reasons_of_a_run_are_given() =>
        Assert.Equal(2,
            KernelPath.Obstacles(Shape with { Width = 60 }, Recipe with { Precision = Precision.Fp16 }).Count);

    [Fact]
    public void Device_and_settings_decide_too()
    {
        var in8Bits = Recipe with { Precision = Precision.Fp8Head };
        Assert.True(KernelPath.IsFused(Shape, Recipe, Gpu with { Cuda = CudaStepMode.Fused }));
        Assert.False(KernelPath.IsFused(Shape, Recipe, Gpu with { Cuda = CudaStepMode.Composite }));
        Assert.False(KernelPath.IsFused(Shape, Recipe, Gpu with { Device = "cpu" }));
        Assert.False(KernelPath.IsFused(Shape, Recipe, Gpu, gpuHasKernels: false));
        Assert.True(KernelPath.IsFused(Shape, Recipe, Gpu, gpuHasFloat8: false));
        Assert.False(KernelPath.IsFused(Shape, in8Bits, Gpu, gpuHasFloat8: false));
    }

    private static string Obstacle(ModelShape shape, TrainingRecipe recipe)
    {
        Assert.False(KernelPath.IsFused(shape, recipe, Gpu));
        return Assert.Single(KernelPath.Obstacles(shape, recipe));
    }
}
