namespace ScalingLab.Data.Tokenizers;

/// <summary>Which tokenizer to train.</summary>
/// <param name="Kind">"bytes" or "bpe".</param>
/// <param name="Vocabulary">Tokens, the end of document included: 257 for bytes (or 0, not given), 257 or more for
/// bpe.</param>
public sealed record TokenizerRequest(string Kind, int Vocabulary)
{
    /// <summary>2^24: larger than any vocabulary in use, small enough to refuse a typing error.</summary>
    private const int VocabularyMax = 1 << 24;

    private const int VocabularyMin = ByteTokenizer.ByteValues + 1;

    internal int Size => Kind == "bytes" ? VocabularyMin : Vocabulary;

    internal IEnumerable<string> Problems()
    {
        if (Kind is not ("bytes" or "bpe")) yield return $"There is no tokenizer '{Kind}': known are bytes and bpe.";
        else if (Kind == "bytes" && Vocabulary is not (0 or VocabularyMin))
            yield return $"The tokenizer bytes has a vocabulary of {VocabularyMin}, not "
                + $"{Vocabulary}: leave it out, or use bpe.";
        else if (Kind == "bpe" && Vocabulary is < VocabularyMin or > VocabularyMax)
            yield return $"A bpe vocabulary of "
                + $"{Vocabulary} cannot be: it holds 256 bytes, the merges and one end of document, " +
                $"so {VocabularyMin} to {VocabularyMax}.";
    }
}
