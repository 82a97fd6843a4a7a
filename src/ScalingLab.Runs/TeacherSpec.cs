using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace ScalingLab.Runs;

/// <summary>Sources of tokens whose entropy is known.</summary>
public enum TeacherKind
{
    /// <summary>
    /// A Markov source: the token after each context is Zipf-distributed over ranks, and which token has which rank is
    /// a permutation made by hashing the context.
    /// </summary>
    ZipfNgram,

    /// <summary>
    /// Sentences of a probabilistic context-free grammar in which every sentence has one derivation (a simple
    /// deterministic grammar, Korenjak and Hopcroft 1966).
    /// </summary>
    Grammar,

    /// <summary>Zipf-distributed tokens, among which spans of the sequence so far are repeated.</summary>
    Copying,

    /// <summary>Copying over a Markov source that backs off to shorter contexts: what looks like text.</summary>
    Text,
}

/// <summary>
/// A seeded source of tokens, whole: any number of sequences, each a function of this, of a stream and of its number
/// alone. A field that a kind does not use is null.
/// </summary>
public sealed record TeacherSpec
{
    /// <summary>Fewest tokens that it knows.</summary>
    public const int VocabularyMin = 2;

    /// <summary>Most tokens that it knows.</summary>
    public const int VocabularyMax = 1 << 20;

    /// <summary>Least and most of each number.</summary>
    internal static IReadOnlyDictionary<string, (double Least, double Most)> Limits { get; } =
        new Dictionary<string, (double, double)>
    {
        ["vocabulary"] = (VocabularyMin, VocabularyMax),
        ["seed"] = (0, int.MaxValue),
        ["exponent"] = (0, 8),
        ["order"] = (0, 16),
        ["backoff"] = (0, 0.99),
        ["copyProbability"] = (0, 0.9),
        ["copyLength"] = (1, 1e6),
        ["nonterminals"] = (1, 4096),
        ["rules"] = (2, VocabularyMax),
    };

    // Raised when the same definition would give other tokens.
    private const int Version = 1;

    /// <summary>What it is.</summary>
    public required TeacherKind Kind { get; init; }

    /// <summary>Tokens that it knows, numbered from 0.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Seeds the source itself: which tokens follow which.</summary>
    public required int Seed { get; init; }

    /// <summary>Exponent s of Zipf's law: rank r has a probability in proportion to r^-s; 0 is uniform.</summary>
    public required double Exponent { get; init; }

    /// <summary>Tokens of context that the next token depends on.</summary>
    public int? Order { get; init; }

    /// <summary>
    /// Probability that a token is drawn by one token of context less, and again, down to none: 0 to below 1.
    /// </summary>
    public double? Backoff { get; init; }

    /// <summary>Probability that a span is repeated wherever none is being repeated.</summary>
    public double? CopyProbability { get; init; }

    /// <summary>Mean tokens of a repeated span.</summary>
    public double? CopyLength { get; init; }

    /// <summary>Nonterminals of a grammar.</summary>
    public int? Nonterminals { get; init; }

    /// <summary>Rules of each nonterminal.</summary>
    public int? Rules { get; init; }

    /// <summary>SHA-256 of the definition, lower-case hexadecimal.</summary>
    [JsonIgnore]
    public string Hash => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"teacher {Version}\n{RunJson.Serialize(this)}")));

    internal static bool Has(TeacherKind kind, string field) => field switch
    {
        "order" or "backoff" => kind is TeacherKind.ZipfNgram or TeacherKind.Text,
        "copyProbability" or "copyLength" => kind is TeacherKind.Copying or TeacherKind.Text,
        "nonterminals" or "rules" => kind is TeacherKind.Grammar,
        _ => true,
    };

    /// <summary>Why it cannot be drawn from: each field with what is wrong.</summary>
    public IEnumerable<(string Field, string Problem)> Problems()
    {
        if (!Enum.IsDefined(Kind)) yield return ("kind", $"is {(int)Kind}, which is no kind");
        (string Field, double? Value)[] values =
        [
            ("vocabulary", Vocabulary), ("seed", Seed), ("exponent", Exponent), ("order", Order), ("backoff", Backoff),
            ("copyProbability", CopyProbability), ("copyLength", CopyLength), ("nonterminals", Nonterminals),
            ("rules", Rules),
        ];
        foreach (var (field, value) in values)
        {
            var (least, most) = Limits[field];
            if (!Has(Kind, field) && value is not null)
                yield return (field, $"has no meaning for kind \"{EnumNames.ToName(Kind)}\"");
            else if (Has(Kind, field) && !(value >= least && value <= most))
                yield return (field, string.Create(System.Globalization.CultureInfo.InvariantCulture,
                    $"is {value}; {least} to {most} is expected"));
        }

        if (Rules > Vocabulary) yield return ("rules", $"is {Rules}; the vocabulary has {Vocabulary} tokens");
    }

    /// <summary>In a few words: "zipf-ngram, order 1, 256 tokens".</summary>
    [JsonIgnore]
    public string Title => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"{EnumNames.ToName(Kind)}, {(Order is { } order ? $"order {order}, " : "")}{Vocabulary:N0} tokens");
}
