namespace ScalingLab.Data.Quality;

/// <summary>
/// Words that insult, of a short list in English and Swahili: a heuristic that misses what is said in clean words,
/// other languages and other spellings, and counts quotations. It is no measure of toxicity as a trained classifier
/// gives one; none is had here.
/// </summary>
public static class Profanity
{
    /// <summary>What is counted, for reports.</summary>
    public const string Description = "words of a short list in English and Swahili; no classifier";

    private static readonly HashSet<string> Listed =
    [
        "arsehole", "asshole", "bastard", "bitch", "bitches", "bullshit", "cunt", "faggot", "fuck", "fucked", "fucker",
        "fucking", "motherfucker", "nigger", "shit", "slut", "twat", "wanker", "whore",
        "kuma", "kumamako", "malaya", "mboo", "mpumbavu", "msenge", "pumbavu", "wapumbavu",
    ];

    /// <summary>How many of the words are listed.</summary>
    /// <param name="words">In lower case.</param>
    public static int Count(IReadOnlyList<string> words) => words.Count(Listed.Contains);
}
