namespace ScalingLab.Data.Quality;

/// <summary>A rule that a document passes or does not, with where it is from.</summary>
/// <param name="Name">As the command line has it.</param>
/// <param name="Rule">What passes, in a line.</param>
/// <param name="Source">The paper.</param>
/// <param name="Passes">Whether a document passes.</param>
public sealed record QualityFilter(string Name, string Rule, string Source, Func<TextMeasures, bool> Passes)
{
    private const string Gopher = "Gopher (Rae et al. 2021, arXiv 2112.11446, section A.1.1)";
    private const string C4 = "C4 (Raffel et al. 2020, arXiv 1910.10683, section 2.2)";
    private const string FineWeb = "FineWeb (Penedo et al. 2024, arXiv 2406.17557, section 3.6)";

    private static readonly double[] TopShares = [0.20, 0.18, 0.16];
    private static readonly double[] RepeatedShares = [0.15, 0.14, 0.13, 0.12, 0.11, 0.10];

    /// <summary>Every filter.</summary>
    public static IReadOnlyList<QualityFilter> All { get; } =
    [
        new("gopher-words", "50 to 100,000 words", Gopher, text => text.Words.Count is >= 50 and <= 100_000),
        new("gopher-word-length", "a mean word of 3 to 10 letters", Gopher,
            text => text.MeanWordLength is >= 3 and <= 10),
        new("gopher-symbols", "at most one # or ellipsis in ten words", Gopher, text => text.SymbolsPerWord <= 0.1),
        new("gopher-bullets", "at most 90 % of the lines begin with a bullet", Gopher,
            text => text.BulletLines <= 0.9),
        new("gopher-ellipsis", "at most 30 % of the lines end in an ellipsis", Gopher,
            text => text.EllipsisLines <= 0.3),
        new("gopher-letters", "at least 80 % of the words have a letter", Gopher, text => text.LetterWords >= 0.8),
        new("gopher-stop-words", "at least two stop words of a known language", Gopher, text =>
            Language.All.Any(language => text.Words.Count(language.StopWords.Contains) >= 2)),
        new("gopher-repeated-lines", "at most 30 % of the lines, and 20 % of the letters, in lines that stood earlier",
            Gopher, text => text.RepeatedLines <= 0.3 && text.RepeatedLineLetters <= 0.2),
        new("gopher-repeated-runs", "at most 20, 18, 16 % of the letters in the commonest run of 2, 3, 4 words, and 15 "
            + "to 10 % in repeated runs of 5 to 10", Gopher, text =>
            text.TopRuns.Zip(TopShares).Concat(text.RepeatedRuns.Zip(RepeatedShares))
                .All(pair => pair.First <= pair.Second)),
        new("c4-sentences", "at least three sentences", C4, text => text.Sentences >= 3),
        new("c4-braces", "no curly brace", C4, text => !text.Text.Contains('{')),
        new("c4-lorem-ipsum", "no 'lorem ipsum'", C4,
            text => !text.Text.Contains("lorem ipsum", StringComparison.OrdinalIgnoreCase)),
        new("fineweb-punctuation", "more than 12 % of the lines end a sentence", FineWeb,
            text => text.EndedLines > 0.12),
        new("fineweb-repeated-lines", "less than 10 % of the letters in lines that stood earlier", FineWeb,
            text => text.RepeatedLineLetters < 0.1),
        new("fineweb-short-lines", "less than 67 % of the lines are shorter than 30 letters", FineWeb,
            text => text.ShortLines < 0.67),
        .. Language.All.Select(language => new QualityFilter($"language-{language.Code}",
            $"{language.Name} by its stop words", "stop words, as Gopher has them for English",
            text => text.Language == language)),
    ];

    /// <summary>Whether the filter asks for a language: a document passes one of these at most.</summary>
    public bool IsLanguage => Name.StartsWith("language-", StringComparison.Ordinal);

    /// <summary>The filter of this name, or null.</summary>
    public static QualityFilter? Find(string name) => All.FirstOrDefault(filter => filter.Name == name);
}
