using System.Text.RegularExpressions;

namespace ScalingLab.Evaluation.Classification;

/// <summary>
/// Texts as the words that they have, whatever their order: (1 + ln times) x (1 + ln((1 + texts) / (1 + texts with the
/// word))), with length 1. Words are runs of letters and digits in small letters that two training texts have.
/// </summary>
public sealed partial class BagOfWords
{
    private const int MostWords = 50_000;

    private readonly Dictionary<string, (int Place, double Weight)> _words;

    /// <summary>The words of training texts; of very many those that most texts have.</summary>
    public BagOfWords(IReadOnlyList<string> texts)
    {
        var found = texts.SelectMany(t => Words(t).Distinct()).CountBy(w => w).Where(w => w.Value > 1)
            .OrderByDescending(w => w.Value).ThenBy(w => w.Key, StringComparer.Ordinal).Take(MostWords);
        _words = found.Index().ToDictionary(w => w.Item.Key,
            w => (w.Index, 1 + Math.Log((1.0 + texts.Count) / (1 + w.Item.Value))));
    }

    /// <summary>tf-idf of the text's known words, of length 1.</summary>
    public FeatureVector Of(string text)
    {
        var counts = Words(text).Where(_words.ContainsKey).CountBy(w => w).Select(w =>
            (_words[w.Key].Place, Value: _words[w.Key].Weight * (1 + Math.Log(w.Value))))
            .OrderBy(w => w.Place).ToList();
        var length = Math.Sqrt(counts.Sum(c => c.Value * c.Value));
        return new FeatureVector([.. counts.Select(c => c.Place)], [.. counts.Select(c => c.Value / length)]);
    }

    private static IEnumerable<string> Words(string text) =>
        Word().Matches(text.ToLowerInvariant()).Select(m => m.Value);

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}]+")]
    private static partial Regex Word();
}
