using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Tests;

public sealed class MemoryEstimateTests
{
    /// <summary>
    /// Peaks of processes that did one step of these shapes (libtorch 1.13.1 on a CPU, 1 thread; micro-batches of at
    /// most 16,384 tokens), and of the quickstart's smallest and largest run, from results/quickstart/runs.csv.
    /// </summary>
    [Theory]
    [InlineData(2, 12, 1, 1024, 64, 16, Precision.Fp32, 255_004_672)]
    [InlineData(3, 96, 3, 1024, 64, 16, Precision.Fp32, 294_682_624)]
    [InlineData(3, 96, 3, 1024, 64, 128, Precision.Fp32, 553_373_696)]
    [InlineData(3, 96, 3, 1024, 64, 128, Precision.Bf16, 387_264_512)]
    [InlineData(6, 192, 6, 4096, 256, 16, Precision.Fp32, 869_621_760)]
    public void On_a_cpu_the_estimate_is_within_a_tenth_of_what_was_measured(
        int layers, int width, int heads, int vocabulary, int context, int batch, Precision precision, long measured) =>
        Assert.InRange(
            MemoryEstimate.For(Spec(layers, width, heads, vocabulary, context, batch, precision), 16_384, "cpu").Total
            / (double)measured,
            0.9, 1.1);

    /// <summary>
    /// Peaks of libtorch's allocator on one H200 in bf16, fused blocks, whole batch at once: docs/benchmarks.md.
    /// </summary>
    [Theory]
    [InlineData(12, 768, 12, 32, 8.83)]
    [InlineData(6, 512, 8, 32, 3.64)]
    [InlineData(6, 384, 6, 64, 4.37)]
    public void On_a_gpu_the_estimate_is_within_a_twentieth_of_what_was_measured(int layers, int width, int heads,
        int batch, double gibibytes)
    {
        var spec = Spec(layers, width, heads, 50_304, 1024, batch, Precision.Bf16);
        spec = spec with { Shape = spec.Shape with { Head = HeadKind.Tied } };
        Assert.InRange(MemoryEstimate.For(spec, 1 << 20, "cuda").Peak / (gibibytes * 1024 * 1024 * 1024), 0.95, 1.05);
    }

    [Fact]
    public void Half_the_micro_batch_halves_the_activations_and_lowers_the_work_and_nothing_else()
    {
        var spec = Spec(6, 192, 6, 4096, 256, 64, Precision.Fp32);
        var (whole, half) = (MemoryEstimate.For(spec, 16_384, "cpu"), MemoryEstimate.For(spec, 8_192, "cpu"));
        Assert.Equal(whole.Activations / 2, half.Activations);
        Assert.True(half.Working < whole.Working);
        Assert.Equal(whole with { Activations = 0, Working = 0 }, half with { Activations = 0, Working = 0 });
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("cuda")]
    public void What_is_computed_again_is_not_kept(string device)
    {
        var spec = Spec(24, 256, 4, 1024, 512, 16, Precision.Fp32);
        MemoryEstimate Of(RecomputeMode mode) => MemoryEstimate.For(
            spec, new WorkerSettings
            { DataFolder = "", CheckpointFolder = "", Device = device, MicroBatchTokens = 1 << 20, Recompute = mode });
        var (none, attention, block) = (Of(RecomputeMode.None), Of(RecomputeMode.Attention), Of(RecomputeMode.Block));
        Assert.True(block.Activations < attention.Activations && attention.Activations < none.Activations);
        Assert.True(block.Total < attention.Total && attention.Total < none.Total);
        // a block's input each, and little else
        Assert.InRange(block.Activations, 24L * 16 * 512 * 256 * 4, 27L * 16 * 512 * 256 * 4);
    }

    [Fact]
    public void An_optimizer_with_one_moment_needs_four_bytes_a_weight_less()
    {
        var spec = Spec(2, 24, 1, 1024, 64, 4, Precision.Fp32);
        var parameters = ParameterCount.For(spec.Shape).Total;
        long Of(OptimizerKind kind) =>
            MemoryEstimate.For(spec with { Recipe = spec.Recipe with { Optimizer = kind } }, 256, "cpu").Moments;
        Assert.Equal(8 * parameters, Of(OptimizerKind.Adamw));
        Assert.Equal(8 * parameters, Of(OptimizerKind.Lamb));
        Assert.Equal(4 * parameters, Of(OptimizerKind.Lion));
        Assert.Equal(4 * parameters, Of(OptimizerKind.Sgd));
        Assert.Equal(8 * parameters, Of(OptimizerKind.Muon)); // momentum, and a direction or a second moment
    }

