namespace ScalingLab.Data.Tokenizers.BytePairs;

/// <summary>
/// Merges the bytes of one word into tokens (Sennrich et al. 2016): again and again the pair of the lowest rank, the
/// leftmost of several. Not for several threads at once.
/// </summary>
internal sealed class WordMerger
{
    /// <summary>Up to so many bytes the lowest rank is looked for in a row, beyond by a heap: n log n.</summary>
    private const int MostInARow = 64;

    private readonly int[] _byteTokens;
    private readonly Merge[] _merges;
    private readonly PairTable _pairs;
    private readonly int[] _ranks = new int[MostInARow];
    private int[] _next = [];
    private int[] _previous = [];
    private ulong[] _heap = [];
    private int _heaped;

    /// <param name="byteTokens">By byte its token.</param>
    /// <param name="merges">By rank.</param>
    /// <param name="pairs">Their ranks.</param>
    public WordMerger(int[] byteTokens, Merge[] merges, PairTable pairs) =>
        (_byteTokens, _merges, _pairs) = (byteTokens, merges, pairs);

    /// <summary>Encodes a word.</summary>
    /// <param name="word">At least one byte.</param>
    /// <param name="tokens">Receives the tokens; as long as the word.</param>
    /// <returns>How many there are.</returns>
    public int Encode(ReadOnlySpan<byte> word, Span<int> tokens)
    {
        for (var i = 0; i < word.Length; i++) tokens[i] = _byteTokens[word[i]];
        return word.Length <= MostInARow ? MergeInARow(tokens, word.Length) : MergeByHeap(tokens, word.Length);
    }

    private int MergeInARow(Span<int> tokens, int count)
    {
        Span<int> ranks = _ranks;
        for (var i = 0; i + 1 < count; i++) ranks[i] = _pairs.Rank(tokens[i], tokens[i + 1]);
        while (count > 1)
        {
            var (lowest, place) = (PairTable.NoRank, 0);
            for (var i = 0; i < count - 1; i++)
            {
                if (ranks[i] < lowest) (lowest, place) = (ranks[i], i);
            }
            if (lowest == PairTable.NoRank) break;
            tokens[place] = _merges[lowest].Made;
            tokens[(place + 2)..count].CopyTo(tokens[(place + 1)..]);
            if (place + 2 < count) ranks[(place + 2)..count].CopyTo(ranks[(place + 1)..]);
            count--;
            if (place + 1 < count) ranks[place] = _pairs.Rank(tokens[place], tokens[place + 1]);
            if (place > 0) ranks[place - 1] = _pairs.Rank(tokens[place - 1], tokens[place]);
        }
        return count;
    }

    /// <summary>
    /// A linked list of tokens and a heap of the pairs in it that can be merged, since a word can be a page of text in
    /// a script without spaces.
    /// </summary>
    private int MergeByHeap(Span<int> tokens, int count)
    {
        Reserve(count);
        for (var i = 0; i < count; i++) (_next[i], _previous[i]) = (i + 1, i - 1);
        _heaped = 0;
        for (var i = 0; i + 1 < count; i++) Offer(tokens, i, i + 1);
        while (_heaped > 0)
        {
            var top = Take();
            var (rank, left) = ((int)(top >> 32), (int)(top & uint.MaxValue));
            var merge = _merges[rank];
            var right = _next[left];
            // The pair may have been merged away since it was offered.
            if (tokens[left] != merge.Left || right >= count || tokens[right] != merge.Right) continue;
            tokens[left] = merge.Made;
            tokens[right] = Merged;
            var after = _next[left] = _next[right];
            if (after < count)
            {
                _previous[after] = left;
                Offer(tokens, left, after);
            }
            if (_previous[left] >= 0) Offer(tokens, _previous[left], left);
        }
        var kept = 0;
        for (var i = 0; i < count; i = _next[i]) tokens[kept++] = tokens[i];
        return kept;
    }

    private const int Merged = -1;

    private void Reserve(int count)
    {
        if (_next.Length >= count) return;
        (_next, _previous) = (new int[count], new int[count]);
        _heap = new ulong[3 * count]; // each pair once, and two for every merge
    }

    private void Offer(ReadOnlySpan<int> tokens, int left, int right)
    {
        var rank = _pairs.Rank(tokens[left], tokens[right]);
        if (rank == PairTable.NoRank) return;
        var item = ((ulong)rank << 32) | (uint)left;
        var place = _heaped++;
        while (place > 0)
        {
            var parent = (place - 1) / 2;
            if (_heap[parent] <= item) break;
            _heap[place] = _heap[parent];
            place = parent;
        }
        _heap[place] = item;
    }

    private ulong Take()
    {
        var top = _heap[0];
        var item = _heap[--_heaped];
        var place = 0;
        while (true)
        {
            var child = (2 * place) + 1;
            if (child >= _heaped) break;
            if (child + 1 < _heaped && _heap[child + 1] < _heap[child]) child++;
            if (_heap[child] >= item) break;
            _heap[place] = _heap[child];
            place = child;
        }
        _heap[place] = item;
        return top;
    }
}
