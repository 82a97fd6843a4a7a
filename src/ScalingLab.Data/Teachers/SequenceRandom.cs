using ScalingLab.Data.Shards;

namespace ScalingLab.Data.Teachers;

/// <summary>
/// Random bits of one sequence: SplitMix64 (Steele, Lea and Flood 2014) from a hash of stream and number.
/// </summary>
internal struct SequenceRandom(ulong stream, long sequence)
{
    private readonly ulong _key = FeistelPermutation.Mix(stream, (ulong)sequence);
    private ulong _drawn;

    /// <summary>64 bits.</summary>
    public ulong Next() => FeistelPermutation.Mix(_key, _drawn++);

    /// <summary>A number from 0 to below 1.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number from 0 to below a limit, at most 2^32.</summary>
    public int Below(int limit) => (int)(((Next() >> 32) * (ulong)limit) >> 32);
}
