namespace ScalingLab.Data.Duplicates;

/// <summary>
/// The band keys of documents, a flat list a band: 8 bytes a band and document. A band's buckets are found by sorting
/// it, one band at a time.
/// </summary>
internal sealed class BandTable(int bands)
{
    private readonly List<ulong>[] _keys = [.. Enumerable.Range(0, bands).Select(_ => new List<ulong>())];
    private readonly List<int> _places = [];

    /// <summary>Adds a document.</summary>
    /// <param name="place">Its place among all; larger than those before.</param>
    /// <param name="keys">One a band.</param>
    public void Add(int place, ReadOnlySpan<ulong> keys)
    {
        _places.Add(place);
        for (var band = 0; band < _keys.Length; band++) _keys[band].Add(keys[band]);
    }

    /// <summary>
    /// Hands over each bucket of two documents or more, their places in order, band by band; the same array is used
    /// again.
    /// </summary>
    public void ForEachBucket(Action<ReadOnlySpan<int>> onBucket, CancellationToken cancel)
    {
        var (keys, places) = (new ulong[_places.Count], new int[_places.Count]);
        foreach (var band in _keys)
        {
            cancel.ThrowIfCancellationRequested();
            band.CopyTo(keys);
            _places.CopyTo(places);
            Array.Sort(keys, places);
            for (int start = 0, end; start < keys.Length; start = end)
            {
                for (end = start + 1; end < keys.Length && keys[end] == keys[start];) end++;
                if (end - start < 2) continue;
                places.AsSpan(start, end - start).Sort();
                onBucket(places.AsSpan(start, end - start));
            }
        }
    }
}
