using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Recipes;
using ScalingLab.Torch;
using ScalingLab.Training.Optimizers;
using ScalingLab.Training.Parameters;
using ScalingLab.Training.Steps;

namespace ScalingLab.Training.Tests;

public sealed class OptimizerTests(TinyData data) : IClassFixture<TinyData>
{
    // Tensors in which several matrices lie packed, of odd sizes.
    private static readonly ModelShape Packed =
        TinyData.Shape with { Width = 24, Heads = 4, Mlp = MlpKind.Swiglu, Vocabulary = 37 };

    public static TheoryData<OptimizerKind> Kinds => [.. Enum.GetValues<OptimizerKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Three_clipped_updates_are_the_papers_equations_in_float64(OptimizerKind kind)
    {
        using var scope = NewDisposeScope();
        var recipe = RecipeOf(kind) with { GradientClip = 2.5, WeightDecay = 0.3 };
        if (kind != OptimizerKind.Lamb) recipe = recipe with { EmbeddingRate = 3, HeadRate = 0.5, VectorRate = 2 };
        using var parameters = new ParameterBuffer(ParameterSpec.For(Packed), Precision.Fp32, CPU, 3);
        using var optimizer = Optimizer.Create(parameters, Packed, recipe);
        using (no_grad()) parameters["head"].normal_(0, 0.1);
        var random = new Random(1 + (int)kind);
        var written =
            new WrittenOptimizer(recipe, ParameterPart.Split(parameters.Specs, Packed), Values(parameters.Master),
            [.. parameters.Specs.SelectMany(spec => Enumerable.Repeat(Pace(spec.Name), (int)spec.Count))]);
        for (var step = 1; step <= 3; step++)
        {
            var gradient = Enumerable.Range(0, (int)parameters.Count)
                .Select(_ => (float)((random.NextDouble() * 2) - 1)).ToArray();
            using (no_grad()) parameters.Gradient.copy_(tensor(gradient));
            var norm = Math.Sqrt(gradient.Sum(x => (double)x * x));
            Assert.Equal(norm, optimizer.Step(step, 0.01 * step), 1e-9 * norm);
            written.Step(step, 0.01 * step, [.. gradient.Select(x => x * (2.5 / norm))]);
        }

        var found = Values(parameters.Master);
        var worst = found.Zip(written.Weights, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(worst < (kind == OptimizerKind.Muon ? 2e-5 : 2e-6), $"differs by {worst}");

        double Pace(string name) => name switch
        {
            "embedding" => recipe.EmbeddingRate,
            "head" => recipe.HeadRate,
            _ => name.Contains("norm", StringComparison.Ordinal) ? recipe.VectorRate : 1,
        };
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_gradient_with_a_number_that_is_none_changes_nothing(OptimizerKind kind)
    {
        using var scope = NewDisposeScope();
        using var parameters = new ParameterBuffer(ParameterSpec.For(Packed), Precision.Bf16, CPU, 3);
        using var optimizer = Optimizer.Create(parameters, Packed, RecipeOf(kind));
        using (no_grad()) parameters.Gradient.normal_();
        optimizer.Step(1, 0.01);
        Tensor[] all = [parameters.Master, parameters.Copy!, .. optimizer.State];
        var before = all.Select(t => t.clone()).ToArray();
        foreach (var bad in new[] { float.NaN, float.PositiveInfinity })
        {
            using (no_grad()) parameters.Gradient.narrow(0, 5, 1).fill_(bad);
            Assert.False(double.IsFinite(optimizer.Step(2, 0.01)));
        }

        Assert.All(all.Zip(before), pair => Assert.True(pair.First.HasBitsOf(pair.Second)));
    }

    [Fact]
    public void Each_optimizer_keeps_only_the_state_that_it_needs()
    {
        using var scope = NewDisposeScope();
        using var parameters = new ParameterBuffer(ParameterSpec.For(Packed), Precision.Fp32, CPU, 3);
        var all = parameters.Count;
        var hidden = ParameterPart.Split(parameters.Specs, Packed).Where(p => p.IsHidden).Sum(p => p.Count);
        long[] Sizes(OptimizerKind kind)
        {
            using var optimizer = Optimizer.Create(parameters, Packed, RecipeOf(kind));
            return [.. optimizer.State.Select(t => t.numel())];
        }

        Assert.Equal([all, all], Sizes(OptimizerKind.Adamw));
        Assert.Equal([all], Sizes(OptimizerKind.Lion));
        Assert.Equal([all, all], Sizes(OptimizerKind.Lamb));
        Assert.Equal([all, all - hidden], Sizes(OptimizerKind.Muon));
        Assert.Equal([all], Sizes(OptimizerKind.Sgd));
    }

    [Fact]
    public void Queries_keys_values_and_the_halves_of_a_gate_are_matrices_of_their_own()
    {
        var parts = ParameterPart.Split(ParameterSpec.For(Packed), Packed);
        var hidden = parts.Where(p => p.IsHidden).Select(p => (p.Dimensions[0], p.Dimensions[1])).ToList();
        long h = Packed.HiddenWidth;
        (long, long)[] block = [(24, 24), (24, 24), (24, 24), (24, 24), (h, 24), (h, 24), (24, h)];
        Assert.Equal([.. block, .. block], hidden);
        Assert.Equal(ParameterSpec.For(Packed).Sum(s => s.Count), parts.Sum(p => p.Count));
        Assert.All(parts.Zip(parts.Skip(1)),
            pair => Assert.Equal(pair.First.Start + pair.First.Count, pair.Second.Start));

        var grouped =
            ParameterPart.Split([new("blocks.0.attention.qkv", [24 + 12 + 12, 24], 1)],
                Packed with { HeadsPerGroup = 2 });
        Assert.Equal([(0, 24), (24 * 24, 12), (36 * 24, 12)], grouped.Select(p => (p.Start, p.Dimensions[0])));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_stopped_run_with_a_growing_batch_goes_on_bit_for_bit(OptimizerKind kind)
    {
        var recipe = RecipeOf(kind) with { BatchWarmupFraction = 0.8, EvaluationTokens = 2048 };
        var spec = data.Spec(TinyData.Shape with { Mlp = MlpKind.Swiglu }, steps: 20, recipe);
        var (whole, saidWhole) = data.Train(data.Order(spec, $"whole-{kind}"));
        var order = data.Order(spec, $"broken-{kind}", s => s with { CheckpointSteps = 7 });
        using (var stop = new CancellationTokenSource())
        {
            using var first = new TrainingLoop(order, data.Prepared, m =>
            {
                if (m is WorkerMessage.CheckpointSaved) stop.Cancel();
            });
            Assert.Throws<OperationCanceledException>(() => first.Train(stop.Token));
        }

        var (resumed, saidResumed) = data.Train(order);
        Assert.Equal(7, saidResumed.OfType<WorkerMessage.Started>().Single().Step);
        var points = saidWhole.OfType<WorkerMessage.Measured>().Select(m => m.Point).ToList();
        Assert.Equal(points, saidResumed.OfType<WorkerMessage.Measured>().Select(m => m.Point));
        Assert.Equal(whole.LossValidation, resumed.LossValidation);
        Assert.Equal(spec.TokensAfter(5), points[4].Tokens);
        Assert.Equal(spec.Tokens, points[^1].Tokens);
        Assert.True(spec.Tokens < 20 * spec.BatchTokens);
    }

    [Fact]
    public void A_growing_batch_reads_every_sequence_once_and_in_order()
    {
        var recipe = TinyData.Recipe with { BatchWarmupFraction = 0.5 };
        var spec = data.Spec(steps: 10, recipe: recipe);
        using var training =
            new TrainingStep(spec, data.Order(spec, "order", s => s with { MicroBatchTokens = 3 * 32 }).Settings);
        var read = new List<long>();
        void Read(long first, int count, Span<long> inputs, Span<long> targets)
        {
            for (var i = 0; i < count; i++) read.Add(first + i);
            inputs.Fill(3);
            targets.Fill(4);
        }

        for (var step = 0; step < 10; step++) training.Run(step, Read);
        Assert.Equal(Enumerable.Range(0, (int)BatchSchedule.SequencesAfter(recipe, 10, 10)).Select(i => (long)i), read);
        read.Clear();
        training.Run(6, Read); // out of turn, as after a resume
        Assert.Equal(BatchSchedule.SequencesAfter(recipe, 6, 10), read[0]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_changes_from_step_to_step_on_a_device_is_three_numbers(OptimizerKind kind)
    {
        var recipe = RecipeOf(kind);
        using var parameters = new ParameterBuffer(ParameterSpec.For(TinyData.Shape), Precision.Fp32, CPU, 1);
        using var optimizer = Optimizer.Create(parameters, TinyData.Shape, recipe);
        var first = kind == OptimizerKind.Muon ? 0.9 : recipe.Beta1; // of Muon its AdamW's, not its momentum
        double[] expected = [0.5, 1 / (1 - Math.Pow(first, 3)), 1 / (1 - Math.Pow(recipe.Beta2, 3))];
        var control = optimizer.Control(3, 0.5);
        Assert.Equal(expected.Length, control.Length);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], control[i], 1e-6 * expected[i]);
    }

    [Fact]
    public void Each_learning_rate_of_the_models_parts_has_its_own_three_numbers_on_a_device()
    {
        var recipe = RecipeOf(OptimizerKind.Adamw) with { EmbeddingRate = 4, HeadRate = 4, VectorRate = 2 };
        using var parameters = new ParameterBuffer(ParameterSpec.For(TinyData.Shape), Precision.Fp32, CPU, 1);
        using var optimizer = Optimizer.Create(parameters, TinyData.Shape, recipe);
        var control = optimizer.Control(3, 0.5);
        Assert.Equal(optimizer.ControlCount, control.Length);
        Assert.Equal([0.5f, 2, 1], control.Where((_, i) => i % 3 == 0));
        Assert.Single(control.Where((_, i) => i % 3 == 1).Distinct());
    }

    [Fact]
    public void An_embedding_begins_with_the_standard_deviation_that_the_recipe_gives()
    {
        foreach (var head in Enum.GetValues<HeadKind>())
        {
            using var scope = NewDisposeScope();
            using var parameters =
                new ParameterBuffer(ParameterSpec.For(TinyData.Shape with { Head = head, Vocabulary = 4096 }, 0.02),
                    Precision.Fp32, CPU, 1);
            Assert.Equal(0.02, parameters["embedding"].square().mean().sqrt().item<float>(), 0.0005);
        }
    }

    private static TrainingRecipe RecipeOf(OptimizerKind kind)
    {
        var usual = OptimizerDefaults.For(kind);
        return TinyData.Recipe with
        {
            Optimizer = kind, LearningRateMax = 0.02 * usual.LearningRateScale, Beta1 = usual.Beta1,
                Beta2 = usual.Beta2, Epsilon = usual.Epsilon,
            WeightDecay = usual.WeightDecay,
        };
    }

    private static double[] Values(Tensor flat) => [.. flat.data<float>().ToArray().Select(x => (double)x)];
}
