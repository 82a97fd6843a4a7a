namespace ScalingLab.Data.Tokenizers;

/// <summary>
/// Tokens of one or more words in a row, in which two neighbours of a word can be merged in constant time. A position
/// keeps its number for life; merging a pair keeps the left position and kills the right one.</summary>
internal sealed class TokenLinkedList(int capacity)
{
    private const int Dead = -1;
    private const int None = -1;

    private int[] _token = new int[capacity];
    private int[] _next = new int[capacity];
    private int[] _previous = new int[capacity];

    /// <summary>Positions ever appended.</summary>
    public int Count { get; private set; }

    public void Append(int token, bool startsWord)
    {
        if (Count == _token.Length)
        {
            var larger = Math.Max(16, checked(2 * Count));
            Array.Resize(ref _token, larger);
            Array.Resize(ref _next, larger);
            Array.Resize(ref _previous, larger);
        }
        _token[Count] = token;
        _next[Count] = None;
        _previous[Count] = startsWord ? None : Count - 1;
        if (!startsWord) _next[Count - 1] = Count;
        Count++;
    }

    /// <summary>
    /// The token at a position and the one after it in the same word; null where either is missing or merged away.
    /// </summary>
    public (int Left, int Right)? PairAt(int position) =>
        _token[position] == Dead || _next[position] == None ? null : (_token[position], _token[_next[position]]);

    /// <summary>The live position before this one in the same word, or -1.</summary>
    public int Previous(int position) => _previous[position];

    /// <summary>The live position after this one in the same word, or -1.</summary>
    public int Next(int position) => _next[position];

    public int TokenAt(int position) => _token[position];

    /// <summary>Puts a token in place of the pair that starts at a position.</summary>
    public void Merge(int position, int token)
    {
        var right = _next[position];
        var after = _next[right];
        _token[position] = token;
        _token[right] = Dead;
        _next[position] = after;
        if (after != None) _previous[after] = position;
    }

    /// <summary>The live tokens in order.</summary>
    public int[] Tokens() => [.. _token.Take(Count).Where(token => token != Dead)];
}
