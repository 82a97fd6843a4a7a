using System.Collections.Concurrent;
using System.Text;

namespace ScalingLab.Data.Tokenizers;

/// <summary>
/// Byte-level byte-pair encoding (Sennrich et al. 2016; on bytes with pre-splitting as in GPT-2, Radford et al. 2019):
/// 256 bytes, then one token a merge, then the end of document. Within a word the earliest learned pair is merged
/// first, the leftmost where there are several.</summary>
public sealed class BpeTokenizer : Tokenizer
{
    private const int CachedWords = 1_000_000;
    private const int CachedWordChars = 64;

    private readonly (int Left, int Right)[] _merges;
    private readonly Dictionary<(int, int), int> _merged;
    private readonly byte[][] _bytes;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cached;
    private int _cachedWords;

    /// <param name="merges">Pairs of token numbers in the order learned; the i-th makes token 256 + i out of earlier
    /// ones.</param>
    public BpeTokenizer(IReadOnlyList<(int Left, int Right)> merges) : base(ByteTokenizer.ByteValues + merges.Count + 1)
    {
        _merges = [.. merges];
        _merged = new(_merges.Length);
        _bytes = new byte[Vocabulary][];
        _cached = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        using var hash = new ContentHash();
        hash.Add(Kind).Add("gpt-2").Add(Vocabulary);
        for (var value = 0; value < ByteTokenizer.ByteValues; value++) _bytes[value] = [(byte)value];
        for (var i = 0; i < _merges.Length; i++)
        {
            var (left, right) = _merges[i];
            var token = ByteTokenizer.ByteValues + i;
            _merged.Add((left, right), token);
            _bytes[token] = [.. _bytes[left], .. _bytes[right]];
            hash.Add(left).Add(right);
        }
        _bytes[EndOfDocument] = [];
        Hash = hash.Hex();
    }

    public override string Kind => "bpe";

    public override string Hash { get; }

    /// <summary>Pairs of token numbers in the order learned.</summary>
    public IReadOnlyList<(int Left, int Right)> Merges => _merges;

    public override void Encode(ReadOnlySpan<char> text, List<int> tokens)
    {
        foreach (var match in PreTokenizer.Split(text))
        {
            var word = text.Slice(match.Index, match.Length);
            if (_cached.TryGetValue(word, out var known))
            {
                tokens.AddRange(known);
                continue;
            }
            var encoded = EncodeWord(word);
            tokens.AddRange(encoded);
            if (word.Length > CachedWordChars || Volatile.Read(ref _cachedWords) >= CachedWords) continue;
            if (_cached.TryAdd(word, encoded)) Interlocked.Increment(ref _cachedWords);
        }
    }

    public override ReadOnlySpan<byte> Bytes(int token)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, Vocabulary);
        return _bytes[token];
    }

    private protected override TokenizerFile ToFile() =>
        new(Kind, TokenizerFile.CurrentVersion, Vocabulary, Hash,
            [.. _merges.Select(pair => new[] { pair.Left, pair.Right })]);

    /// <summary>
    /// A linked list of tokens and a queue of the pairs in it that can be merged: n log n, since a "word" can be a page
    /// of text in a script without spaces.</summary>
    private int[] EncodeWord(ReadOnlySpan<char> word)
    {
        var utf8 = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, utf8);
        var count = utf8.Length;
        var links = new TokenLinkedList(count);
        for (var i = 0; i < count; i++) links.Append(utf8[i], startsWord: i == 0);
        var queue = new PriorityQueue<int, (int Token, int Position)>();
        for (var i = 0; i + 1 < count; i++) Offer(i);
        while (queue.TryDequeue(out var left, out var due))
        {
            // The pair may have been merged away since it was offered.
            if (links.PairAt(left) is not { } pair || !_merged.TryGetValue(pair, out var token) || token != due.Token)
                continue;
            links.Merge(left, token);
            Offer(left);
            if (links.Previous(left) is >= 0 and var previous) Offer(previous);
        }
        return links.Tokens();

        void Offer(int left)
        {
            if (links.PairAt(left) is { } pair && _merged.TryGetValue(pair, out var token))
                queue.Enqueue(left, (token, left));
        }
    }
}
