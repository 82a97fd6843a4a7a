namespace ScalingLab.Evaluation.Metrics;

/// <summary>How varied texts are, in the words of <see cref="WordTokenizer"/>.</summary>
public static class Diversity
{
    /// <summary>
    /// Distinct-n (Li et al. 2016, arXiv 1510.03055, section 5): different runs of n words over all of them, in all
    /// texts together; null where no text has so many words.
    /// </summary>
    public static double? Distinct(IEnumerable<string> texts, int n)
    {
        var (different, all) = (new HashSet<string>(), 0L);
        foreach (var text in texts)
        {
            foreach (var (run, times) in NGramCounts.OfWords(WordTokenizer.Split(text), n))
            {
                different.Add(run);
                all += times;
            }
        }
        return all == 0 ? null : (double)different.Count / all;
    }

    /// <summary>
    /// The share of a text's runs of n words that stood in it before: 1 - different / all, "seq-rep-n" (Welleck et al.
    /// 2020, arXiv 1908.04319, section 6.1); null where it has not so many words.
    /// </summary>
    public static double? Repetition(string text, int n)
    {
        var runs = NGramCounts.OfWords(WordTokenizer.Split(text), n);
        return runs.Count == 0 ? null : 1 - ((double)runs.Count / runs.Values.Sum());
    }
}
