using ScalingLab.Runs.Models;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Parallel;

/// <summary>Parts of the flat gradient that are added up together.</summary>
/// <param name="Layer">
/// They are made when the backward pass has come to before that layer, or to before the head where it is the number of
/// layers; null: when it has ended.
/// </param>
/// <param name="Ranges">First value and number of values, in order.</param>
internal sealed record GradientBucket(int? Layer, IReadOnlyList<(long First, long Count)> Ranges)
{
    /// <summary>
    /// Every value once, in the order in which the backward pass makes them: the head's, the blocks' from the last,
    /// then the embedding's and what is small (vectors). A block that several layers use is made when the backward pass
    /// has left the first of them.
    /// </summary>
    /// <param name="specs">The tensors in the order in which they lie.</param>
    /// <param name="shape">The model.</param>
    /// <param name="leastBytes">What a bucket has at least, all but the last.</param>
    public static IReadOnlyList<GradientBucket> Plan(IReadOnlyList<ParameterSpec> specs, ModelShape shape,
        long leastBytes)
    {
        var offset = 0L;
        var placed =
            specs.Select(spec =>
                (MadeAt: ReadyAtLayer(spec, shape), First: (offset += spec.Count) - spec.Count, spec.Count)).ToList();
        var buckets = new List<GradientBucket>();
        List<(long First, long Count)> open = [];
        foreach (var group in placed.Where(p => p.MadeAt is not null).GroupBy(p => p.MadeAt!.Value)
            .OrderByDescending(g => g.Key))
        {
            open.AddRange(group.Select(p => (p.First, p.Count)));
            if (open.Sum(p => p.Count) * sizeof(float) < leastBytes) continue;
            buckets.Add(new GradientBucket(group.Key, Merged(open)));
            open = [];
        }

        buckets.Add(
            new GradientBucket(null,
                Merged([.. open, .. placed.Where(p => p.MadeAt is null).Select(p => (p.First, p.Count))])));
        return buckets;
    }

    private static int? ReadyAtLayer(ParameterSpec spec, ModelShape shape)
    {
        if (!spec.Decays) return null;
        if (spec.Name is "head" || spec.Name.StartsWith("embedding.down", StringComparison.Ordinal))
            return shape.Layers;
        return spec.Name.Split('.') is ["blocks", var number, ..]
            ? int.Parse(number, System.Globalization.CultureInfo.InvariantCulture) : null;
    }

    private static List<(long First, long Count)> Merged(IEnumerable<(long First, long Count)> ranges)
    {
        var joined = new List<(long First, long Count)>();
        foreach (var (first, count) in ranges.OrderBy(r => r.First))
        {
            if (joined is [.., var last] && last.First + last.Count == first)
                joined[^1] = (last.First, last.Count + count);
            else joined.Add((first, count));
        }

        return joined;
    }
}
