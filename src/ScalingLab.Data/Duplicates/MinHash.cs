using System.Numerics;

namespace ScalingLab.Data.Duplicates;

/// <summary>
/// MinHash signatures (Broder 1997): the least of a set's numbers under each of many permutations; two sets agree at a
/// place with the probability of their Jaccard similarity. A permutation of 32-bit numbers is two odd factors with
/// shifts between, its constants drawn from a fixed seed. The same on every machine, however wide its vectors are.
/// </summary>
internal sealed class MinHash
{
    private readonly uint[] _masks;
    private readonly uint[] _first;
    private readonly uint[] _second;

    /// <param name="permutations">A multiple of 16, above 0.</param>
    public MinHash(int permutations)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(permutations % 16, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(permutations, 16);
        (_masks, _first, _second) = (Draw(permutations, 1), Draw(permutations, 2), Draw(permutations, 3));
        for (var i = 0; i < permutations; i++) (_first[i], _second[i]) = (_first[i] | 1, _second[i] | 1);
    }

    /// <summary>Permutations, the length of a signature.</summary>
    public int Permutations => _masks.Length;

    /// <summary>Fills in the signature of a set.</summary>
    /// <param name="set">At least one number; the upper half of each is folded onto the lower.</param>
    /// <param name="signature">One number a permutation.</param>
    public void Sign(ReadOnlySpan<ulong> set, Span<uint> signature)
    {
        for (var i = 0; i < _masks.Length; i += Vector<uint>.Count)
        {
            var (mask, first, second) =
                (new Vector<uint>(_masks, i), new Vector<uint>(_first, i), new Vector<uint>(_second, i));
            var least = new Vector<uint>(uint.MaxValue);
            foreach (var number in set)
            {
                var value = (new Vector<uint>((uint)(number & uint.MaxValue) ^ (uint)(number >> 32)) ^ mask) * first;
                value = (value ^ (value >>> 15)) * second;
                least = Vector.Min(least, value ^ (value >>> 16));
            }
            least.CopyTo(signature[i..]);
        }
    }

    private static uint[] Draw(int count, ulong stream) =>
        [.. Enumerable.Range(1, count).Select(i => (uint)(Words.Mix(unchecked((stream << 32) + (ulong)i)) >> 32))];
}
