using ScalingLab.Runs;
using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Models;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Tests;

public sealed class TransformerTests
{
    public static TheoryData<string, ModelShape> Shapes()
    {
        var shapes = new TheoryData<string, ModelShape>();
        foreach (var preset in ModelPresets.Ladder.Where(p => p.Width <= 384))
            shapes.Add(preset.Name, preset.Shape(preset.Width < 384 ? 1024 : 32_768));
        var tiny = TinyData.Shape;
        shapes.Add("swiglu", tiny with { Mlp = MlpKind.Swiglu });
        shapes.Add("tied", tiny with { Head = HeadKind.Tied });
        shapes.Add("learned positions", tiny with { Positions = PositionKind.Learned });
        shapes.Add("no positions", tiny with { Positions = PositionKind.None });
        return shapes;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_counted_parameters_are_those_that_libtorch_holds(string name, ModelShape shape)
    {
        using var parameters = new ParameterBuffer(ParameterSpec.For(shape), Precision.Fp32, CPU, 1);
        var count = ParameterCount.For(shape);
        Assert.Equal(count.Total, parameters.Master.numel());
        Assert.Equal(count.Total, parameters.Specs.Sum(s => parameters[s.Name].numel()));
        Assert.Equal(count.Embedding,
            parameters.Specs.Where(s => s.Name is "embedding" or "positions").Sum(s => parameters[s.Name].numel()));
        Assert.Equal(count.Head, parameters.Specs.Where(s => s.Name is "head").Sum(s => parameters[s.Name].numel()));
        Assert.False(string.IsNullOrEmpty(name));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_exact_FLOPs_are_six_a_weight_of_every_matrix_product_and_attention(string name, ModelShape shape)
    {
        // Independent of the formula: walk the tensors. 2 FLOPs a multiply-add, three products (forward, two backward).
        double weights = ParameterSpec.For(shape).Where(s => s.Decays && s.Name is not ("embedding" or "positions"))
            .Sum(s => (double)s.Count);
        if (shape.Head == HeadKind.Tied) weights += (double)shape.Vocabulary * shape.Width;
        double scores = 0, causal = 0;
        for (var query = 0; query < shape.Context; query++)
        {
            scores += 3 * 2 * 2 * (double)shape.Context * shape.HeadWidth * shape.Heads;
            causal += 3 * 2 * 2 * (query + 1.0) * shape.HeadWidth * shape.Heads;
        }

        Assert.Equal((6 * weights) + (shape.Layers * scores / shape.Context), FlopCount.For(shape).PerToken, 1e-3);
        Assert.Equal((6 * weights) + (shape.Layers * causal / shape.Context),
            FlopCount.For(shape, AttentionCount.Causal).PerToken, 1e-3);
        Assert.False(string.IsNullOrEmpty(name));
    }

    [Fact]
    public void An_untied_head_begins_at_zero_so_the_first_loss_is_the_logarithm_of_the_vocabulary()
    {
        using var scope = NewDisposeScope();
        using var parameters = new ParameterBuffer(ParameterSpec.For(TinyData.Shape), Precision.Fp32, CPU, 1);
        using var model = new Transformer(TinyData.Shape, parameters);
        var tokens = randint(257, [4, 33]);
        var loss = model.Loss(tokens.narrow(1, 0, 32), tokens.narrow(1, 1, 32)).item<float>();
        Assert.Equal(Math.Log(257), loss, 1e-5);
    }

    [Theory]
    [InlineData(PositionKind.Rotary, MlpKind.Gelu)]
    [InlineData(PositionKind.Learned, MlpKind.Swiglu)]
    [InlineData(PositionKind.None, MlpKind.Gelu)]
    public void No_token_sees_a_later_one(PositionKind positions, MlpKind mlp)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var shape = TinyData.Shape with { Positions = positions, Mlp = mlp, Head = HeadKind.Tied };
        using var parameters = new ParameterBuffer(ParameterSpec.For(shape), Precision.Fp32, CPU, 1);
        using var model = new Transformer(shape, parameters);
        var tokens = randint(257, [1, 32]);
        var changed = tokens.clone();
        changed.narrow(1, 20, 12).fill_(7);
        var difference = (model.Forward(tokens) - model.Forward(changed)).abs().amax([0, 2], false);
        Assert.All(Enumerable.Range(0, 20), t => Assert.Equal(0, difference.select(0, t).item<float>()));
        Assert.True(difference.select(0, 25).item<float>() > 1e-4, "a changed token changes what follows");
    }

    [Fact]
    public void Rotary_positions_tell_orders_apart_and_none_only_by_the_mask()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        float LastChange(PositionKind positions)
        {
            var shape = TinyData.Shape with { Positions = positions, Head = HeadKind.Tied, Layers = 1 };
            using var parameters = new ParameterBuffer(ParameterSpec.For(shape), Precision.Fp32, CPU, 1);
            using var model = new Transformer(shape, parameters);
            var one = tensor(new long[] { 5, 9, 7 }, [1, 3]);
            var two = tensor(new long[] { 9, 5, 7 }, [1, 3]);
            return (model.Forward(one).select(1, 2) - model.Forward(two).select(1, 2)).abs().max().item<float>();
        }

        Assert.True(LastChange(PositionKind.Rotary) > 1e-3);
        Assert.True(LastChange(PositionKind.Learned) > 1e-3);
        Assert.True(LastChange(PositionKind.None) < 1e-5, "one layer without positions sees a bag of tokens");
    }
}
