using ScalingLab.Data.Tokenizers.Splitting;

namespace ScalingLab.Data.Tokenizers.BytePairs;

/// <summary>Vocabularies made of merges that were learned in order.</summary>
public static class TrainedPairs
{
    /// <summary>The name of the end of document, as GPT-2 has it.</summary>
    public const string EndOfDocumentName = "<|endoftext|>";

    /// <summary>
    /// Bytes numbered by their value, one token a merge, the end of document; words as GPT-2 splits UTF-16 units.
    /// </summary>
    public static BytePairVocabulary Plain(IReadOnlyList<(int Left, int Right)> merges) =>
        Make(PreSplit.Gpt2Units, Enumerable.Range(0, BytePairVocabulary.ByteValues).Select(value => (byte)value),
            merges, []);

    /// <summary>Bytes in an order, one token a merge, special tokens, the end of document.</summary>
    /// <param name="split">How words were cut.</param>
    /// <param name="byteOrder">The first 256 tokens.</param>
    /// <param name="merges">The i-th makes token 256 + i out of earlier ones.</param>
    /// <param name="specials">Names of special tokens before the end of document.</param>
    public static BytePairVocabulary Make(PreSplit split, IEnumerable<byte> byteOrder,
        IReadOnlyList<(int Left, int Right)> merges, IReadOnlyList<string> specials)
    {
        var bytes = new List<byte[]>(byteOrder.Select(value => new[] { value }));
        var made = new List<Merge>(merges.Count);
        foreach (var (left, right) in merges)
        {
            made.Add(new(left, right, bytes.Count));
            bytes.Add([.. bytes[left], .. bytes[right]]);
        }
        var named = new List<SpecialToken>();
        foreach (var name in specials.Append(EndOfDocumentName))
        {
            named.Add(new(name, bytes.Count));
            bytes.Add([]);
        }
        return new(split, bytes, made, named, bytes.Count - 1, WholeWords: false);
    }

    /// <summary>
    /// The merges that give the tokens of a rank file, as tiktoken finds them: any two neighbours whose bytes together
    /// are a token, the lowest rank first. A token is then made of the one pair that its own bytes come to by the
    /// tokens before it; of one that they do not come to (no trained vocabulary has such) every pair is taken.
    /// </summary>
    /// <param name="tokens">By rank the bytes; empty for a rank without a token.</param>
    /// <param name="all">Whether every token is the one that its bytes come to, so that a word that is a token needs
    /// no looking up.</param>
    /// <exception cref="DataException">A byte is missing.</exception>
    public static List<Merge> MergesOf(IReadOnlyList<byte[]> tokens, out bool all)
    {
        all = true;
        var byteTokens = new BytePairVocabulary(PreSplit.None, tokens, [], [], 0, false).ByteTokens();
        var (merges, pairs) = (new Merge[tokens.Count * 2], new PairTable(tokens.Count * 2));
        var count = 0;
        var merger = new WordMerger(byteTokens, merges, pairs);
        var numbers = new Dictionary<byte[], int>(tokens.Count, ByteSequenceComparer.Instance);
        for (var token = 0; token < tokens.Count; token++)
        {
            if (tokens[token].Length > 0) numbers.TryAdd(tokens[token], token);
        }
        var lookup = numbers.GetAlternateLookup<ReadOnlySpan<byte>>();
        var parts = new int[16];
        for (var token = 0; token < tokens.Count; token++)
        {
            var bytes = tokens[token];
            if (bytes.Length < 2) continue;
            if (parts.Length < bytes.Length) parts = new int[bytes.Length];
            if (merger.Encode(bytes, parts) == 2)
            {
                Add(parts[0], parts[1], token);
                continue;
            }
            all = false;
            for (var cut = 1; cut < bytes.Length; cut++)
            {
                if (lookup.TryGetValue(bytes.AsSpan(0, cut), out var left)
                    && lookup.TryGetValue(bytes.AsSpan(cut), out var right)) Add(left, right, token);
            }
        }
        return [.. merges.AsSpan(0, count)];

        void Add(int left, int right, int token)
        {
            if (count == merges.Length) throw new DataException("has too many tokens that no two others make");
            if (pairs.TryAdd(left, right, count)) merges[count++] = new(left, right, token);
        }
    }
}
