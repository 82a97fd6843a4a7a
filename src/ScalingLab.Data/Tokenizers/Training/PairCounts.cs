using System.Runtime.InteropServices;

namespace ScalingLab.Data.Tokenizers.Training;

/// <summary>
/// How often each pair of neighbouring tokens stands in the words of a text, and where. A pair first stands anywhere
/// when the later of its two tokens is made, and then everywhere that it ever will: its places are listed once, one
/// after another, and its count only falls.
/// </summary>
internal sealed class PairCounts
{
    /// <summary>Count: occurrences in the text. Places of the left token, ascending; some may be out of date.</summary>
    private struct Pair
    {
        public ulong Key;
        public long Count;
        public long First;
        public int Places;
    }

    private const int BlockBits = 20;

    private readonly WordTable _words;
    private readonly TokenRow _row;
    private readonly PairHeap _heap = new();
    private readonly Dictionary<ulong, int> _numbers = [];
    private readonly List<Pair> _pairs = [];
    private readonly List<int[]> _places = [];
    private readonly List<(int Pair, int Place)> _found = [];
    private readonly Stack<int> _free = new();
    private long _used;

    /// <param name="words">Distinct words with their counts.</param>
    /// <param name="tokenOfByte">By byte its token.</param>
    public PairCounts(WordTable words, byte[] tokenOfByte)
    {
        _words = words;
        _row = new(words, tokenOfByte);
        for (var place = 1; place + 1 < _row.Places; place++)
        {
            var (left, right) = (_row.TokenAt(place), _row.TokenAt(place + 1));
            if (left >= 0 && right >= 0) Increase(left, right, place);
        }
        Publish();
    }

    /// <summary>The most frequent pair; false when no word has two tokens left.</summary>
    public bool TakeMostFrequent(out (int Left, int Right) pair)
    {
        while (_heap.TryTake(out var queued, out var key))
        {
            pair = ((int)(key >> 32), (int)(key & uint.MaxValue));
            if (!_numbers.TryGetValue(key, out var number)) continue;
            var count = _pairs[number].Count;
            if (count == queued) return true;
            if (count > 0) _heap.Add(count, key); // it only fell: back to where it belongs now
            else if (_numbers.Remove(key)) _free.Push(number);
        }
        pair = default;
        return false;
    }

    /// <summary>
    /// Replaces a pair by a new token everywhere, from left to right, and counts the pairs that come and go.
    /// </summary>
    public void Merge((int Left, int Right) pair, int token)
    {
        if (!_numbers.Remove(Key(pair.Left, pair.Right), out var number)) return;
        _row.Define(pair.Left, pair.Right);
        var (first, places) = (_pairs[number].First, _pairs[number].Places);
        for (var i = 0; i < places; i++)
        {
            var place = PlaceOf(first + i);
            if (_row.TokenAt(place) != pair.Left) continue;
            var right = _row.Next(place);
            if (_row.TokenAt(right) != pair.Right) continue;
            var (previous, after) = (_row.Previous(place), _row.TokenAt(_row.Next(right)));
            if (previous >= 0) Decrease(_row.TokenAt(previous), pair.Left, place);
            if (after >= 0) Decrease(pair.Right, after, place);
            _row.Merge(place, token);
            if (previous >= 0) Increase(_row.TokenAt(previous), token, previous);
            if (after >= 0) Increase(token, after, place);
        }
        _free.Push(number);
        Publish();
    }

    private void Increase(int left, int right, int place)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, Key(left, right), out var known);
        if (!known)
        {
            if (!_free.TryPop(out number))
            {
                number = _pairs.Count;
                _pairs.Add(default);
            }
            _pairs[number] = new() { Key = Key(left, right) };
        }
        ref var pair = ref CollectionsMarshal.AsSpan(_pairs)[number];
        pair.Count += _words.CountOf(_row.WordAt(place));
        pair.Places++;
        _found.Add((number, place));
    }

    /// <summary>
    /// The pair being merged is no longer in the table, and the pairs that overlap it within a run of one token
    /// ("aaa") go with it.
    /// </summary>
    private void Decrease(int left, int right, int place)
    {
        if (!_numbers.TryGetValue(Key(left, right), out var number)) return;
        CollectionsMarshal.AsSpan(_pairs)[number].Count -= _words.CountOf(_row.WordAt(place));
    }

    /// <summary>Lists the places of the pairs that came, and queues those that are still there.</summary>
    private void Publish()
    {
        var pairs = CollectionsMarshal.AsSpan(_pairs);
        foreach (var (number, _) in _found)
        {
            ref var pair = ref pairs[number];
            if (pair.First < 0 || pair.Places == 0) continue;
            // Marked until all places are listed: First is minus one minus where the next one goes.
            pair.First = -1 - Reserve(pair.Places);
        }
        foreach (var (number, place) in _found)
        {
            ref var pair = ref pairs[number];
            var at = -1 - pair.First;
            _places[(int)(at >> BlockBits)][(int)(at & ((1 << BlockBits) - 1))] = place;
            pair.First--;
        }
        foreach (var (number, _) in _found)
        {
            ref var pair = ref pairs[number];
            if (pair.First >= 0) continue;
            pair.First = -1 - pair.First - pair.Places;
            if (pair.Count > 0) _heap.Add(pair.Count, pair.Key);
            else if (_numbers.Remove(pair.Key)) _free.Push(number);
        }
        _found.Clear();
    }

    private long Reserve(int places)
    {
        var start = _used;
        _used += places;
        while ((long)_places.Count << BlockBits < _used) _places.Add(new int[1 << BlockBits]);
        return start;
    }

    private int PlaceOf(long number) => _places[(int)(number >> BlockBits)][(int)(number & ((1 << BlockBits) - 1))];

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;
}
