using ScalingLab.Data.Duplicates;

namespace ScalingLab.Data.Quality;

/// <summary>What quality filters look at in a document, measured once.</summary>
public sealed record TextMeasures
{
    private const string EndMarks = ".!?\"'”’»…。！？؟।";
    private const string Bullets = "-*•●◦▪–—·";

    private TextMeasures()
    {
    }

    /// <summary>Words: runs of letters, digits and marks, in lower case.</summary>
    public required IReadOnlyList<string> Words { get; init; }

    /// <summary>Letters of a word, the mean.</summary>
    public required double MeanWordLength { get; init; }

    /// <summary>Hash signs and ellipses a word.</summary>
    public required double SymbolsPerWord { get; init; }

    /// <summary>Share of the words with at least one letter.</summary>
    public required double LetterWords { get; init; }

    /// <summary>Lines that are not blank.</summary>
    public required int Lines { get; init; }

    /// <summary>Share of the lines that begin with a bullet.</summary>
    public required double BulletLines { get; init; }

    /// <summary>Share of the lines that end in an ellipsis.</summary>
    public required double EllipsisLines { get; init; }

    /// <summary>Share of the lines that end in a mark that ends a sentence.</summary>
    public required double EndedLines { get; init; }

    /// <summary>Share of the lines of fewer than 30 letters.</summary>
    public required double ShortLines { get; init; }

    /// <summary>Share of the lines that stood earlier in the document.</summary>
    public required double RepeatedLines { get; init; }

    /// <summary>Share of the letters of lines that stand in those that stood earlier.</summary>
    public required double RepeatedLineLetters { get; init; }

    /// <summary>Share of the letters in the commonest run of 2, 3 and 4 words.</summary>
    public required IReadOnlyList<double> TopRuns { get; init; }

    /// <summary>Share of the letters in runs of 5 to 10 words that stand more than once.</summary>
    public required IReadOnlyList<double> RepeatedRuns { get; init; }

    /// <summary>Sentences: marks that end one, followed by white space or the end.</summary>
    public required int Sentences { get; init; }

    /// <summary>The text itself.</summary>
    public required string Text { get; init; }

    /// <summary>The language by its stop words; null: none that is known.</summary>
    public required Language? Language { get; init; }

    /// <summary>Measures a document.</summary>
    public static TextMeasures Of(string text)
    {
        var normal = NormalizedText.From(text);
        List<string> words = [.. Duplicates.Words.Split(normal).Select(word => normal[word])];
        List<string> lines = [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
        var symbols = text.Count(letter => letter is '#' or '…') + text.Split("...").Length - 1;
        var (repeated, repeatedLetters) = RepeatedIn(lines);
        return new()
        {
            Text = text,
            Words = words,
            MeanWordLength = words.Count == 0 ? 0 : words.Average(word => word.Length),
            SymbolsPerWord = words.Count == 0 ? 0 : (double)symbols / words.Count,
            LetterWords = Share(words, word => word.Any(char.IsLetter)),
            Lines = lines.Count,
            BulletLines = Share(lines, line => Bullets.Contains(line[0], StringComparison.Ordinal)),
            EllipsisLines = Share(lines, line => line.EndsWith('…') || line.EndsWith("...", StringComparison.Ordinal)),
            EndedLines = Share(lines, line => EndMarks.Contains(line[^1], StringComparison.Ordinal)),
            ShortLines = Share(lines, line => line.Length < 30),
            RepeatedLines = lines.Count == 0 ? 0 : (double)repeated / lines.Count,
            RepeatedLineLetters = lines.Count == 0 ? 0 : (double)repeatedLetters / lines.Sum(line => line.Length),
            TopRuns = [.. Enumerable.Range(2, 3).Select(size => WordRuns.TopShare(words, size))],
            RepeatedRuns = [.. Enumerable.Range(5, 6).Select(size => WordRuns.RepeatedShare(words, size))],
            Sentences = CountSentences(text),
            Language = Language.Guess(words),
        };
    }

    private static double Share(List<string> all, Func<string, bool> has) =>
        all.Count == 0 ? 0 : (double)all.Count(has) / all.Count;

    private static (int Lines, long Letters) RepeatedIn(List<string> lines)
    {
        var seen = new HashSet<string>();
        List<string> repeated = [.. lines.Where(line => !seen.Add(line))];
        return (repeated.Count, repeated.Sum(line => (long)line.Length));
    }

    private static int CountSentences(string text)
    {
        var sentences = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '。' or '！' or '？' or '।' or '؟'
                || (text[i] is '.' or '!' or '?' && (i + 1 == text.Length || !char.IsLetterOrDigit(text[i + 1])
                && text[i + 1] is not ('.' or '!' or '?')))) sentences++;
        }
        return sentences;
    }
}
