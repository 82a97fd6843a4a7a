using System.Runtime.InteropServices;
using System.Text;

namespace ScalingLab.Data.Tokenizers;

/// <summary>How often each pair of neighbouring tokens stands in the words of a text, and where.</summary>
internal sealed class PairCounts
{
    /// <summary>
    /// Count: occurrences in the text. Positions: ascending, in the list of distinct words; some may be out of date.
    /// </summary>
    private sealed class Pair
    {
        public long Count;
        public readonly List<int> Positions = [];
    }

    private readonly Dictionary<(int Left, int Right), Pair> _pairs = [];
    private readonly PriorityQueue<(int Left, int Right), (long Count, int Left, int Right)> _queue =
        new(MostFrequentFirst);
    private readonly TokenLinkedList _links;
    private readonly int[] _wordAt;
    private readonly List<long> _wordCounts;

    private static readonly Comparer<(long Count, int Left, int Right)> MostFrequentFirst =
        Comparer<(long Count, int Left, int Right)>.Create((a, b) =>
            a.Count != b.Count ? b.Count.CompareTo(a.Count) :
            a.Left != b.Left ? a.Left.CompareTo(b.Left) : a.Right.CompareTo(b.Right));

    /// <param name="words">Distinct words and their numbers.</param>
    /// <param name="wordCounts">Occurrences by word number.</param>
    public PairCounts(IReadOnlyDictionary<string, int> words, List<long> wordCounts)
    {
        _wordCounts = wordCounts;
        _links = new(words.Count * 8);
        var wordAt = new List<int>(words.Count * 8);
        foreach (var (word, number) in words)
        {
            var utf8 = Encoding.UTF8.GetBytes(word);
            for (var i = 0; i < utf8.Length; i++)
            {
                _links.Append(utf8[i], startsWord: i == 0);
                wordAt.Add(number);
            }
        }
        _wordAt = [.. wordAt];
        for (var position = 0; position < _links.Count; position++)
        {
            if (_links.PairAt(position) is { } pair) Increase(pair, position);
        }
        foreach (var (pair, found) in _pairs) _queue.Enqueue(pair, (found.Count, pair.Left, pair.Right));
    }

    /// <summary>The most frequent pair; false when no word has two tokens left.</summary>
    public bool TakeMostFrequent(out (int Left, int Right) pair)
    {
        while (_queue.TryDequeue(out pair, out var queued))
        {
            var count = _pairs.TryGetValue(pair, out var found) ? found.Count : 0;
            if (count == queued.Count && count > 0) return true;
            // A count only falls after its pair was queued: queue it again where it belongs now.
            if (count > 0) _queue.Enqueue(pair, (count, pair.Left, pair.Right));
        }
        return false;
    }

    /// <summary>
    /// Replaces a pair by a new token everywhere, from left to right, and counts the pairs that come and go.
    /// </summary>
    public void Merge((int Left, int Right) pair, int token)
    {
        if (!_pairs.Remove(pair, out var merged)) return;
        var grown = new HashSet<(int Left, int Right)>();
        foreach (var position in merged.Positions)
        {
            if (_links.PairAt(position) != pair) continue;
            var previous = _links.Previous(position);
            var after = _links.Next(_links.Next(position));
            if (previous >= 0) Decrease((_links.TokenAt(previous), pair.Left), position);
            if (after >= 0) Decrease((pair.Right, _links.TokenAt(after)), position);
            _links.Merge(position, token);
            if (previous >= 0) grown.Add(Increase((_links.TokenAt(previous), token), previous));
            if (after >= 0) grown.Add(Increase((token, _links.TokenAt(after)), position));
        }
        foreach (var made in grown)
        {
            if (_pairs.TryGetValue(made, out var found) && found.Count > 0)
                _queue.Enqueue(made, (found.Count, made.Left, made.Right));
        }
    }

    private (int Left, int Right) Increase((int Left, int Right) pair, int position)
    {
        ref var found = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairs, pair, out _);
        found ??= new();
        found.Count += _wordCounts[_wordAt[position]];
        found.Positions.Add(position);
        return pair;
    }

    /// <summary>
    /// The pair being merged is no longer in the table, and the pairs that overlap it within a run of one token
    /// ("aaa") go with it.</summary>
    private void Decrease((int Left, int Right) pair, int position)
    {
        if (!_pairs.TryGetValue(pair, out var found)) return;
        found.Count -= _wordCounts[_wordAt[position]];
        if (found.Count == 0) _pairs.Remove(pair);
    }
}
