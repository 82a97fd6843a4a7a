namespace ScalingLab.Evaluation.Metrics;

/// <summary>
/// chrF (Popovic 2015) and chrF++ (Popovic 2017) as sacreBLEU defines them: an F-score in which recall weighs twice, of
/// the precision and recall averaged over runs of 1 to 6 characters without white space, and for chrF++ over runs of 1
/// and 2 words too; 0 to 100. Lengths that one of the two has no run of do not count.
/// </summary>
public static class ChrF
{
    private const int CharacterOrder = 6;
    private const double Beta = 2;
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /// <summary>Words in the longest run that chrF++ counts.</summary>
    public const int PlusPlusWords = 2;

    /// <summary>chrF of all segments together, 0 to 100: counts are added up before they are divided.</summary>
    /// <param name="segments">Each text with the references that it may be like.</param>
    /// <param name="wordOrder">0: chrF; <see cref="PlusPlusWords"/>: chrF++.</param>
    public static double OfCorpus(IEnumerable<(string Text, IReadOnlyList<string> References)> segments,
        int wordOrder = 0)
    {
        var sums = new long[3 * (CharacterOrder + wordOrder)];
        foreach (var (text, references) in segments) Add(sums, Count(text, references, wordOrder));
        return Score(sums);
    }

    /// <summary>chrF of one segment, 0 to 100.</summary>
    public static double OfSentence(string text, IReadOnlyList<string> references, int wordOrder = 0) =>
        Score(Count(text, references, wordOrder));

    /// <summary>
    /// What is counted of a segment, of the reference that gives it the best score: for each length of a run those of
    /// the text, of the reference, and of both. Sums of several are the corpus'.
    /// </summary>
    internal static long[] Count(string text, IReadOnlyList<string> references, int wordOrder)
    {
        var mine = Runs(text, wordOrder);
        return references.Select(r => Compare(mine, Runs(r, wordOrder))).MaxBy(Score)!;
    }

    /// <summary>Adds what was counted of a segment.</summary>
    internal static void Add(long[] sums, long[] counted)
    {
        for (var i = 0; i < sums.Length; i++) sums[i] += counted[i];
    }

    internal static double Score(long[] counted)
    {
        var (precision, recall, orders) = (0.0, 0.0, 0);
        foreach (var run in counted.Chunk(3).Where(run => run[0] > 0 && run[1] > 0))
        {
            precision += (double)run[2] / run[0];
            recall += (double)run[2] / run[1];
            orders++;
        }

        if (precision + recall == 0) return 0;
        (precision, recall) = (precision / orders, recall / orders);
        return 100 * (1 + (Beta * Beta)) * precision * recall / ((Beta * Beta * precision) + recall);
    }

    private static long[] Compare(List<Dictionary<string, int>> text, List<Dictionary<string, int>> reference) =>
    [
        .. text.Zip(reference).SelectMany<(Dictionary<string, int> Text, Dictionary<string, int> Reference), long>(r =>
            [r.Text.Values.Sum(), r.Reference.Values.Sum(), NGramCounts.Shared(r.Text, r.Reference)]),
    ];

    private static List<Dictionary<string, int>> Runs(string text, int wordOrder)
    {
        var words = WhiteSpace.Split(text);
        var joined = string.Concat(words);
        var starts = new List<int>();
        for (var at = 0; at < joined.Length; at += char.IsSurrogatePair(joined, at) ? 2 : 1) starts.Add(at);
        starts.Add(joined.Length);
        var runs = Enumerable.Range(1, CharacterOrder).Select(n => NGramCounts.OfCharacters(joined, starts, n))
            .ToList();
        if (wordOrder == 0) return runs;
        List<string> parted = [.. words.SelectMany(WithoutPunctuation)];
        runs.AddRange(Enumerable.Range(1, wordOrder).Select(n => NGramCounts.OfWords(parted, n)));
        return runs;
    }

    // As the reference does: "(hi)" is "(hi" and ")".
    private static string[] WithoutPunctuation(string word) => word switch
    {
        [_] => [word],
        [.. var front, var last] when Punctuation.Contains(last, StringComparison.Ordinal) => [front, last.ToString()],
        [var first, .. var rest] when Punctuation.Contains(first, StringComparison.Ordinal) => [first.ToString(), rest],
        _ => [word],
    };
}
