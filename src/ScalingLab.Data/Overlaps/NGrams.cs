using System.Runtime.InteropServices;
using ScalingLab.Data.Duplicates;

namespace ScalingLab.Data.Overlaps;

/// <summary>
/// Runs of 13 words, as GPT-3's decontamination compares them (Brown et al. 2020, arXiv 2005.14165, appendix C) and the
/// Pile after it: words are what <see cref="NormalizedText"/> has of letters and digits in a row, so capitals and
/// punctuation do not count. An evaluation document of 8 to 12 words is one run of all its words, 8 being the shortest
/// that GPT-3 compared.
/// </summary>
internal static class NGrams
{
    /// <summary>Words of a run.</summary>
    public const int Size = 13;

    /// <summary>Words that a document has to have to be compared.</summary>
    public const int Least = 8;

    /// <summary>The runs of an evaluation document with their length; none where it is too short.</summary>
    public static (int Size, ulong[] Hashes) Of(string text)
    {
        var words = new List<ulong>();
        Words.Hash(NormalizedText.From(text), words);
        if (words.Count < Least) return (0, []);
        var size = Math.Min(Size, words.Count);
        return (size, Hash(CollectionsMarshal.AsSpan(words), size));
    }

    /// <summary>A hash of each run of so many words, in order.</summary>
    public static ulong[] Hash(ReadOnlySpan<ulong> words, int size)
    {
        var hashes = new ulong[Math.Max(0, words.Length - size + 1)];
        for (var i = 0; i < hashes.Length; i++) hashes[i] = Shingles.Join(words.Slice(i, size));
        return hashes;
    }
}
