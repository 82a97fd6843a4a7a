using ScalingLab.Data.Tokenizers.Splitting;

namespace ScalingLab.Data.Tokenizers.Training;

/// <summary>Distinct words and how often each occurs: open addressing over words that stand in one row.</summary>
internal sealed class WordTable
{
    private struct Word
    {
        public ulong Hash;
        public long Start;
        public int Length;
        public long Count;
    }

    private const int BlockBits = 20;
    private const int BlockBytes = 1 << BlockBits;

    private readonly List<byte[]> _blocks = [];
    private int[] _places = new int[1 << 12]; // number of the word plus one; 0 where there is none
    private Word[] _words = new Word[1 << 11];
    private long _used;

    /// <summary>Distinct words.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the distinct words.</summary>
    public long Bytes { get; private set; }

    public ReadOnlySpan<byte> this[int number]
    {
        get
        {
            ref var word = ref _words[number];
            return _blocks[(int)(word.Start >> BlockBits)].AsSpan((int)(word.Start & (BlockBytes - 1)), word.Length);
        }
    }

    /// <summary>How often a word occurs.</summary>
    public long CountOf(int number) => _words[number].Count;

    /// <summary>Adds occurrences of a word.</summary>
    public void Add(ReadOnlySpan<byte> word, long times) => Add(word, WordHash.Of(word), times);

    /// <summary>Adds all words of another table, in its order.</summary>
    public void Add(WordTable other)
    {
        for (var number = 0; number < other.Count; number++)
            Add(other[number], other._words[number].Hash, other._words[number].Count);
    }

    /// <summary>
    /// A table of the more frequent words: those that occur more often than as many words do not as are too many.
    /// </summary>
    /// <param name="most">The most words it may have.</param>
    /// <param name="lost">How many words are not in it.</param>
    public WordTable MostFrequent(int most, out long lost)
    {
        var counts = new long[Count];
        for (var number = 0; number < Count; number++) counts[number] = _words[number].Count;
        Array.Sort(counts);
        var least = counts[Count - 1 - most];
        var kept = new WordTable();
        for (var number = 0; number < Count; number++)
        {
            if (_words[number].Count > least) kept.Add(this[number], _words[number].Hash, _words[number].Count);
        }
        lost = Count - kept.Count;
        return kept;
    }

    private void Add(ReadOnlySpan<byte> word, ulong hash, long times)
    {
        var mask = _places.Length - 1;
        var place = Place(hash, mask);
        while (_places[place] is > 0 and var known)
        {
            ref var found = ref _words[known - 1];
            if (found.Hash == hash && word.SequenceEqual(this[known - 1]))
            {
                found.Count += times;
                return;
            }
            place = (place + 1) & mask;
        }
        if (Count == _words.Length) Grow();
        _words[Count] = new() { Hash = hash, Start = Keep(word), Length = word.Length, Count = times };
        Count++;
        Bytes += word.Length;
        if (2 * Count <= _places.Length) _places[place] = Count;
        else Rehash();
    }

    private static int Place(ulong hash, int mask) => (int)(hash & (uint)mask);

    private void Grow() => Array.Resize(ref _words, 2 * _words.Length);

    private void Rehash()
    {
        _places = new int[2 * _places.Length];
        var mask = _places.Length - 1;
        for (var number = 0; number < Count; number++)
        {
            var place = Place(_words[number].Hash, mask);
            while (_places[place] > 0) place = (place + 1) & mask;
            _places[place] = number + 1;
        }
    }

    /// <summary>A word stands within one block; one that is longer than a block has one of its own.</summary>
    private long Keep(ReadOnlySpan<byte> word)
    {
        var left = (BlockBytes - (int)(_used & (BlockBytes - 1))) & (BlockBytes - 1);
        if (word.Length > left)
        {
            _used = (long)_blocks.Count << BlockBits;
            _blocks.Add(new byte[Math.Max(word.Length, BlockBytes)]);
        }
        var start = _used;
        word.CopyTo(_blocks[^1].AsSpan((int)(start & (BlockBytes - 1))));
        _used = word.Length >= BlockBytes ? (long)_blocks.Count << BlockBits : start + word.Length;
        return start;
    }
}
