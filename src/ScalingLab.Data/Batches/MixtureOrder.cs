using ScalingLab.Data.Shards;

namespace ScalingLab.Data.Batches;

/// <summary>
/// Which source each sequence of a run is drawn from: a function of the weights, the seed and the sequence's number
/// alone, so a run goes on from a step number. Each source is met as evenly as whole sequences allow: among any n
/// sequences in a row, weight x n of them to within as many as there are sources. Sources are told apart one after
/// another: the n-th draw that reaches a source is its own where floor(n p + phase) steps, p its share of what is left
/// (a Beatty sequence), in integers, so that every machine agrees.
/// </summary>
public sealed class MixtureOrder
{
    private const int ShareBits = 32;

    private readonly ulong[] _shares;
    private readonly ulong[] _phases;

    /// <param name="weights">Above 0, one a source; they need not add up to 1.</param>
    public MixtureOrder(IReadOnlyList<double> weights, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfZero(weights.Count);
        foreach (var weight in weights) ArgumentOutOfRangeException.ThrowIfNegativeOrZero(weight);
        const double Whole = 1UL << ShareBits;
        _shares = new ulong[weights.Count - 1];
        _phases = new ulong[_shares.Length];
        for (var source = 0; source < _shares.Length; source++)
        {
            _shares[source] =
                (ulong)Math.Clamp(Math.Round(weights[source] / weights.Skip(source).Sum() * Whole), 1, Whole - 1);
            _phases[source] = FeistelPermutation.Mix(seed, (ulong)source) >> (64 - ShareBits);
        }
    }

    /// <summary>The source of a sequence of the run, and how many of that source's were before it.</summary>
    public (int Source, long Index) this[long sequence]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(sequence);
            var left = sequence;
            for (var source = 0; source < _shares.Length; source++)
            {
                var before = DrawnCount(source, left);
                if (DrawnCount(source, left + 1) > before) return (source, before);
                left -= before;
            }
            return (_shares.Length, left);
        }
    }

    /// <summary>How many of the first so many sequences are a source's.</summary>
    public long Count(int source, long sequences)
    {
        for (var other = 0; other < source; other++) sequences -= DrawnCount(other, sequences);
        return source < _shares.Length ? DrawnCount(source, sequences) : sequences;
    }

    private long DrawnCount(int source, long reached) =>
        (long)((((UInt128)reached * _shares[source]) + _phases[source]) >> ShareBits);
}
