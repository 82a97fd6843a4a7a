using ScalingLab.Data.Tokenizers.BytePairs;
using ScalingLab.Data.Tokenizers.Splitting;

namespace ScalingLab.Data.Tokenizers;

/// <summary>SHA-256 of all that decides how a tokenizer encodes.</summary>
internal static class TokenizerHash
{
    public static string Of(BytePairVocabulary pairs)
    {
        using var hash = new ContentHash();
        if (IsPlain(pairs))
        {
            // The name that such tokenizers always had.
            hash.Add("bpe").Add("gpt-2").Add(pairs.Bytes.Count);
            foreach (var merge in pairs.Merges) hash.Add(merge.Left).Add(merge.Right);
            return hash.Hex();
        }
        hash.Add("byte pairs").Add(pairs.Split.Kind.ToString()).Add(pairs.Split.Digits).Add(pairs.WholeWords ? 1 : 0)
            .Add(pairs.EndOfDocument).Add(pairs.Bytes.Count);
        foreach (var bytes in pairs.Bytes) hash.Add(Convert.ToHexStringLower(bytes));
        foreach (var merge in pairs.Merges) hash.Add(merge.Left).Add(merge.Right).Add(merge.Made);
        if (pairs.Composes) hash.Add("composes");
        foreach (var token in pairs.Added)
            hash.Add("added").Add(token.Text).Add(token.Number).Add(token.AfterComposition ? 1 : 0);
        return hash.Hex();
    }

    /// <summary>Whether it is one of <see cref="TrainedPairs.Plain"/>.</summary>
    private static bool IsPlain(BytePairVocabulary pairs)
    {
        const int Values = BytePairVocabulary.ByteValues;
        if (pairs.Split != PreSplit.Gpt2Units || pairs.WholeWords
            || pairs.Composes || pairs.Added.Count > 0
            || pairs.Bytes.Count != Values + pairs.Merges.Count + 1 || pairs.EndOfDocument != pairs.Bytes.Count - 1)
            return false;
        return Enumerable.Range(0, Values).All(value => pairs.Bytes[value] is [var only] && only == value)
            && Enumerable.Range(0, pairs.Merges.Count).All(rank => pairs.Merges[rank].Made == Values + rank);
    }
}
