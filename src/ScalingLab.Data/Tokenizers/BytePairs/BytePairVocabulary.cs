using ScalingLab.Data.Tokenizers.Splitting;

namespace ScalingLab.Data.Tokenizers.BytePairs;

/// <summary>A merge: two neighbours become one token.</summary>
public readonly record struct Merge(int Left, int Right, int Made);

/// <summary>A token that stands for no text: an end of document, a role in a dialogue.</summary>
public sealed record SpecialToken(string Name, int Number);

/// <summary>
/// A token that texts are searched for before they are cut into words, as runs of blanks in Pythia's vocabulary.
/// </summary>
/// <param name="Text">What it stands for.</param>
/// <param name="Number">Its number.</param>
/// <param name="AfterComposition">Whether it is looked for in the composed text, else in the text as it is.</param>
public sealed record AddedToken(string Text, int Number, bool AfterComposition);

/// <summary>All that decides how a byte-level byte-pair encoding encodes.</summary>
/// <param name="Split">How text is cut into words.</param>
/// <param name="Bytes">By token number the bytes that it stands for; none for special tokens and unused
/// numbers.</param>
/// <param name="Merges">In the order in which they are preferred.</param>
/// <param name="Specials">Special tokens, which text never gives.</param>
/// <param name="EndOfDocument">The number of the one that ends a document.</param>
/// <param name="WholeWords">Whether a word that is a token is that token without looking at merges.</param>
public sealed record BytePairVocabulary(PreSplit Split, IReadOnlyList<byte[]> Bytes, IReadOnlyList<Merge> Merges,
    IReadOnlyList<SpecialToken> Specials, int EndOfDocument, bool WholeWords)
{
    /// <summary>Whether text is composed first (Unicode NFC).</summary>
    public bool Composes { get; init; }

    /// <summary>Tokens that texts are searched for, the longest of the leftmost; no merge makes them.</summary>
    public IReadOnlyList<AddedToken> Added { get; init; } = [];

    /// <summary>The numbers of added tokens.</summary>
    internal HashSet<int> AddedNumbers() => [.. Added.Select(token => token.Number)];

    /// <summary>The values a byte has.</summary>
    public const int ByteValues = 256;

    /// <summary>2^24: larger than any vocabulary in use, small enough to refuse a damaged number.</summary>
    public const int MostTokens = 1 << 24;

    /// <summary>
    /// By byte the token that stands for it alone; -1 for a byte that no UTF-8 has where no token has it either, as in
    /// Pythia's vocabulary.
    /// </summary>
    /// <exception cref="DataException">There is none for some other byte.</exception>
    public int[] ByteTokens()
    {
        var tokens = new int[ByteValues];
        Array.Fill(tokens, -1);
        for (var token = Bytes.Count - 1; token >= 0; token--)
        {
            if (Bytes[token].Length == 1) tokens[Bytes[token][0]] = token;
        }
        var missing = Enumerable.Range(0, ByteValues).Where(value => tokens[value] < 0 && IsNeeded((byte)value))
            .ToList();
        if (missing.Count > 0)
            throw new DataException($"has no token for {missing.Count} of the 256 bytes (the first is "
                + $"0x{missing[0]:X2}), so it cannot encode every text");
        return tokens;
    }

    /// <summary>
    /// The order in which GPT-2 numbers the bytes, and with it tiktoken and Hugging Face: those that print first.
    /// </summary>
    public static IReadOnlyList<byte> Gpt2ByteOrder { get; } =
    [
        .. Enumerable.Range(0, ByteValues).Where(Prints).Select(value => (byte)value),
        .. Enumerable.Range(0, ByteValues).Where(value => !Prints(value)).Select(value => (byte)value),
    ];

    /// <summary>Whether text may have a byte (RFC 3629, section 1), or a token has it.</summary>
    private bool IsNeeded(byte value) =>
        value is not (0xC0 or 0xC1 or >= 0xF5) || Bytes.Any(bytes => bytes.AsSpan().Contains(value));

    /// <summary>Whether a byte stands for itself in files of tokenizers.</summary>
    internal static bool Prints(int value) => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
}
