namespace ScalingLab.Data.Quality;

/// <summary>
/// A language that is told by its commonest words that carry no meaning of their own (Gopher, Rae et al. 2021, arXiv
/// 2112.11446, section A.1.1, has the English ones): a heuristic for whole documents, not for sentences.
/// </summary>
/// <param name="Code">ISO 639-1.</param>
/// <param name="Name">Its English name.</param>
/// <param name="StopWords">The words, in lower case.</param>
public sealed record Language(string Code, string Name, IReadOnlySet<string> StopWords)
{
    /// <summary>The least share of a document's words that have to be stop words of its language.</summary>
    public const double LeastShare = 0.08;

    /// <summary>Every language that is known here.</summary>
    public static IReadOnlyList<Language> All { get; } =
    [
        new("en", "English", Set("the be to of and that have with a in is it for was on as are by at this from")),
        new("sw", "Swahili", Set("na ya wa kwa ni katika za la kuwa hiyo cha huyo hii wake kama yake alisema hilo "
            + "vya huo kwamba baada bila lakini pia")),
        new("fr", "French", Set("le la les de des et un une en est que pour dans qui sur au du pas ce il")),
        new("de", "German", Set("der die das und in zu den von mit ist nicht ein eine auf des im sich dem es für")),
        new("es", "Spanish", Set("el la los las de que y en un una es por con del se para al lo su no")),
        new("pt", "Portuguese", Set("o a os as de que e em um uma do da não para com por no na se mais")),
    ];

    /// <summary>The language of this code, or null.</summary>
    public static Language? Find(string code) => All.FirstOrDefault(language => language.Code == code);

    /// <summary>
    /// The language with most stop words among a document's; null where too few words are any language's.
    /// </summary>
    /// <param name="words">In lower case.</param>
    public static Language? Guess(IReadOnlyList<string> words)
    {
        if (words.Count == 0) return null;
        var counts = All.Select(language => words.Count(language.StopWords.Contains)).ToList();
        var most = counts.Max();
        return most >= LeastShare * words.Count ? All[counts.IndexOf(most)] : null;
    }

    private static HashSet<string> Set(string words) => [.. words.Split(' ')];
}
