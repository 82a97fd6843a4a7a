using ScalingLab.Runs.Models;
using ScalingLab.Training.Parallel;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Tests;

public sealed class GradientBucketTests
{
    private static readonly ModelShape Shape =
        new() { Layers = 3, Width = 16, Heads = 2, Vocabulary = 64, Context = 8 };

    public static TheoryData<ModelShape> Shapes => [
        Shape, Shape with { Head = HeadKind.Tied },
            Shape with { Biases = true, Norm = NormKind.Layer, Positions = PositionKind.Learned },
        Shape with { EmbeddingWidth = 8 }, Shape with { Layers = 6, DistinctLayers = 2 },
            Shape with { NormPlacement = NormPlacement.Post, QkNorm = true },
    ];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_value_is_added_up_once_whatever_the_size_of_a_bucket(ModelShape shape)
    {
        var specs = ParameterSpec.For(shape);
        foreach (var bytes in (long[])[1, 4000, 1 << 30])
        {
            var buckets = GradientBucket.Plan(specs, shape, bytes);
            var next = 0L;
            foreach (var (first, count) in buckets.SelectMany(b => b.Ranges).OrderBy(r => r.First))
            {
                Assert.Equal(next, first);
                next = first + count;
            }

            Assert.Equal(specs.Sum(s => s.Count), next);
            Assert.Equal(buckets.Select(b => b.Layer ?? -1).OrderDescending(), buckets.Select(b => b.Layer ?? -1));
            Assert.Null(buckets[^1].Layer);
            Assert.All(buckets.SkipLast(1), b => Assert.True(b.Ranges.Sum(r => r.Count) * sizeof(float) >= bytes));
        }

        Assert.Single(GradientBucket.Plan(specs, shape, 1 << 30));
    }

    [Fact]
    public void A_bucket_holds_what_the_way_back_has_made_by_then_and_no_more()
    {
        Assert.Equal(
            ["3: head", "2: blocks.2", "1: blocks.1", "0: blocks.0", "end: embedding, vectors"],
            GradientBucket.Plan(ParameterSpec.For(Shape), Shape, 1).Select(b => $"{Layer(b)}: {Names(Shape, b)}"));

        var tied = Shape with { Head = HeadKind.Tied }; // the embedding's gradient is whole at the end alone
        Assert.Equal(
            ["2: blocks.2", "1: blocks.1", "0: blocks.0", "end: embedding, vectors"],
            GradientBucket.Plan(ParameterSpec.For(tied), tied, 1).Select(b => $"{Layer(b)}: {Names(tied, b)}"));

        // a block is whole when the first layer that uses it is left
        var shared = Shape with { Layers = 6, DistinctLayers = 2 };
        Assert.DoesNotContain(GradientBucket.Plan(ParameterSpec.For(shared), shared, 1),
            b => b.Layer >= shared.StoredLayers && b.Layer < shared.Layers);
    }

    private static string Layer(GradientBucket bucket) =>
        bucket.Layer?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "end";

    private static string Names(ModelShape shape, GradientBucket bucket)
    {
        var first = 0L;
        var names = new List<string>();
        foreach (var spec in ParameterSpec.For(shape))
        {
            if (bucket.Ranges.Any(r => r.First <= first && first + spec.Count <= r.First + r.Count))
                names.Add(!spec.Decays ? "vectors" : spec.Name.StartsWith("blocks.", StringComparison.Ordinal)
                    ? spec.Name[..8] : spec.Name);
            first += spec.Count;
        }

        return string.Join(", ", names.Distinct());
    }
}
