using System.Numerics;

namespace ScalingLab.Data.Shards;

/// <summary>
/// Permutations of 0 to size - 1, one a key, in no memory. A Feistel network over the next even number of bits is a
/// permutation whatever its round function (Luby and Rackoff 1988); walking along the cycle until inside the range
/// makes it one of any size (Black and Rogaway 2002), at most about 4 steps on average.
/// </summary>
internal readonly struct FeistelPermutation
{
    private const int Rounds = 6;

    private readonly ulong _size;
    private readonly int _halfBits;
    private readonly ulong _halfMask;

    /// <param name="size">At least 1.</param>
    public FeistelPermutation(long size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        _size = (ulong)size;
        var bits = size == 1 ? 1 : BitOperations.Log2((ulong)(size - 1)) + 1;
        _halfBits = (bits + 1) / 2;
        _halfMask = (1UL << _halfBits) - 1;
    }

    /// <summary>Where a key's permutation puts a place.</summary>
    public long Forward(long place, ulong key)
    {
        var value = (ulong)place;
        do
        {
            var (left, right) = (value >> _halfBits, value & _halfMask);
            for (var round = 0; round < Rounds; round++)
                (left, right) = (right, left ^ (Mix(Mix(key, (ulong)round), right) & _halfMask));
            value = (left << _halfBits) | right;
        }
        while (value >= _size);
        return (long)value;
    }

    /// <summary>The place that <see cref="Forward"/> puts there.</summary>
    public long Inverse(long value, ulong key)
    {
        var place = (ulong)value;
        do
        {
            var (left, right) = (place >> _halfBits, place & _halfMask);
            for (var round = Rounds - 1; round >= 0; round--)
                (left, right) = (right ^ (Mix(Mix(key, (ulong)round), left) & _halfMask), left);
            place = (left << _halfBits) | right;
        }
        while (place >= _size);
        return (long)place;
    }

    /// <summary>The finalizer of SplitMix64 (Steele, Lea and Flood 2014) over both numbers.</summary>
    internal static ulong Mix(ulong a, ulong b)
    {
        unchecked
        {
            var mixed = a + (b + 1) * 0x9E3779B97F4A7C15UL;
            mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9UL;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL;
            return mixed ^ (mixed >> 31);
        }
    }
}
