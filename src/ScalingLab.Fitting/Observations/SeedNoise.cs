namespace ScalingLab.Fitting.Observations;

/// <summary>
/// The noise floor: how far runs of one size and setting on the same number of tokens lie apart, as the pooled standard
/// deviation of ln loss over the replicated cells. No law can be expected to fit better.
/// </summary>
public sealed record SeedNoise(double StandardDeviation, int Cells, int Runs)
{
    /// <summary>Null without replicates.</summary>
    public static SeedNoise? Estimate(IReadOnlyList<LossObservation> observations)
    {
        ArgumentNullException.ThrowIfNull(observations);
        List<double[]> cells =
            [.. observations.GroupBy(one => (one.Parameters, one.Tokens, one.Setting)).Where(cell => cell.Count() > 1)
            // A copied row is no replicate.
            .Select(cell => cell.DistinctBy(one => (one.Loss, one.Seed)).Select(one => Math.Log(one.Loss)).ToArray())
            .Where(cell => cell.Length > 1)];
        if (cells.Count == 0)
            return null;
        var squares =
            cells.Sum(cell => cell.Average() is var mean ? cell.Sum(value => (value - mean) * (value - mean)) : 0);
        return new SeedNoise(Math.Sqrt(squares / cells.Sum(cell => cell.Length - 1)), cells.Count,
            cells.Sum(cell => cell.Length));
    }
}