    [Fact]
    public void More_tokens_than_a_chunk_of_logits_holds_make_no_more_logits()
    {
        long Working(int vocabulary, int batch) =>
            MemoryEstimate.For(Spec(2, 24, 1, vocabulary, 64, batch, Precision.Fp32), 1 << 24, "cpu").Working;
        var more = 512L * 64; // tokens
        var gradients = more * 4 * ((3 * 24) + 96); // of stream and hidden layer; not 32,768 a token
        Assert.InRange(Working(32_768, 1024) - Working(32_768, 512), 0, gradients);
        Assert.True(Working(100, 1024) - Working(100, 512) > more * 4 * 2 * 100, "small logits are whole");
    }

    [Fact]
    public void A_batch_smaller_than_the_micro_batch_and_a_micro_batch_smaller_than_a_sequence_count_as_what_is_trained()
    {
        var spec = Spec(2, 24, 1, 1024, 64, 4, Precision.Fp32);
        Assert.Equal(MemoryEstimate.For(spec, 256, "cpu"), MemoryEstimate.For(spec, 1 << 20, "cpu"));
        Assert.Equal(MemoryEstimate.For(spec, 64, "cpu"), MemoryEstimate.For(spec, 1, "cpu"));
    }

    [Fact]
    public void Weights_are_counted_once_in_fp32_and_beside_their_masters_in_bf16()
    {
        var shape = Spec(2, 24, 1, 1024, 64, 4, Precision.Fp32).Shape;
        var parameters = ParameterCount.For(shape).Total;
        var fp32 = MemoryEstimate.For(Spec(2, 24, 1, 1024, 64, 4, Precision.Fp32), 256, "cpu");
        var bf16 = MemoryEstimate.For(Spec(2, 24, 1, 1024, 64, 4, Precision.Bf16), 256, "cpu");
        Assert.Equal((0, 4, 4, 8), PerParameter(fp32));
        Assert.Equal((2, 4, 6, 8), PerParameter(bf16));

        (long, long, long, long) PerParameter(MemoryEstimate e) =>
            (e.Weights / parameters, e.Masters / parameters, e.Gradients / parameters, e.Moments / parameters);
    }

    [Fact]
    public void What_no_fused_kernel_makes_is_priced_as_the_plain_operations_that_train_it()
    {
        var spec = Spec(4, 256, 4, 1024, 128, 32, Precision.Bf16);
        var odd = spec with { Shape = spec.Shape with { Width = 60, Positions = PositionKind.None } };
        WorkerSettings On(CudaStepMode path) =>
            new() { DataFolder = "", CheckpointFolder = "", Device = "cuda", Cuda = path };
        Assert.Equal(MemoryEstimate.For(odd, On(CudaStepMode.Composite)),
            MemoryEstimate.For(odd, On(CudaStepMode.Graph)));
        Assert.True(MemoryEstimate.For(spec, On(CudaStepMode.Graph)).Peak
            < MemoryEstimate.For(spec, On(CudaStepMode.Composite)).Peak);
    }

    /// <summary>
    /// Numbers beside those of the plain shape, a token and layer of 256 wide with four heads, or of the ends.
    /// </summary>
    [Fact]
    public void On_a_gpu_each_way_of_a_shape_is_kept_as_its_kernels_keep_it()
    {
        var spec = Spec(4, 256, 4, 1024, 128, 32, Precision.Bf16);
        long Kept(ModelShape shape) => MemoryEstimate.For(spec with { Shape = shape }, 1 << 20, "cuda").Activations;
        long More(ModelShape shape) => (Kept(shape) - Kept(spec.Shape)) / (32 * 128 * 2);
        // in each half what is normed
        Assert.Equal(4 * 2 * 256, More(spec.Shape with { NormPlacement = NormPlacement.Post }));
        Assert.Equal(4 * 2 * 256, More(spec.Shape with { QkNorm = true })); // queries and keys before their norms
        Assert.Equal(-4 * 256, More(spec.Shape with { HeadsPerGroup = 2 })); // half the keys and values
        // what the matrix into the stream is applied to
        Assert.Equal(32, More(spec.Shape with { EmbeddingWidth = 32 }));
        Assert.Equal(0, More(spec.Shape with { LogitSoftCap = 30 }));
        // queries and keys in heads of 64 + 6, by eights
        Assert.Equal(4 * 2 * 4 * 72, More(spec.Shape with { Positions = PositionKind.Alibi }));
    }

    private static RunSpec Spec(int layers, int width, int heads, int vocabulary, int context, int batch,
        Precision precision) => new()
    {
        Shape = new ModelShape
            { Layers = layers, Width = width, Heads = heads, Vocabulary = vocabulary, Context = context },
        Data = new DataIdentity("none", "00", "00"),
        Steps = 1,
        Recipe = new TrainingRecipe { BatchSequences = batch, LearningRateMax = 1e-3, Precision = precision },
        Seed = 1,
    };
}
