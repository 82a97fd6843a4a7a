using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Tests;

public class ModelShapeTests
{
    private static readonly ModelShape Shape =
        new() { Layers = 2, Width = 24, Heads = 1, Vocabulary = 1024, Context = 64 };

    [Fact]
    public void Parameters_are_counted_by_what_they_are()
    {
        // 2 layers x (4 x 24^2 attention + 8 x 24^2 MLP + 2 norms of 24) + a last norm of 24.
        Assert.Equal(
            new ParameterCount(1024 * 24, (2 * ((12 * 576) + 48)) + 24, 1024 * 24, 1024 * 24, (2 * ((12 * 576) + 48))
                + 24), ParameterCount.For(Shape));
        Assert.Equal(0, ParameterCount.For(Shape with { Head = HeadKind.Tied }).Head);
        Assert.Equal(ParameterCount.For(Shape).WithHead,
            ParameterCount.For(Shape with { Head = HeadKind.Tied }).WithHead);
        Assert.Equal(1088 * 24, ParameterCount.For(Shape with { Positions = PositionKind.Learned }).Embedding);
    }

    [Fact]
    public void FLOPs_a_token_are_six_a_weight_and_twelve_a_position_seen()
    {
        var full = FlopCount.For(Shape);
        Assert.Equal(new FlopCount(6 * 2 * 12 * 576, 12 * 2 * 64 * 24, 6 * 1024 * 24), full);
        Assert.Equal(full.Attention * 65 / 128, FlopCount.For(Shape, AttentionCount.Causal).Attention);
        Assert.Equal(6.0 * ParameterCount.For(Shape).WithHead * 1000, FlopCount.SixND(Shape, 1000));
    }

    [Fact]
    public void Swiglu_costs_about_what_GELU_costs()
    {
        var wide = Shape with { Width = 768, Heads = 12 };
        Assert.Equal(2048, (wide with { Mlp = MlpKind.Swiglu }).HiddenWidth);
        Assert.InRange(FlopCount.For(wide with { Mlp = MlpKind.Swiglu }).Blocks / FlopCount.For(wide).Blocks, 0.99,
            1.02);
    }

    [Fact]
    public void Presets_are_trainable_and_named_by_their_size()
    {
        Assert.All(ModelPresets.All, p => Assert.Empty(p.Shape(1024).Problems()));
        foreach (var preset in ModelPresets.Ladder.Where(p => p.Name.EndsWith('k')))
        {
            // The names leave the norms out, which are about a thousand at most.
            var thousands =
                int.Parse(preset.Name["micro-".Length..^1], System.Globalization.CultureInfo.InvariantCulture);
            Assert.InRange(ParameterCount.For(preset.Shape(1024)).Total / 1000.0, thousands - 0.5, thousands + 1.2);
        }
    }

    [Fact]
    public void The_ladder_has_the_sizes_that_its_page_gives()
    {
        double[] millions = [23.2, 31.5, 41.9, 54.7, 70.1, 88.5, 110.1, 135.2, 164.2];
        var ladder = ModelPresets.Ladder.Where(p => !p.Name.StartsWith("micro", StringComparison.Ordinal)).ToList();
        Assert.Equal(millions.Length, ladder.Count);
        Assert.All(ladder.Zip(millions),
            p => Assert.InRange(ParameterCount.For(p.First.Shape(32768)).WithHead / 1e6, p.Second - 0.06, p.Second
                + 0.1));
        Assert.All(ladder, p => Assert.Equal((64 * p.Layers, 64), (p.Width, p.Width / p.Heads)));
    }

    // As their authors' model cards and configurations count them; each with its own vocabulary.
    [Theory]
    [InlineData("gpt2-small", 50_257, 124_439_808)]
    [InlineData("pythia-14m", 50_304, 14_067_712)]
    [InlineData("pythia-31m", 50_304, 30_494_720)]
    [InlineData("pythia-70m", 50_304, 70_426_624)]
    [InlineData("pythia-160m", 50_304, 162_322_944)]
    public void Known_models_have_their_published_number_of_parameters(string name, int vocabulary, long parameters) =>
        Assert.Equal(parameters, ParameterCount.For(ModelPresets.Find(name)!.Shape(vocabulary)).Total);

    // As decoders they lack an encoder's segment embeddings, embedding norm, pooler and masked-token head.
    [Theory]
    [InlineData("distil-size", 30_522, 66)]
    [InlineData("minilm-size", 30_522, 33)]
    [InlineData("albert-size", 30_000, 12)]
    public void Known_encoders_keep_their_size_as_decoders(string name, int vocabulary, int millions) =>
        Assert.InRange(ParameterCount.For(ModelPresets.Find(name)!.Shape(vocabulary)).Total / 1e6, millions - 1,
            millions + 0.5);

    [Fact]
    public void Layers_that_share_weights_are_stored_once_and_cost_each()
    {
        var (own, shared) = (ParameterCount.For(Shape), ParameterCount.For(Shape with { DistinctLayers = 1 }));
        Assert.Equal((own.NonEmbedding - 24) / 2, shared.NonEmbedding - 24);
        Assert.Equal(own.NonEmbedding, shared.Applied);
        Assert.Equal(FlopCount.For(Shape), FlopCount.For(Shape with { DistinctLayers = 1 }));
        Assert.Equal(FlopCount.SixND(Shape, 1e6), FlopCount.SixND(Shape with { DistinctLayers = 1 }, 1e6));
    }

    [Fact]
    public void Grouped_heads_and_a_factorised_embedding_cost_what_they_multiply()
    {
        var shape = Shape with { Width = 32, Heads = 4 };
        Assert.Equal(2 * 2 * 32 * (32 - 8), ParameterCount.For(shape).NonEmbedding
            - ParameterCount.For(shape with { HeadsPerGroup = 4 }).NonEmbedding);
        Assert.Equal(FlopCount.For(shape).Attention, FlopCount.For(shape with { HeadsPerGroup = 4 }).Attention);
        var narrow = shape with { EmbeddingWidth = 8 };
        Assert.Equal((1024 * 8, 1024 * 8),
            (ParameterCount.For(narrow).Embedding, ParameterCount.For(narrow).HeadProduct));
        Assert.Equal(2 * 8 * 32, ParameterCount.For(narrow).NonEmbedding - ParameterCount.For(shape).NonEmbedding);
        Assert.Equal(6.0 * 1024 * 8, FlopCount.For(narrow).Head);
    }

    [Fact]
    public void Every_reason_against_a_shape_is_given()
    {
        var shape = new ModelShape { Layers = 0, Width = 8, Heads = 0, Vocabulary = 1, Context = 1 };
        Assert.Equal(["layers", "heads", "vocabulary", "context"], shape.Problems().Select(p => p.Field));
        Assert.Contains("try 4 heads", Assert.Single((Shape with { Width = 64, Heads = 5 }).Problems()).Problem,
            StringComparison.Ordinal);
    }
}
