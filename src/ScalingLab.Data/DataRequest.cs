using System.Globalization;

namespace ScalingLab.Data;

/// <summary>What to prepare.</summary>
/// <param name="HeldOutFraction">Share of the text kept for validation, between 0 and 1.</param>
public sealed record DataRequest(CorpusSource Corpus, TokenizerRequest Tokenizer, double HeldOutFraction = 0.05)
{
    /// <summary>Finds the corpus and checks everything asked for.</summary>
    /// <exception cref="DataException">Lists every problem.</exception>
    internal CorpusListing Check()
    {
        var problems = new List<string>(Tokenizer.Problems());
        if (HeldOutFraction is not (> 0 and < 1))
            problems.Add($"The held-out fraction is {HeldOutFraction}: it must lie between 0 and 1, as 0.05 does.");
        try
        {
            var listing = Corpus.List();
            if (problems.Count == 0) return listing;
        }
        catch (DataException found)
        {
            problems.AddRange(found.Problems);
        }
        throw new DataException(problems);
    }

    /// <summary>Names the prepared folder: 16 hexadecimal digits of all that the result depends on, with the files' sizes and times
    /// standing for their content.</summary>
    internal string Key(CorpusListing listing)
    {
        using var hash = new ContentHash();
        hash.Add(DataFile.CurrentVersion).Add(Corpus.Kind).Add(HeldOutFraction.ToString("R", CultureInfo.InvariantCulture));
        hash.Add(Tokenizer.Kind).Add(Tokenizer.Size);
        foreach (var file in listing.Files) hash.Add(file.Name).Add(file.Path).Add(file.Bytes).Add(file.Modified.UtcTicks);
        return hash.Hex()[..16];
    }
}

/// <summary>Which tokenizer to train.</summary>
/// <param name="Kind">"bytes" or "bpe".</param>
/// <param name="Vocabulary">Tokens, the end of document included: 257 for bytes (or 0, not given), 257 or more for bpe.</param>
public sealed record TokenizerRequest(string Kind, int Vocabulary)
{
    /// <summary>2^24: larger than any vocabulary in use, small enough to refuse a slip of the keyboard.</summary>
    private const int VocabularyMax = 1 << 24;

    private const int VocabularyMin = ByteTokenizer.ByteValues + 1;

    internal int Size => Kind == "bytes" ? VocabularyMin : Vocabulary;

    internal IEnumerable<string> Problems()
    {
        if (Kind is not ("bytes" or "bpe")) yield return $"There is no tokenizer '{Kind}': known are bytes and bpe.";
        else if (Kind == "bytes" && Vocabulary is not (0 or VocabularyMin))
            yield return $"The tokenizer bytes has a vocabulary of {VocabularyMin}, not {Vocabulary}: leave it out, or use bpe.";
        else if (Kind == "bpe" && Vocabulary is < VocabularyMin or > VocabularyMax)
            yield return $"A bpe vocabulary of {Vocabulary} cannot be: it holds 256 bytes, the merges and one end of document, " +
                $"so {VocabularyMin} to {VocabularyMax}.";
    }
}
