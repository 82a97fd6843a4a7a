namespace ScalingLab.Data.Shards;

/// <summary>
/// Windows in which a document is whole wherever one can hold it (Ding et al. 2024, arXiv 2404.10830, section 3):
/// documents longer than a window are cut into whole windows and a rest, and rests and shorter documents are packed by
/// best-fit decreasing, each into the window that it leaves the least room in. Each token of the text, ends of
/// documents included, is a target once a pass. The input before a document's first token is an end of document; a rest
/// stands first in its window where it can, after the token that was before it. What no document fits into is filled
/// with ends of documents. A function of text and context alone; 24 bytes a document, 36 while it is made.
/// </summary>
internal sealed class PackedWindows : TextWindows
{
    private readonly TokenText _text;
    private readonly long _endOfDocument;
    private readonly long[] _ends;

    /// <summary>Of each document, whole windows in it and those before it.</summary>
    private readonly long[] _whole;

    /// <summary>Documents whose end, or all, is packed: those of window b from _firsts[b] to _firsts[b + 1].</summary>
    private readonly int[] _packed;
    private readonly int[] _firsts;

    /// <exception cref="DataException">The text has fewer than context + 1 tokens.</exception>
    public PackedWindows(TokenText text, int context, int endOfDocument) : base(context)
    {
        _ = TokenWindows.Count(text, context);
        (_text, _endOfDocument, _ends) = (text, endOfDocument, text.DocumentEnds(endOfDocument));
        if (_ends.LongLength > int.MaxValue / 2)
            throw new DataException($"{text.Path}: {_ends.LongLength:N0} documents are too many to be packed.");
        _whole = new long[_ends.Length];
        long whole = 0;
        for (var document = 0; document < _ends.Length; document++)
            _whole[document] = whole += Length(document) / context;
        var rests = LongestFirst();
        var (bins, count) = BestFit(rests);
        _firsts = new int[count + 1];
        foreach (var bin in bins) _firsts[bin + 1]++;
        for (var bin = 0; bin < count; bin++) _firsts[bin + 1] += _firsts[bin];
        _packed = new int[rests.Length];
        Place(rests, bins);
        Count = whole + count;
    }

    public override long Count { get; }

    public override double TextShare => _text.Tokens / ((double)Count * Context);

    private long WholeWindows => _whole[^1];

    public override void Read(long window, Span<long> inputs, Span<long> targets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(window);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(window, Count);
        if (window < WholeWindows) ReadWhole(window, inputs, targets);
        else ReadPacked((int)(window - WholeWindows), inputs, targets);
        targets[..^1].CopyTo(inputs[1..]);
    }

    private void ReadWhole(long window, Span<long> inputs, Span<long> targets)
    {
        var document = FirstWithMoreThan(window);
        var inDocument = window - (document == 0 ? 0 : _whole[document - 1]);
        var start = Start(document) + (inDocument * Context);
        _text.Read(start, targets);
        inputs[0] = inDocument == 0 ? _endOfDocument : TokenAt(start - 1);
    }

    private void ReadPacked(int bin, Span<long> inputs, Span<long> targets)
    {
        var at = 0;
        for (var i = _firsts[bin]; i < _firsts[bin + 1]; i++)
        {
            var (document, length) = (_packed[i], Rest(_packed[i]));
            var start = _ends[document] - length;
            if (at == 0) inputs[0] = start == Start(document) ? _endOfDocument : TokenAt(start - 1);
            _text.Read(start, targets.Slice(at, length));
            at += length;
        }
        targets[at..].Fill(_endOfDocument);
    }

    /// <summary>
    /// The first document with more whole windows in it and before it than that; documents without any repeat the
    /// number of the one before.</summary>
    private int FirstWithMoreThan(long windows)
    {
        var (low, high) = (0, _whole.Length - 1);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (_whole[middle] > windows) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    private long Start(int document) => document == 0 ? 0 : _ends[document - 1];

    private long Length(int document) => _ends[document] - Start(document);

    /// <summary>Tokens of a document behind its whole windows.</summary>
    private int Rest(int document) => (int)(Length(document) % Context);

    private bool IsWhole(int document) => Length(document) < Context;

    private long TokenAt(long place)
    {
        Span<long> one = stackalloc long[1];
        _text.Read(place, one);
        return one[0];
    }

    /// <summary>Documents with a rest, the longest first, then in their order.</summary>
    private int[] LongestFirst()
    {
        var starts = new int[Context];
        for (var document = 0; document < _ends.Length; document++) starts[Rest(document)]++;
        starts[0] = 0;
        for (int rest = Context - 1, before = 0; rest >= 0; rest--)
            (starts[rest], before) = (before, before + starts[rest]);
        var sorted = new int[starts[0]];
        for (var document = 0; document < _ends.Length; document++)
        {
            if (Rest(document) is > 0 and var rest) sorted[starts[rest]++] = document;
        }
        return sorted;
    }

    /// <summary>The window of each, and how many windows there are.</summary>
    private (int[] Bins, int Count) BestFit(int[] longestFirst)
    {
        // Windows by the room that they have left: the last of each, and the one before it.
        var (last, before, open) = (new int[Context], new int[longestFirst.Length], new RoomSet(Context));
        var (bins, count) = (new int[longestFirst.Length], 0);
        Array.Fill(last, -1);
        for (var i = 0; i < longestFirst.Length; i++)
        {
            var length = Rest(longestFirst[i]);
            var room = open.FirstFrom(length);
            var bin = room < 0 ? count++ : last[room];
            if (room >= 0) last[room] = before[bin];
            if (room >= 0 && last[room] < 0) open.Remove(room);
            bins[i] = bin;
            var left = (room < 0 ? Context : room) - length;
            if (left == 0) continue;
            (before[bin], last[left]) = (last[left], bin);
            open.Add(left);
        }
        return (bins, count);
    }

    /// <summary>Puts documents into their windows: one rest before the others, then the longest first.</summary>
    private void Place(int[] longestFirst, int[] bins)
    {
        var (free, hasFirst) = ((int[])_firsts.Clone(), new bool[_firsts.Length - 1]);
        for (var i = 0; i < longestFirst.Length; i++)
        {
            if (!IsWhole(longestFirst[i]) && !hasFirst[bins[i]])
                (hasFirst[bins[i]], _packed[free[bins[i]]++]) = (true, ~longestFirst[i]);
        }
        foreach (var (document, bin) in longestFirst.Zip(bins))
        {
            if (hasFirst[bin] && _packed[_firsts[bin]] == ~document) _packed[_firsts[bin]] = document;
            else _packed[free[bin]++] = document;
        }
    }

    /// <summary>A set of numbers from 0 to a size, a bit each.</summary>
    private sealed class RoomSet(int size)
    {
        private readonly ulong[] _bits = new ulong[(size >> 6) + 1];

        public void Add(int number) => _bits[number >> 6] |= 1UL << number;

        public void Remove(int number) => _bits[number >> 6] &= ~(1UL << number);

        /// <summary>The least number from a given one on; -1: none.</summary>
        public int FirstFrom(int number)
        {
            var word = number >> 6;
            var bits = _bits[word] & (ulong.MaxValue << number);
            while (bits == 0 && ++word < _bits.Length) bits = _bits[word];
            return bits == 0 ? -1 : (word << 6) + System.Numerics.BitOperations.TrailingZeroCount(bits);
        }
    }
}
