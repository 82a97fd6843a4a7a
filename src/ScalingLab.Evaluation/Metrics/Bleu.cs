namespace ScalingLab.Evaluation.Metrics;

/// <summary>BLEU with what it is made of.</summary>
/// <param name="Score">0 to 100.</param>
/// <param name="Precisions">Of 1- to 4-grams, 0 to 100, smoothed.</param>
/// <param name="BrevityPenalty">1 where the text is not shorter than its references.</param>
/// <param name="Words">Of the texts scored.</param>
/// <param name="ReferenceWords">Of the references nearest in length.</param>
public sealed record BleuScore(
    double Score, IReadOnlyList<double> Precisions, double BrevityPenalty, long Words, long ReferenceWords);

/// <summary>
/// BLEU (Papineni et al. 2002) as sacreBLEU defines it (Post 2018, arXiv 1804.08771; signature
/// <c>case:mixed|tok:13a|smooth:exp</c>): the geometric mean of the clipped precisions of 1- to 4-grams, times a
/// penalty for texts that are too short. A precision of zero counts as half, then a quarter, .. of one match (Chen and
/// Cherry 2014, method 3).
/// </summary>
public static class Bleu
{
    private const int Order = 4;

    /// <summary>BLEU of all segments together: counts are added up before they are divided.</summary>
    /// <param name="segments">Each text with the references that it may be like.</param>
    public static BleuScore OfCorpus(IEnumerable<(string Text, IReadOnlyList<string> References)> segments) =>
        Score(segments.Aggregate(new BleuStatistics(),
            (sum, s) => sum.Plus(BleuStatistics.Of(s.Text, s.References))));

    /// <summary>
    /// Of one segment: precisions of lengths that its text is too short for do not count ("effective order").
    /// </summary>
    public static BleuScore OfSentence(string text, IReadOnlyList<string> references) =>
        Score(BleuStatistics.Of(text, references), effectiveOrder: true);

    /// <summary>Of what was counted.</summary>
    internal static BleuScore Score(BleuStatistics counted, bool effectiveOrder = false)
    {
        var (words, wanted) = (counted.Words, counted.ReferenceWords);
        var penalty = words >= wanted ? 1 : words > 0 ? Math.Exp(1 - ((double)wanted / words)) : 0;
        var precisions = new double[Order];
        if (counted.Matches.All(m => m == 0)) return new BleuScore(0, precisions, penalty, words, wanted);
        var (half, orders) = (1.0, Order);
        for (var n = 0; n < Order && counted.Totals[n] > 0; n++)
        {
            if (effectiveOrder) orders = n + 1;
            if (counted.Matches[n] == 0) half *= 2;
            precisions[n] = 100 * (counted.Matches[n] == 0 ? 1 / half : counted.Matches[n]) / counted.Totals[n];
        }

        // The logarithm of nothing is taken for so much less than any that the score is zero.
        var score = precisions.Take(orders).Any(p => p == 0) ? 0
            : penalty * Math.Exp(precisions.Take(orders).Sum(Math.Log) / orders);
        return new BleuScore(score, precisions, penalty, words, wanted);
    }

    /// <summary>What is counted of segments: the sums of several are the corpus'.</summary>
    internal sealed class BleuStatistics
    {
        /// <summary>N-grams that a reference has too, for n = 1 to 4.</summary>
        public long[] Matches { get; } = new long[Order];

        /// <summary>N-grams of the text.</summary>
        public long[] Totals { get; } = new long[Order];

        public long Words { get; private set; }

        public long ReferenceWords { get; private set; }

        public static BleuStatistics Of(string text, IReadOnlyList<string> references)
        {
            var words = WordTokenizer.Split(text);
            var others = references.Select(WordTokenizer.Split).ToList();
            var counted = new BleuStatistics
            {
                Words = words.Count,
                ReferenceWords = others.Select(o => o.Count).OrderBy(c => Math.Abs(c - words.Count)).ThenBy(c => c)
                    .First(),
            };
            for (var n = 1; n <= Order; n++)
            {
                var found = others.Select(o => NGramCounts.OfWords(o, n)).ToList();
                var mine = NGramCounts.OfWords(words, n);
                counted.Matches[n - 1] = mine.Sum(m =>
                    (long)Math.Min(m.Value, found.Max(f => f.GetValueOrDefault(m.Key))));
                counted.Totals[n - 1] = Math.Max(0, words.Count - n + 1);
            }
            return counted;
        }

        public BleuStatistics Plus(BleuStatistics other)
        {
            var sum = new BleuStatistics
            {
                Words = Words + other.Words,
                ReferenceWords = ReferenceWords + other.ReferenceWords,
            };
            for (var n = 0; n < Order; n++)
            {
                sum.Matches[n] = Matches[n] + other.Matches[n];
                sum.Totals[n] = Totals[n] + other.Totals[n];
            }
            return sum;
        }
    }
}
