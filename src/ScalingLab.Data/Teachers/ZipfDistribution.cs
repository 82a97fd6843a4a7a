namespace ScalingLab.Data.Teachers;

/// <summary>
/// Zipf's law over ranks: rank r, from 0, has a probability in proportion to (r + 1)^-exponent. Drawn in constant time
/// by the alias method (Walker 1977, as Vose 1991 builds it), whose thresholds are rounded to 2^-32.
/// </summary>
internal sealed class ZipfDistribution
{
    private const int ThresholdBits = 32;

    private readonly double[] _probabilities;
    private readonly double[] _costs;
    private readonly ulong[] _thresholds;
    private readonly int[] _aliases;

    public ZipfDistribution(int ranks, double exponent)
    {
        _probabilities = new double[ranks];
        for (var rank = 0; rank < ranks; rank++) _probabilities[rank] = Math.Pow(rank + 1, -exponent);
        // Small numbers first, so that the sum is as exact as its parts.
        double sum = 0;
        for (var rank = ranks - 1; rank >= 0; rank--) sum += _probabilities[rank];
        for (var rank = 0; rank < ranks; rank++) _probabilities[rank] /= sum;
        _costs = [.. _probabilities.Select(p => -Math.Log(p))];
        for (var rank = ranks - 1; rank >= 0; rank--) Entropy += _probabilities[rank] * _costs[rank];
        (_thresholds, _aliases) = Aliases(_probabilities);
    }

    /// <summary>Nats.</summary>
    public double Entropy { get; }

    public double Probability(long rank) => _probabilities[rank];

    /// <summary>-ln of the probability.</summary>
    public double Cost(long rank) => _costs[rank];

    /// <summary>A rank of 64 random bits: the upper ones choose a column, the lower ones the rank in it.</summary>
    public int Draw(ulong bits)
    {
        var column = (int)(((bits >> ThresholdBits) * (ulong)_aliases.Length) >> ThresholdBits);
        return (bits & uint.MaxValue) < _thresholds[column] ? column : _aliases[column];
    }

    private static (ulong[] Thresholds, int[] Aliases) Aliases(double[] probabilities)
    {
        var ranks = probabilities.Length;
        double[] scaled = [.. probabilities.Select(p => p * ranks)];
        var (thresholds, aliases) = (new ulong[ranks], new int[ranks]);
        var small = new Stack<int>(Enumerable.Range(0, ranks).Where(rank => scaled[rank] < 1));
        var large = new Stack<int>(Enumerable.Range(0, ranks).Where(rank => scaled[rank] >= 1));
        const double Whole = 1UL << ThresholdBits;
        while (small.Count > 0 && large.Count > 0)
        {
            var (low, high) = (small.Pop(), large.Pop());
            (thresholds[low], aliases[low]) = ((ulong)Math.Round(scaled[low] * Whole), high);
            scaled[high] -= 1 - scaled[low];
            (scaled[high] < 1 ? small : large).Push(high);
        }

        foreach (var rank in small.Concat(large)) (thresholds[rank], aliases[rank]) = ((ulong)Whole, rank);
        return (thresholds, aliases);
    }
}
