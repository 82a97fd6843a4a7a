using ScalingLab.Data.Tokenizers.BytePairs;

namespace ScalingLab.Data.Tokenizers;

/// <summary>
/// Byte-level byte-pair encoding (Sennrich et al. 2016; on bytes with pre-splitting as in GPT-2, Radford et al. 2019):
/// within a word the pair of the lowest rank is merged first, the leftmost where there are several. Token for token
/// what tiktoken (encode_ordinary) and Hugging Face's tokenizers give, but that names of special tokens in a text are
/// text. A text is searched for added tokens, composed where the vocabulary asks for it, searched for those that are
/// looked for then, and what lies between is cut into words.
/// </summary>
public sealed class BpeTokenizer : Tokenizer
{
    private readonly BytePairEncoder _encoder;
    private readonly AddedTokenSearch? _before;
    private readonly AddedTokenSearch? _after;

    /// <exception cref="DataException">The vocabulary cannot encode every text: why, without its file's
    /// name.</exception>
    public BpeTokenizer(BytePairVocabulary pairs) : base(pairs.Bytes.Count, pairs.EndOfDocument)
    {
        Pairs = pairs;
        _encoder = new(pairs);
        (_before, _after) = (SearchFor(afterComposition: false), SearchFor(afterComposition: true));
        Hash = TokenizerHash.Of(pairs);
    }

    /// <summary>
    /// Bytes numbered by their value, then one token a merge, then the end of document; words as GPT-2 splits UTF-16
    /// units.
    /// </summary>
    /// <param name="merges">Pairs of token numbers in the order learned; the i-th makes token 256 + i out of earlier
    /// ones.</param>
    public BpeTokenizer(IReadOnlyList<(int Left, int Right)> merges) : this(TrainedPairs.Plain(merges))
    {
    }

    /// <summary>All that decides how it encodes.</summary>
    public BytePairVocabulary Pairs { get; }

    public override string Kind => "bpe";

    public override string Hash { get; }

    /// <summary>Pairs of token numbers in the order in which they are preferred.</summary>
    public IReadOnlyList<(int Left, int Right)> Merges => [.. Pairs.Merges.Select(merge => (merge.Left, merge.Right))];

    public override void Encode(ReadOnlySpan<char> text, List<int> tokens) =>
        EncodeAround(_before, text, tokens, EncodeComposed);

    public override ReadOnlySpan<byte> Bytes(int token)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, Vocabulary);
        return Pairs.Bytes[token];
    }

    private void EncodeComposed(ReadOnlySpan<char> text, List<int> tokens)
    {
        var isComposed = !Pairs.Composes || UnicodeComposition.NeedsNothing(text);
        EncodeAround(_after, isComposed ? text : UnicodeComposition.Compose(text.ToString()), tokens, _encoder.Encode);
    }

    /// <summary>Encodes the added tokens that are found in a text, and what lies between them by another way.</summary>
    private static void EncodeAround(AddedTokenSearch? search, ReadOnlySpan<char> text, List<int> tokens,
        Action<ReadOnlySpan<char>, List<int>> between)
    {
        while (search is not null && text.Length > 0)
        {
            var (at, token) = search.Next(text);
            if (token is null) break;
            between(text[..at], tokens);
            tokens.Add(token.Number);
            text = text[(at + token.Text.Length)..];
        }
        between(text, tokens);
    }

    private AddedTokenSearch? SearchFor(bool afterComposition)
    {
        var added = Pairs.Added.Where(token => token.AfterComposition == afterComposition).ToList();
        return added.Count > 0 ? new(added) : null;
    }
}
