using ScalingLab.Runs;
using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Models;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Tests;

public sealed class KeyValueCacheTests
{
    public static TheoryData<string, ModelShape> Shapes()
    {
        var shapes = new TheoryData<string, ModelShape>();
        var plain = TinyData.Shape with { Layers = 4, Heads = 4, Head = HeadKind.Tied };
        foreach (var positions in Enum.GetValues<PositionKind>())
        {
            foreach (var group in new[] { 1, 2, 4 })
                shapes.Add($"{positions}, {group} heads a group",
                    plain with { Positions = positions, HeadsPerGroup = group });
        }

        shapes.Add("QK-norm", plain with { QkNorm = true });
        shapes.Add("post-norm, biases",
            plain with { Norm = NormKind.Layer, NormPlacement = NormPlacement.Post, Biases = true });
        shapes.Add("side by side, half of each head turned",
            plain with { Norm = NormKind.Layer, Biases = true, ParallelBlocks = true, RotaryShare = 0.5 });
        shapes.Add("one block for all", plain with { DistinctLayers = 1, Positions = PositionKind.Learned });
        shapes.Add("factorised, capped",
            plain with { EmbeddingWidth = 8, LogitSoftCap = 3, Positions = PositionKind.Sinusoidal });
        return shapes;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Token_by_token_the_logits_are_those_of_the_whole_text(string name, ModelShape shape)
    {
        using var scope = NewDisposeScope();
        using var parameters = new ParameterBuffer(ParameterSpec.For(shape), Precision.Fp32, CPU, 1);
        using var model = new Transformer(shape, parameters);
        var tokens = randint(shape.Vocabulary, [2, shape.Context]);
        Tensor whole;
        using (no_grad()) whole = model.Forward(tokens);
        using var cache = model.NewCache(sequences: 2);
        var at = 0;
        // a prompt, single tokens, several at once, to the last place of the context
        foreach (var count in new[] { 9, 1, 1, 4, 1, 16 })
        {
            var logits = model.Step(tokens.narrow(1, at, count), cache);
            var difference = (logits - whole.narrow(1, at, count)).abs().max().item<float>();
            Assert.True(difference < 2e-5, $"{name}: {count} tokens after {at} differ by {difference}");
            at += count;
        }

        Assert.Equal(shape.Context, cache.Length);
    }

    [Fact]
    public void A_cache_that_was_cut_goes_on_from_there()
    {
        using var scope = NewDisposeScope();
        var shape = TinyData.Shape with { Head = HeadKind.Tied };
        using var parameters = new ParameterBuffer(ParameterSpec.For(shape), Precision.Fp32, CPU, 1);
        using var model = new Transformer(shape, parameters);
        using var cache = model.NewCache();
        var (prompt, wrong, right) =
            (randint(257, [1, 10]), full([1, 3], 7, ScalarType.Int64), full([1, 3], 200, ScalarType.Int64));
        model.Step(prompt, cache);
        var other = model.Step(wrong, cache);
        cache.Truncate(10);
        var again = model.Step(right, cache);
        using var fresh = model.NewCache();
        model.Step(prompt, fresh);
        Assert.True(again.HasBitsOf(model.Step(right, fresh)));
        Assert.False(again.allclose(other));
    }

    [Fact]
    public void More_tokens_than_the_context_or_other_sequences_are_refused()
    {
        using var scope = NewDisposeScope();
        using var parameters = new ParameterBuffer(ParameterSpec.For(TinyData.Shape), Precision.Fp32, CPU, 1);
        using var model = new Transformer(TinyData.Shape, parameters);
        using var cache = model.NewCache();
        model.Step(randint(257, [1, 30]), cache);
        var full = Assert.Throws<ArgumentException>(() => model.Step(randint(257, [1, 3]), cache));
        Assert.Contains("30 tokens and 3 more", full.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => model.Step(randint(257, [2, 1]), cache));
        Assert.Equal(30, cache.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Truncate(31));
    }
}
