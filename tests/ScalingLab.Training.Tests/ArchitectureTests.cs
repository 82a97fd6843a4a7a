using ScalingLab.Runs;
using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Models;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Tests;

/// <summary>What holds for every combination of a shape's fields.</summary>
public sealed class ArchitectureTests
{
    [Fact]
    public void The_tensors_of_every_combination_add_up_to_the_counted_parameters()
    {
        var combinations = 0;
        foreach (var shape in Combinations())
        {
            Assert.Empty(shape.Problems());
            var (specs, count) = (ParameterSpec.For(shape), ParameterCount.For(shape));
            Assert.Equal(count.Total, specs.Sum(s => s.Count));
            Assert.Equal(count.Embedding, specs.Where(s => s.Name is "embedding" or "positions").Sum(s => s.Count));
            Assert.Equal(count.Head, specs.Where(s => s.Name is "head").Sum(s => s.Count));
            Assert.Equal(specs.Count, specs.Select(s => s.Name).Distinct().Count());
            // What a token is multiplied with: six FLOPs a weight, each block as often as it is passed.
            var passes = shape.Layers / shape.StoredLayers;
            double products = specs.Where(s => s.Decays && s.Name is not ("embedding" or "positions" or "head"))
                .Sum(s => (double)s.Count * (s.Name.StartsWith("blocks.", StringComparison.Ordinal) ? passes : 1));
            Assert.Equal(6 * products, FlopCount.For(shape).Blocks);
            Assert.Equal(6.0 * shape.Vocabulary * shape.TokenWidth, FlopCount.For(shape).Head);
            combinations++;
        }

        Assert.Equal(5 * 2 * 2 * 4 * 2 * 3 * 2 * 2 * 3 * 2, combinations);
    }

    [Fact]
    public void Only_matrices_are_decayed_and_come_first()
    {
        foreach (var shape in Combinations().Where((_, i) => i % 97 == 0))
        {
            var specs = ParameterSpec.For(shape);
            Assert.All(specs, s => Assert.Equal(s.Dimensions.Length == 2, s.Decays));
            Assert.DoesNotContain(specs.SkipWhile(s => s.Decays), s => s.Decays);
            Assert.All(specs.Where(s => s.Name.EndsWith(".bias", StringComparison.Ordinal)),
                s => Assert.Equal(0, s.InitialStd));
            Assert.All(specs.Where(s => s.Name.EndsWith("norm", StringComparison.Ordinal)),
                s => Assert.Null(s.InitialStd));
        }
    }

    [Fact]
    public void Every_combination_gives_finite_gradients_to_every_tensor()
    {
        foreach (var shape in Combinations().Where((_, i) => i % 37 == 0))
        {
            using var scope = NewDisposeScope();
            using var parameters = new ParameterBuffer(ParameterSpec.For(shape), Precision.Fp32, CPU, 1);
            using var model = new Transformer(shape, parameters);
            // it begins at zero, and then nothing before it has a gradient
            if (shape.Head == HeadKind.Untied) Filled(parameters["head"]);
            var tokens = randint(shape.Vocabulary, [2, shape.Context + 1]);
            model.Loss(tokens.narrow(1, 0, shape.Context), tokens.narrow(1, 1, shape.Context)).backward();
            Assert.True(parameters.Gradient.isfinite().all().item<bool>());
            Assert.All(parameters.Specs,
                s => Assert.True(parameters[s.Name].grad!.abs().max().item<float>() > 0, $"{s.Name} of {shape}"));
        }
    }

    [Fact]
    public void Z_loss_is_trained_on_and_not_reported()
    {
        using var scope = NewDisposeScope();
        var shape = TinyData.Shape with { Head = HeadKind.Tied };
        using var parameters = new ParameterBuffer(ParameterSpec.For(shape), Precision.Fp32, CPU, 1);
        using var model = new Transformer(shape, parameters);
        var (inputs, targets) = (randint(257, [2, 32]), randint(257, [2, 32]));
        var plain = model.Loss(inputs, targets).item<float>();
        var (reported, trained) =
            ChunkedLoss.Forward(() => model.Forward(inputs).view(-1, 257), x => x, targets.reshape(-1),
                new Objective(TinyData.Recipe with { ZLoss = 0.1 }));
        var z = model.Forward(inputs).logsumexp(-1).square().mean().item<float>();
        Assert.Equal(plain, reported.item<float>());
        Assert.Equal(plain + (0.1 * z), trained.item<float>(), 1e-4);
    }

    [Fact]
    public void Logits_never_pass_the_soft_cap()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var shape = TinyData.Shape with { Head = HeadKind.Tied, LogitSoftCap = 0.5 };
        using var parameters = new ParameterBuffer(ParameterSpec.For(shape), Precision.Fp32, CPU, 1);
        using var model = new Transformer(shape, parameters);
        var largest = model.Forward(randint(257, [2, 32])).abs().max().item<float>();
        Assert.InRange(largest, 0.3, 0.5);
    }

    [Fact]
    public void Alibi_slopes_are_those_of_the_paper_and_of_its_code_between_powers_of_two()
    {
        Assert.Equal([0.5f, 0.25f, 0.125f, 0.0625f, 0.03125f, 0.015625f, 0.0078125f, 0.00390625f],
            Positions.AlibiSlopes(8));
        Assert.Equal([0.25f, 0.0625f, 0.015625f, 0.00390625f, 0.5f, 0.125f], Positions.AlibiSlopes(6));
        Assert.Equal([1 / 256f], Positions.AlibiSlopes(1));
    }

    private static void Filled(Tensor weight)
    {
        using var quiet = no_grad();
        weight.normal_(0, 0.1);
    }

    private static IEnumerable<ModelShape> Combinations() =>
        from positions in Enum.GetValues<PositionKind>()
        from norm in Enum.GetValues<NormKind>()
        from placement in Enum.GetValues<NormPlacement>()
        from mlp in Enum.GetValues<MlpKind>()
        from head in Enum.GetValues<HeadKind>()
        from shared in new[] { 1, 2, 4 }
        from qkNorm in new[] { false, true }
        from biases in new[] { false, true }
        from distinct in new[] { 0, 1, 2 }
        from embedding in new[] { 0, 6 }
        select new ModelShape
        {
            Layers = 4, Width = 16, Heads = 4, Vocabulary = 11, Context = 8, Positions = positions, Norm = norm,
                NormPlacement = placement, Mlp = mlp,
            Head = head, HeadsPerGroup = shared, QkNorm = qkNorm, Biases = biases, DistinctLayers = distinct,
                EmbeddingWidth = embedding,
        };
}
