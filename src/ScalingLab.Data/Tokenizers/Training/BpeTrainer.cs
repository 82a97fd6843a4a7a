using ScalingLab.Data.Tokenizers.BytePairs;
using ScalingLab.Data.Tokenizers.Splitting;

namespace ScalingLab.Data.Tokenizers.Training;

/// <summary>
/// Learns the merges of byte-pair encoding (Sennrich et al. 2016, algorithm 1): again and again the most frequent pair
/// of neighbours within a word becomes a token; of equally frequent pairs the one with the smaller left, then right,
/// token, as Hugging Face's trainer has it. Pair counts and the places of each pair are kept up to date, so that a
/// merge costs as much as it changes. What is learned does not depend on threads.
/// </summary>
public sealed class BpeTrainer
{
    /// <summary>
    /// Distinct words that are held: some 1.5 GB with their tokens. Beyond, the rarer half is left out.
    /// </summary>
    public const int MostWords = 16_000_000;

    private readonly PreSplit _split;
    private readonly IReadOnlyList<string> _specials;
    private readonly WordCounter _words;

    /// <summary>
    /// Words as GPT-2 splits UTF-16 units, bytes numbered by their value, no special tokens but the end of document.
    /// </summary>
    public BpeTrainer() : this(PreSplit.Gpt2Units, [])
    {
    }

    /// <param name="split">How words are cut. But for <see cref="PreSplit.Gpt2Units"/> bytes are numbered as GPT-2 and
    /// Hugging Face number them, which decides between equally frequent pairs.</param>
    /// <param name="specials">Names of special tokens beside the end of document.</param>
    /// <param name="threads">Threads that count words; as many as there are cores where not given.</param>
    /// <param name="mostWords">Distinct words that are held.</param>
    public BpeTrainer(PreSplit split, IReadOnlyList<string> specials, int? threads = null, int mostWords = MostWords)
    {
        (_split, _specials) = (split, specials);
        _words = new(split, threads ?? Environment.ProcessorCount, mostWords);
    }

    /// <summary>Distinct rare words left out so far, because there were more than are held.</summary>
    public long LostWords => _words.LostWords;

    /// <summary>Counts the words of a text.</summary>
    /// <param name="times">How often each counts, so that texts can be mixed in other shares than their own.</param>
    public void Add(ReadOnlySpan<char> text, long times = 1) => _words.Add(text, times);

    /// <summary>Learns a vocabulary of exactly the size asked for.</summary>
    /// <param name="vocabulary">256 bytes + merges + special tokens + 1 end of document.</param>
    /// <exception cref="DataException">The text has fewer pairs to merge than that takes.</exception>
    public BpeTokenizer Train(int vocabulary, CancellationToken cancel = default)
    {
        var fixedTokens = BytePairVocabulary.ByteValues + _specials.Count + 1;
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, fixedTokens);
        var wanted = vocabulary - fixedTokens;
        var order = _split == PreSplit.Gpt2Units
            ? [.. Enumerable.Range(0, BytePairVocabulary.ByteValues).Select(value => (byte)value)]
            : BytePairVocabulary.Gpt2ByteOrder;
        var tokenOfByte = new byte[BytePairVocabulary.ByteValues];
        for (var token = 0; token < tokenOfByte.Length; token++) tokenOfByte[order[token]] = (byte)token;
        var merges = new List<(int, int)>(wanted);
        var pairs = new PairCounts(_words.Finish(), tokenOfByte);
        while (merges.Count < wanted)
        {
            cancel.ThrowIfCancellationRequested();
            if (!pairs.TakeMostFrequent(out var pair))
            {
                throw new DataException(
                    $"The text is too small for a vocabulary of {vocabulary}: after {merges.Count} merges nothing is "
                        + "left to merge. " +
                    $"Ask for at most {fixedTokens + merges.Count}, or give more text.");
            }
            pairs.Merge(pair, BytePairVocabulary.ByteValues + merges.Count);
            merges.Add(pair);
        }
        return _split == PreSplit.Gpt2Units && _specials.Count == 0 ? new(merges)
            : new(TrainedPairs.Make(_split, order, merges, _specials));
    }
}
