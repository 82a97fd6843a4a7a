using System.Numerics;
using System.Runtime.InteropServices;

namespace ScalingLab.Data.Duplicates;

/// <summary>
/// The shingles of a text: its runs of so many words, each once (Broder 1997, "On the resemblance and containment of
/// documents"). A text of fewer words is one shingle; one without a word is its own.
/// </summary>
internal static class Shingles
{
    private const ulong Factor = 0x9E3779B97F4A7C15;

    /// <summary>Their 64-bit hashes, in order of size, each once; at least one.</summary>
    /// <param name="normal">A <see cref="NormalizedText"/>.</param>
    /// <param name="size">Words of a shingle, at least 1.</param>
    public static ulong[] From(string normal, int size)
    {
        var words = new List<ulong>();
        Words.Hash(normal, words);
        if (words.Count == 0) foreach (var letter in normal) words.Add(Words.Mix(letter));
        var shingles = new List<ulong>(Math.Max(1, words.Count));
        for (var i = 0; i == 0 || i + size <= words.Count; i++)
            shingles.Add(Join(CollectionsMarshal.AsSpan(words).Slice(i, Math.Min(size, words.Count - i))));
        return SortedDistinct(shingles);
    }

    /// <summary>A number for words in this order.</summary>
    public static ulong Join(ReadOnlySpan<ulong> words)
    {
        var hash = (ulong)words.Length;
        foreach (var word in words) hash = unchecked((BitOperations.RotateLeft(hash, 23) ^ word) * Factor);
        return Words.Mix(hash);
    }

    /// <summary>Jaccard's similarity of two such sets: what both have over what either has, 0 to 1.</summary>
    public static double Jaccard(ReadOnlySpan<ulong> one, ReadOnlySpan<ulong> other)
    {
        var (i, j, both) = (0, 0, 0);
        while (i < one.Length && j < other.Length)
        {
            if (one[i] == other[j])
            {
                both++;
                i++;
                j++;
            }
            else if (one[i] < other[j]) i++;
            else j++;
        }
        var either = one.Length + other.Length - both;
        return either == 0 ? 1 : (double)both / either;
    }

    private static ulong[] SortedDistinct(List<ulong> numbers)
    {
        numbers.Sort();
        var distinct = 0;
        for (var i = 0; i < numbers.Count; i++)
        {
            if (i == 0 || numbers[i] != numbers[i - 1]) numbers[distinct++] = numbers[i];
        }
        return [.. CollectionsMarshal.AsSpan(numbers)[..distinct]];
    }
}
