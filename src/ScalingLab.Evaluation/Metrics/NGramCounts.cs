namespace ScalingLab.Evaluation.Metrics;

/// <summary>How often each run of n words, or of n characters, stands in a text.</summary>
internal static class NGramCounts
{
    public static Dictionary<string, int> OfWords(IReadOnlyList<string> words, int n)
    {
        var counts = new Dictionary<string, int>();
        for (var i = 0; i + n <= words.Count; i++)
            Add(counts, n == 1 ? words[i] : string.Join(' ', words.Skip(i).Take(n)));
        return counts;
    }

    /// <summary>Of characters, which are Unicode code points; <paramref name="starts"/> says where each begins, and
    /// last where the text ends.</summary>
    public static Dictionary<string, int> OfCharacters(string text, IReadOnlyList<int> starts, int n)
    {
        var counts = new Dictionary<string, int>();
        for (var i = 0; i + n < starts.Count; i++) Add(counts, text[starts[i]..starts[i + n]]);
        return counts;
    }

    /// <summary>Those that both have, each as often as the one that has it less often.</summary>
    public static int Shared(Dictionary<string, int> one, Dictionary<string, int> other) =>
        one.Sum(c => Math.Min(c.Value, other.GetValueOrDefault(c.Key)));

    private static void Add(Dictionary<string, int> counts, string key) =>
        counts[key] = counts.GetValueOrDefault(key) + 1;
}
