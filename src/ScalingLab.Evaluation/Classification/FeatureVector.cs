namespace ScalingLab.Evaluation.Classification;

/// <summary>Numbers of a text, those that are not zero.</summary>
/// <param name="Places">Which features.</param>
/// <param name="Values">Their values.</param>
public readonly record struct FeatureVector(int[] Places, double[] Values)
{
    /// <summary>Every number of a dense vector, zeros too.</summary>
    public static FeatureVector Of(IReadOnlyList<double> values) =>
        new([.. Enumerable.Range(0, values.Count)], [.. values]);
}
