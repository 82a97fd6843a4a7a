namespace ScalingLab.Data.Quality;

/// <summary>
/// How much of a text is the same runs of words again (Gopher, Rae et al. 2021, arXiv 2112.11446, section A.1.1 and
/// table A1).
/// </summary>
internal static class WordRuns
{
    /// <summary>Share of the letters that stand in the commonest run of so many words; 0 where none repeats.</summary>
    public static double TopShare(IReadOnlyList<string> words, int size)
    {
        var letters = words.Sum(word => (long)word.Length);
        if (letters == 0 || words.Count < size) return 0;
        var counts = new Dictionary<ulong, (int Count, int Letters)>();
        var (hashes, ends) = (Hashes(words), Ends(words));
        for (var i = 0; i + size <= words.Count; i++)
        {
            var key = Duplicates.Shingles.Join(hashes.AsSpan(i, size));
            counts[key] = (counts.GetValueOrDefault(key).Count + 1, (int)(ends[i + size] - ends[i]));
        }
        return counts.Values.Where(run => run.Count > 1).Select(run => (double)run.Count * run.Letters / letters)
            .DefaultIfEmpty(0).Max();
    }

    /// <summary>
    /// Share of the letters that stand in runs of so many words that stood earlier, each counted once.
    /// </summary>
    public static double RepeatedShare(IReadOnlyList<string> words, int size)
    {
        var letters = words.Sum(word => (long)word.Length);
        if (letters == 0 || words.Count < size) return 0;
        var (seen, repeated, to) = (new HashSet<ulong>(), 0L, 0);
        var (hashes, ends) = (Hashes(words), Ends(words));
        for (var i = 0; i + size <= words.Count; i++)
        {
            if (seen.Add(Duplicates.Shingles.Join(hashes.AsSpan(i, size)))) continue;
            repeated += ends[i + size] - ends[Math.Max(i, to)];
            to = i + size;
        }
        return (double)repeated / letters;
    }

    private static ulong[] Hashes(IReadOnlyList<string> words)
    {
        var hashes = new List<ulong>(words.Count);
        foreach (var word in words) hashes.Add(Duplicates.Words.HashOf(word));
        return [.. hashes];
    }

    private static long[] Ends(IReadOnlyList<string> words)
    {
        var ends = new long[words.Count + 1];
        for (var i = 0; i < words.Count; i++) ends[i + 1] = ends[i] + words[i].Length;
        return ends;
    }
}
