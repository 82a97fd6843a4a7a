namespace ScalingLab.Data.Tokenizers.Training;

/// <summary>
/// A heap of pairs: the most frequent first, of equally frequent ones that with the smaller left, then right, token.
/// </summary>
internal sealed class PairHeap
{
    private const int Children = 4;

    private (long Count, ulong Pair)[] _items = new (long, ulong)[1 << 12];
    private int _count;

    public void Add(long count, ulong pair)
    {
        if (_count == _items.Length) Array.Resize(ref _items, 2 * _count);
        var item = (count, pair);
        var place = _count++;
        while (place > 0)
        {
            var parent = (place - 1) / Children;
            if (!IsBefore(item, _items[parent])) break;
            _items[place] = _items[parent];
            place = parent;
        }
        _items[place] = item;
    }

    public bool TryTake(out long count, out ulong pair)
    {
        (count, pair) = _count > 0 ? _items[0] : default;
        if (_count == 0) return false;
        var item = _items[--_count];
        var place = 0;
        while (true)
        {
            var first = (place * Children) + 1;
            if (first >= _count) break;
            var best = first;
            for (var child = first + 1; child < Math.Min(first + Children, _count); child++)
            {
                if (IsBefore(_items[child], _items[best])) best = child;
            }
            if (!IsBefore(_items[best], item)) break;
            _items[place] = _items[best];
            place = best;
        }
        _items[place] = item;
        return true;
    }

    private static bool IsBefore((long Count, ulong Pair) a, (long Count, ulong Pair) b) =>
        a.Count != b.Count ? a.Count > b.Count : a.Pair < b.Pair;
}
