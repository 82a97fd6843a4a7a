using System.Numerics;
using System.Runtime.CompilerServices;

namespace ScalingLab.Data.Tokenizers.BytePairs;

/// <summary>From a pair of tokens to the rank of its merge: open addressing, at most half full.</summary>
internal sealed class PairTable
{
    private const ulong Free = ulong.MaxValue;

    private readonly (ulong Pair, int Rank)[] _entries;
    private readonly int _shift;

    /// <param name="capacity">How many pairs there will be.</param>
    public PairTable(int capacity)
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2 * capacity));
        _shift = 64 - BitOperations.Log2((uint)size);
        _entries = new (ulong, int)[size];
        Array.Fill(_entries, (Free, NoRank));
    }

    /// <summary>What a pair without a merge has: larger than every rank.</summary>
    public const int NoRank = int.MaxValue;

    /// <summary>Adds a pair; false where it is there already.</summary>
    public bool TryAdd(int left, int right, int rank)
    {
        ref var entry = ref Find(left, right);
        if (entry.Pair != Free) return false;
        entry = (Key(left, right), rank);
        return true;
    }

    /// <summary>The rank of a pair, or <see cref="NoRank"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Rank(int left, int right) => Find(left, right).Rank;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref (ulong Pair, int Rank) Find(int left, int right)
    {
        var key = Key(left, right);
        var entries = _entries;
        var place = (int)(unchecked(key * 0x9E3779B97F4A7C15) >> _shift);
        while (true)
        {
            ref var entry = ref entries[place];
            if (entry.Pair == key || entry.Pair == Free) return ref entry;
            place = (place + 1) & (entries.Length - 1);
        }
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;
}
