namespace ScalingLab.Data.Duplicates;

/// <summary>Near copies that were planted, and what was found of them at one threshold.</summary>
/// <param name="EditRate">Share of the words that were edited, 0 to 1.</param>
/// <param name="Threshold">Jaccard similarity from which documents are near copies.</param>
/// <param name="ShingleWords">Words of a shingle.</param>
/// <param name="Bands">Bands of the search.</param>
/// <param name="Planted">Copies planted.</param>
/// <param name="PredictedSimilarity">Jaccard similarity that the rate leads to: with s = (1 - rate)^words, s / (2 -
/// s).</param>
/// <param name="MeanSimilarity">The mean of the pairs' true similarities.</param>
/// <param name="AtThreshold">Share of the pairs whose true similarity is at least the threshold.</param>
/// <param name="Expected">Recall that theory expects: the mean over the pairs of the S-curve at the pair's similarity,
/// 0 below the threshold.</param>
/// <param name="Found">Planted copies removed for their own originals.</param>
/// <param name="Removed">Documents removed.</param>
public sealed record DuplicateStudyRow(
    double EditRate, double Threshold, int ShingleWords, LshBands Bands, int Planted, double PredictedSimilarity,
    double MeanSimilarity, double AtThreshold, double Expected, int Found, int Removed)
{
    /// <summary>Share of the planted copies that were found.</summary>
    public double Recall => (double)Found / Planted;

    /// <summary>Share of the removed documents that were planted; null where none was removed.</summary>
    public double? Precision => Removed == 0 ? null : (double)Found / Removed;
}

/// <summary>
/// How much of planted near copies <see cref="DuplicateSearch"/> finds: each document of a corpus gets one copy in
/// which each word is, with the probability of the rate, replaced by another of the corpus, left out, or preceded by
/// another, a third of the time each.
/// </summary>
/// <param name="texts">Documents, none a copy of another.</param>
/// <param name="seed">Seeds the edits.</param>
public sealed class DuplicateStudy(IReadOnlyList<string> texts, int seed)
{
    private readonly string[] _pool = [.. texts.SelectMany(Split)];

    /// <summary>Documents with enough words, without those that are copies of others at the lowest threshold.</summary>
    /// <param name="texts">Documents, copies among them.</param>
    /// <param name="leastWords">Words from which a document is taken.</param>
    /// <param name="threshold">The lowest threshold that is studied.</param>
    /// <param name="shingleWords">Words of a shingle.</param>
    /// <param name="cancel">Ends it early.</param>
    public static IReadOnlyList<string> WithoutCopies(IEnumerable<string> texts, int leastWords, double threshold,
        int shingleWords, CancellationToken cancel)
    {
        List<string> all = [.. texts.Where(text => Split(text).Length >= leastWords)];
        var groups = DuplicateSearch.Find(all, new() { Near = threshold, ShingleWords = shingleWords }, cancel);
        return [.. all.Where((_, place) => groups.IsKept(place))];
    }

    /// <summary>Plants copies at a rate and looks for them.</summary>
    public DuplicateStudyRow Run(double rate, double threshold, int shingleWords, CancellationToken cancel)
    {
        var random = new Random(seed);
        List<string> copies = [.. texts.Select(text => Edit(text, rate, random))];
        var options = new DuplicateOptions { Near = threshold, ShingleWords = shingleWords };
        var groups = DuplicateSearch.Find(texts.Concat(copies), options, cancel);
        List<double> similarities = [.. texts.Zip(copies, (text, copy) => Shingles.Jaccard(
            Shingles.From(NormalizedText.From(text), shingleWords),
            Shingles.From(NormalizedText.From(copy), shingleWords)))];
        var kept = Math.Pow(1 - rate, shingleWords);
        var places = Enumerable.Range(0, groups.Documents).Where(place => !groups.IsKept(place)).ToList();
        return new(
            rate, threshold, shingleWords, options.Bands!, copies.Count, kept / (2 - kept), similarities.Average(),
            similarities.Average(s => s >= threshold ? 1.0 : 0),
            similarities.Average(s => s >= threshold ? options.Bands!.Probability(s) : 0),
            places.Count(place => groups.KeptPlace(place) == place - texts.Count), places.Count);
    }

    private string Edit(string text, double rate, Random random)
    {
        var edited = new List<string>();
        foreach (var word in Split(text))
        {
            if (random.NextDouble() >= rate)
            {
                edited.Add(word);
                continue;
            }
            var kind = random.Next(3);
            if (kind != 1) edited.Add(_pool[random.Next(_pool.Length)]);
            if (kind == 2) edited.Add(word);
        }
        return string.Join(' ', edited);
    }

    private static string[] Split(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
