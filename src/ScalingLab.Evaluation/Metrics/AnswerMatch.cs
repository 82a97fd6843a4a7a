using System.Text;
using System.Text.RegularExpressions;

namespace ScalingLab.Evaluation.Metrics;

/// <summary>
/// Whether an answer is the one wanted, and how many words they share, as SQuAD's evaluation script defines both
/// (Rajpurkar et al. 2016, arXiv 1606.05250, section 6; version 2.0 for questions without an answer): small letters,
/// without punctuation, without the articles a, an and the.
/// </summary>
public static partial class AnswerMatch
{
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /// <summary>Whether the answer is one of those wanted; none wanted: whether it is empty.</summary>
    public static bool IsExact(string answer, IReadOnlyList<string> wanted) =>
        OrNothing(wanted).Any(w => Normalize(answer) == Normalize(w));

    /// <summary>Harmonic mean of the shares of words that answer and wanted answer have in common; of those wanted the
    /// best, 0 to 1.</summary>
    public static double F1(string answer, IReadOnlyList<string> wanted) => OrNothing(wanted).Max(w => F1(answer, w));

    /// <summary>The words that are compared, with single spaces.</summary>
    internal static string Normalize(string text)
    {
        var kept = new StringBuilder(text.Length);
        foreach (var c in text.ToLowerInvariant())
            if (!Punctuation.Contains(c, StringComparison.Ordinal)) kept.Append(c);
        return string.Join(' ', WhiteSpace.Split(Article().Replace(kept.ToString(), " ")));
    }

    private static double F1(string answer, string wanted)
    {
        var (mine, other) = (Words(answer), Words(wanted));
        if (mine.Count == 0 || other.Count == 0) return mine.Count == other.Count ? 1 : 0;
        var shared = NGramCounts.Shared(NGramCounts.OfWords(mine, 1), NGramCounts.OfWords(other, 1));
        if (shared == 0) return 0;
        var (precision, recall) = ((double)shared / mine.Count, (double)shared / other.Count);
        return 2 * precision * recall / (precision + recall);
    }

    private static List<string> Words(string text) => WhiteSpace.Split(Normalize(text));

    private static IReadOnlyList<string> OrNothing(IReadOnlyList<string> wanted) => wanted.Count > 0 ? wanted : [""];

    [GeneratedRegex(@"\b(a|an|the)\b")]
    private static partial Regex Article();
}
