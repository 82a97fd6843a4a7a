using System.Numerics;

namespace ScalingLab.Data.Shards;

/// <summary>
/// In what order windows are visited: the i-th visit of a run is a function of (seed, i) alone, so a run goes on from a
/// step number. Within an epoch every window is visited exactly once, each epoch in an order of its own. A Feistel
/// network over the next even number of bits is a permutation whatever its round function (Luby and Rackoff 1988);
/// walking along the cycle until inside the range makes it one of any size (Black and Rogaway 2002), at most about 4
/// steps on average, with no memory.
/// </summary>
public sealed class WindowOrder
{
    private const int Rounds = 6;

    private readonly ulong _seed;
    private readonly int _halfBits;
    private readonly ulong _halfMask;

    /// <param name="windows">Windows in an epoch, at least 1.</param>
    public WindowOrder(long windows, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(windows, 1);
        Windows = windows;
        _seed = seed;
        var bits = windows == 1 ? 1 : BitOperations.Log2((ulong)(windows - 1)) + 1;
        _halfBits = (bits + 1) / 2;
        _halfMask = (1UL << _halfBits) - 1;
    }

    public long Windows { get; }

    /// <summary>The window of the index-th visit, counted from 0 over all epochs.</summary>
    public long this[long index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            var (epoch, place) = Math.DivRem(index, Windows);
            var key = Mix(_seed, (ulong)epoch);
            var value = (ulong)place;
            do value = Permute(value, key);
            while (value >= (ulong)Windows);
            return (long)value;
        }
    }

    private ulong Permute(ulong value, ulong key)
    {
        var left = value >> _halfBits;
        var right = value & _halfMask;
        for (var round = 0; round < Rounds; round++)
            (left, right) = (right, left ^ (Mix(Mix(key, (ulong)round), right) & _halfMask));
        return (left << _halfBits) | right;
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
