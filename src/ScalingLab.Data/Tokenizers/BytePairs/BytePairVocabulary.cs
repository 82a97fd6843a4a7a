using ScalingLab.Data.Tokenizers.Splitting;

namespace ScalingLab.Data.Tokenizers.BytePairs;

/// <summary>A merge: two neighbours become one token.</summary>
public readonly record struct Merge(int Left, int Right, int Made);

/// <summary>A token that stands for no text: an end of document, a role in a dialogue.</summary>
public sealed record SpecialToken(string Name, int Number);

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
    /// <summary>The values a byte has.</summary>
    public const int ByteValues = 256;

    /// <summary>2^24: larger than any vocabulary in use, small enough to refuse a damaged number.</summary>
    public const int MostTokens = 1 << 24;

    /// <summary>By byte the token that stands for it alone.</summary>
    /// <exception cref="DataException">There is none for some byte.</exception>
    public int[] ByteTokens()
    {
        var tokens = new int[ByteValues];
        Array.Fill(tokens, -1);
        for (var token = Bytes.Count - 1; token >= 0; token--)
        {
            if (Bytes[token].Length == 1) tokens[Bytes[token][0]] = token;
        }
        var missing = Enumerable.Range(0, ByteValues).Where(value => tokens[value] < 0).ToList();
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

    /// <summary>Whether a byte stands for itself in files of tokenizers.</summary>
    internal static bool Prints(int value) => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
}
