namespace ScalingLab.Training.Parameters;

/// <summary>Values of the flat parameters that are treated alike.</summary>
/// <param name="Start">The first value's place.</param>
/// <param name="Count">Number of values.</param>
/// <param name="Key">What they have in common.</param>
internal sealed record FlatRange<TKey>(long Start, long Count, TKey Key);

internal static class FlatRange
{
    /// <summary>Neighbouring tensors with the same key as one range, in their order.</summary>
    public static IReadOnlyList<FlatRange<TKey>> Merge<TKey>(IReadOnlyList<ParameterSpec> specs,
        Func<ParameterSpec, TKey> key)
    {
        var ranges = new List<FlatRange<TKey>>();
        long start = 0, end = 0;
        for (var i = 0; i < specs.Count; i++)
        {
            end += specs[i].Count;
            if (i + 1 < specs.Count && Equals(key(specs[i + 1]), key(specs[i]))) continue;
            ranges.Add(new(start, end - start, key(specs[i])));
            start = end;
        }

        return ranges;
    }
}
