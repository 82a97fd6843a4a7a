namespace ScalingLab.Data.Tokenizers.Training;

/// <summary>
/// The tokens of many words in one row of places, one for each byte: a token stands at its first place, minus its
/// length at its last, and between words there is a border. So neighbours are found, and merged, in constant time.
/// </summary>
internal sealed class TokenRow
{
    private const int Border = int.MinValue;
    private const int Inside = -1;

    private readonly int[] _row;
    private readonly int[] _wordAt;
    private readonly List<int> _lengths = [.. Enumerable.Repeat(1, 256)];

    /// <param name="words">Their bytes become the tokens that the order gives.</param>
    /// <param name="tokenOfByte">By byte its token, 0 to 255.</param>
    public TokenRow(WordTable words, byte[] tokenOfByte)
    {
        _row = new int[checked(1 + words.Bytes + words.Count)];
        _wordAt = new int[_row.Length];
        _row[0] = Border;
        var place = 1;
        for (var word = 0; word < words.Count; word++)
        {
            foreach (var value in words[word])
            {
                _row[place] = tokenOfByte[value];
                _wordAt[place++] = word;
            }
            _row[place++] = Border;
        }
    }

    /// <summary>Places, those of borders included.</summary>
    public int Places => _row.Length;

    public int WordAt(int place) => _wordAt[place];

    /// <summary>The token that begins at a place; negative where none does.</summary>
    public int TokenAt(int place) => _row[place];

    /// <summary>Where the token after the one at a place begins, if it is not a border.</summary>
    public int Next(int place) => place + _lengths[_row[place]];

    /// <summary>Where the token before a place begins; -1 at the beginning of a word.</summary>
    public int Previous(int place) => _row[place - 1] switch
    {
        Border => -1,
        >= 0 => place - 1,
        var length => place + length,
    };

    /// <summary>A new token, of the next number, made of two.</summary>
    public void Define(int left, int right) => _lengths.Add(_lengths[left] + _lengths[right]);

    /// <summary>Puts a token where two begin at a place.</summary>
    public void Merge(int place, int token)
    {
        _row[Next(place)] = Inside;
        _row[place] = token;
        _row[place + _lengths[token] - 1] = -_lengths[token];
    }
}
