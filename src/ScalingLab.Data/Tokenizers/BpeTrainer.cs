using System.Runtime.InteropServices;
using System.Text;

namespace ScalingLab.Data.Tokenizers;

/// <summary>
/// Learns the merges of byte-pair encoding (Sennrich et al. 2016, algorithm 1): again and again the most frequent pair
/// of neighbours within a word becomes a token; of equally frequent pairs the one with the smaller left, then right,
/// token. Pair counts and the places of each pair are kept up to date, so that a merge costs as much as it changes.
/// </summary>
public sealed class BpeTrainer
{
    private readonly Dictionary<string, int> _wordNumbers = new(StringComparer.Ordinal);
    private readonly List<long> _wordCounts = [];

    /// <summary>Counts the words of a text.</summary>
    /// <param name="times">How often each counts, so that texts can be mixed in other shares than their own.</param>
    public void Add(ReadOnlySpan<char> text, long times = 1)
    {
        var lookup = _wordNumbers.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var match in PreTokenizer.Split(text))
        {
            ref var number =
                ref CollectionsMarshal.GetValueRefOrAddDefault(lookup, text.Slice(match.Index, match.Length),
                    out var known);
            if (known)
            {
                _wordCounts[number] += times;
                continue;
            }
            number = _wordCounts.Count;
            _wordCounts.Add(times);
        }
    }

    /// <summary>Adds the words that another has counted.</summary>
    public void Add(BpeTrainer other)
    {
        foreach (var (word, number) in other._wordNumbers)
        {
            ref var own = ref CollectionsMarshal.GetValueRefOrAddDefault(_wordNumbers, word, out var known);
            if (!known)
            {
                own = _wordCounts.Count;
                _wordCounts.Add(0);
            }
            _wordCounts[own] += other._wordCounts[number];
        }
    }

    /// <summary>Learns a vocabulary of exactly the size asked for.</summary>
    /// <param name="vocabulary">256 bytes + merges + 1 end of document, so at least 257.</param>
    /// <exception cref="DataException">The text has fewer pairs to merge than that takes.</exception>
    public BpeTokenizer Train(int vocabulary, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, ByteTokenizer.ByteValues + 1);
        var wanted = vocabulary - ByteTokenizer.ByteValues - 1;
        var merges = new List<(int, int)>(wanted);
        var pairs = new PairCounts(_wordNumbers, _wordCounts);
        while (merges.Count < wanted)
        {
            cancel.ThrowIfCancellationRequested();
            if (!pairs.TakeMostFrequent(out var pair))
            {
                throw new DataException(
                    $"The text is too small for a vocabulary of {vocabulary}: after {merges.Count} merges nothing is "
                        + "left to merge. " +
                    $"Ask for at most {ByteTokenizer.ByteValues + 1 + merges.Count}, or give more text.");
            }
            pairs.Merge(pair, ByteTokenizer.ByteValues + merges.Count);
            merges.Add(pair);
        }
        return new(merges);
    }
}
