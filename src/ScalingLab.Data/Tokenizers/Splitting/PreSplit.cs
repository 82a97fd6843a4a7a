namespace ScalingLab.Data.Tokenizers.Splitting;

/// <summary>By which pattern text is cut into words, across whose borders no pair is merged.</summary>
public enum PreSplitKind
{
    /// <summary>Text is one word.</summary>
    None,

    /// <summary>
    /// GPT-2's pattern over UTF-16 units, as .NET matches it: letters and numbers outside the basic plane count as
    /// other characters.
    /// </summary>
    Gpt2Units,

    /// <summary>GPT-2's pattern (Radford et al. 2019, section 2.2) over code points.</summary>
    Gpt2,

    /// <summary>The pattern of cl100k_base (GPT-4): capitals in contractions, at most three digits in a row.</summary>
    Cl100k,

    /// <summary>
    /// The pattern of o200k_base (GPT-4o): words are cut before a capital that follows small letters.
    /// </summary>
    O200k,
}

/// <summary>A pattern that cuts text into words.</summary>
/// <param name="Kind">The family.</param>
/// <param name="Digits">The most digits in a row: 1 to 3; 0 where the pattern has no bound (GPT-2's).</param>
public readonly record struct PreSplit(PreSplitKind Kind, int Digits = 0)
{
    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private const string Gpt2Pattern =
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]";
    private const string Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";
    private const string Spaces = @"\s+(?!\S)|\s+";

    /// <summary>Not cut.</summary>
    public static PreSplit None => new(PreSplitKind.None);

    /// <summary>GPT-2's, over UTF-16 units.</summary>
    public static PreSplit Gpt2Units => new(PreSplitKind.Gpt2Units);

    /// <summary>GPT-2's.</summary>
    public static PreSplit Gpt2 => new(PreSplitKind.Gpt2);

    /// <summary>GPT-4's.</summary>
    public static PreSplit Cl100k => new(PreSplitKind.Cl100k, 3);

    /// <summary>GPT-4o's.</summary>
    public static PreSplit O200k => new(PreSplitKind.O200k, 3);

    /// <summary>
    /// The pattern as a regular expression over code points, for the programs that match one; null for
    /// <see cref="None"/>. What the scanners do is defined by it.
    /// </summary>
    public string? Pattern => Kind switch
    {
        PreSplitKind.None => null,
        PreSplitKind.Gpt2Units =>
            @"'s|'t|'re|'ve|'m|'ll|'d| ?[\p{L}&&[^\x{10000}-\x{10FFFF}]]+| ?[\p{N}&&[^\x{10000}-\x{10FFFF}]]+"
            + @"| ?(?:[^\s\p{L}\p{N}]|[\x{10000}-\x{10FFFF}])+|\s+(?!\S)|\s+",
        PreSplitKind.Gpt2 => Gpt2Pattern,
        PreSplitKind.Cl100k => $@"{Contractions}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|{Numbers}| ?[^\s\p{{L}}\p{{N}}]+"
            + $@"[\r\n]*|\s*[\r\n]+|{Spaces}",
        PreSplitKind.O200k => $@"[^\r\n\p{{L}}\p{{N}}]?{Upper}*{Lower}+{Contractions}?"
            + $@"|[^\r\n\p{{L}}\p{{N}}]?{Upper}+{Lower}*{Contractions}?|{Numbers}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*"
            + $@"|\s*[\r\n]+|{Spaces}",
        _ => throw new InvalidOperationException($"No pattern {Kind}."),
    };

    private string Numbers => Digits == 1 ? @"\p{N}" : $@"\p{{N}}{{1,{Digits}}}";

    /// <summary>The patterns that are known by a name of their own, for people and files.</summary>
    public static IReadOnlyList<(string Name, PreSplit Split)> Named { get; } =
        [("gpt2", Gpt2), ("cl100k", Cl100k), ("o200k", O200k)];

    /// <summary>The pattern of a regular expression as published files write it; null where it is another.</summary>
    public static PreSplit? OfPattern(string pattern)
    {
        foreach (var known in Known)
        {
            if (known.Pattern == pattern) return known;
        }
        // tiktoken writes the same with possessive quantifiers and the contractions under one apostrophe.
        return pattern switch
        {
            @"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s" => Gpt2,
            @"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+" => Gpt2,
            @"(?:'s|'t|'re|'ve|'m|'ll|'d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+" => Gpt2,
            @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]"
                + @"|\s+(?!\S)|\s+" => Cl100k,
            @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,2}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]"
                + @"|\s+(?!\S)|\s+" => Cl100k with { Digits = 2 },
            _ => null,
        };
    }

    private static IEnumerable<PreSplit> Known =>
    [
        Gpt2, Gpt2Units, .. Enumerable.Range(1, 3).Select(digits => Cl100k with { Digits = digits }),
        .. Enumerable.Range(1, 3).Select(digits => O200k with { Digits = digits }),
    ];
}
