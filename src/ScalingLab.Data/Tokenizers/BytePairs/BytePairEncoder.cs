using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using ScalingLab.Data.Tokenizers.Splitting;

namespace ScalingLab.Data.Tokenizers.BytePairs;

/// <summary>
/// Encodes text by a vocabulary: words by a hand-written scanner over UTF-8, each by a cache of its own to every
/// thread, else by its merges. Safe to use from several threads at once.
/// </summary>
internal sealed class BytePairEncoder
{
    /// <summary>A text is turned into UTF-8 by pieces of about so many UTF-16 units, cut between words.</summary>
    private const int PieceUnits = 1 << 18;

    /// <summary>Bytes behind a text that the cache may read.</summary>
    private const int Slack = 16;

    private readonly PreSplit _split;
    private readonly int[] _byteTokens;
    private readonly Merge[] _merges;
    private readonly PairTable _pairs;
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>>? _whole;
    private readonly ConcurrentBag<Workspace> _workspaces = [];

    /// <exception cref="DataException">The vocabulary cannot encode every text, or has a merge twice.</exception>
    public BytePairEncoder(BytePairVocabulary vocabulary)
    {
        _split = vocabulary.Split;
        _byteTokens = vocabulary.ByteTokens();
        _merges = [.. vocabulary.Merges];
        _pairs = new(_merges.Length);
        for (var rank = 0; rank < _merges.Length; rank++)
        {
            if (!_pairs.TryAdd(_merges[rank].Left, _merges[rank].Right, rank))
                throw new DataException($"has merge {rank} a second time");
        }
        if (!vocabulary.WholeWords) return;
        var whole = new Dictionary<byte[], int>(vocabulary.Bytes.Count, ByteSequenceComparer.Instance);
        var added = vocabulary.AddedNumbers();
        for (var token = 0; token < vocabulary.Bytes.Count; token++)
        {
            if (vocabulary.Bytes[token].Length > 0 && !added.Contains(token))
                whole.TryAdd(vocabulary.Bytes[token], token);
        }
        _whole = whole.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Appends the tokens of a text; a lone surrogate is U+FFFD.</summary>
    public void Encode(ReadOnlySpan<char> text, List<int> tokens)
    {
        if (!_workspaces.TryTake(out var space)) space = new(new(_byteTokens, _merges, _pairs));
        while (text.Length > 0)
        {
            var cut = _split.Kind == PreSplitKind.None ? text.Length : WordScanner.CutPlace(text, PieceUnits);
            var most = Encoding.UTF8.GetMaxByteCount(cut) + Slack;
            if (space.Utf8.Length < most) space.Utf8 = new byte[most];
            var bytes = Encoding.UTF8.GetBytes(text[..cut], space.Utf8);
            WordScanner.Use(_split, new PieceEncoding(this, space, bytes, tokens));
            text = text[cut..];
        }
        space.Shrink();
        _workspaces.Add(space);
    }

    private void EncodeWords<T>(T scanner, Workspace space, int bytes, List<int> tokens)
        where T : struct, IWordScanner
    {
        ReadOnlySpan<byte> all = space.Utf8;
        var text = all[..bytes];
        var made = tokens.Count;
        var room = Span<int>.Empty;
        var start = 0;
        while (start < bytes)
        {
            var end = scanner.EndOfWord(text, start);
            var length = end - start;
            var needed = Math.Max(length, 4);
            if (room.Length - made < needed)
            {
                // As many as the rest of the text has at most would do for good, and be far too many.
                CollectionsMarshal.SetCount(tokens, made + needed + Math.Min(bytes - end, (bytes - end) / 3 + 64));
                room = CollectionsMarshal.AsSpan(tokens);
            }
            var word = room[made..];
            var count = space.Cache.Find(all, start, length, word);
            if (count == 0)
            {
                count = EncodeWord(space.Merger, text[start..end], word);
                space.Cache.Keep(all, start, length, word[..count]);
            }
            made += count;
            start = end;
        }
        CollectionsMarshal.SetCount(tokens, made);
    }

    private int EncodeWord(WordMerger merger, ReadOnlySpan<byte> word, Span<int> tokens)
    {
        if (_whole is not { } whole || !whole.TryGetValue(word, out var token)) return merger.Encode(word, tokens);
        tokens[0] = token;
        return 1;
    }

    private readonly struct PieceEncoding(BytePairEncoder encoder, Workspace space, int bytes, List<int> tokens)
        : IScannerUse
    {
        public void Run<T>(T scanner)
            where T : struct, IWordScanner => encoder.EncodeWords(scanner, space, bytes, tokens);
    }

    /// <summary>What one thread needs while it encodes.</summary>
    private sealed class Workspace(WordMerger merger)
    {
        private const int KeptBytes = 8 << 20;

        public WordMerger Merger { get; } = merger;

        public WordCache Cache { get; } = new();

        public byte[] Utf8 { get; set; } = [];

        /// <summary>Gives back what one long word needed.</summary>
        public void Shrink()
        {
            if (Utf8.Length > KeptBytes) Utf8 = [];
        }
    }
}
