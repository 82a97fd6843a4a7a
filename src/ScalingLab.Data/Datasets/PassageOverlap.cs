using System.Numerics;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Shards;
using ScalingLab.Data.Tokenizers;

namespace ScalingLab.Data.Datasets;

/// <summary>
/// How much of the held-out text stands in the training text too, though no document is a copy: an edited copy, a
/// quotation, boilerplate. A passage is 64 bytes of letters and digits in a row within a document, in lower case,
/// everything else passed over: about the 13 words of GPT-3's decontamination (Brown et al. 2020, arXiv 2005.14165,
/// appendix C), in scripts without spaces too. Every byte above 127 counts as a letter. A document is a near copy when
/// at least half of its passages stand in the training text, of whatever document: containment (Broder 1997). One
/// passage in sixteen is looked at, chosen by its hash, of the first 8 MiB of each source's held-out text, where runs
/// are measured; of the training text all is read. Memory is bounded: 15 bytes a passage looked at, 8 MB a source.
/// </summary>
internal sealed class PassageOverlap
{
    private const int Letters = 64;
    private const int OneInPower = 4;
    private const long MaxHeldOutBytes = 1 << 23;
    private const int ChunkTokens = 1 << 16;
    private const ulong Base = 0x9E3779B97F4A7C15; // odd; so is the next
    private const ulong Spread = 0xBF58476D1CE4E5B9;

    /// <summary>
    /// What a letter counts when it leaves the passage: by <see cref="Base"/> to the power of <see cref="Letters"/>.
    /// </summary>
    private static readonly ulong[] LeavingTerm = [.. Enumerable.Range(0, 256).Select(code =>
        Enumerable.Range(0, Letters).Aggregate((ulong)code, (power, _) => unchecked(power * Base)))];

    /// <summary>What each byte counts: 0 for what is passed over.</summary>
    private static readonly byte[] Codes =
        [.. Enumerable.Range(0, 256).Select(b => (byte)(b < 128 && !char.IsAsciiLetterOrDigit((char)b) ? 0
        : b < 128 ? char.ToLowerInvariant((char)b) : b))];

    private readonly ulong[] _passages;
    private readonly int[] _documents;
    private readonly bool[] _found;
    private readonly List<int> _sourceOf;
    private readonly ulong[] _filter;
    private readonly int _shift;

    private PassageOverlap(List<ulong> passages, List<int> documents, List<int> sourceOf)
    {
        (_passages, _documents, _sourceOf) = ([.. passages], [.. documents], sourceOf);
        Array.Sort(_passages, _documents);
        _found = new bool[_passages.Length];
        var bits = BitOperations.RoundUpToPowerOf2((ulong)Math.Max(1 << 10, 16L * _passages.Length));
        _shift = 64 - BitOperations.Log2(bits);
        _filter = new ulong[bits / 64];
        foreach (var passage in _passages) _filter[passage >> _shift >> 6] |= 1UL << (int)(passage >> _shift);
    }

    /// <summary>Reads every shard once.</summary>
    /// <param name="sources">The shards of each source.</param>
    /// <param name="tokenizer">The shards'.</param>
    /// <returns>What was found, source by source.</returns>
    public static IReadOnlyList<HeldOutOverlap> Count(
        IReadOnlyList<(TokenShard Train, TokenShard Validation)> sources, Tokenizer tokenizer, CancellationToken cancel)
    {
        var (passages, documents, sourceOf) = (new List<ulong>(), new List<int>(), new List<int>());
        for (var i = 0; i < sources.Count; i++)
        {
            var source = i;
            sourceOf.Add(source);
            Walk(sources[i].Validation, tokenizer, MaxHeldOutBytes, passage =>
            {
                passages.Add(passage);
                documents.Add(sourceOf.Count - 1);
            }, () => sourceOf.Add(source), cancel);
        }
        var shared = new PassageOverlap(passages, documents, sourceOf);
        foreach (var (train, _) in sources) Walk(train, tokenizer, long.MaxValue, shared.Find, () => { }, cancel);
        return shared.Overlaps(sources.Count);
    }

    private void Find(ulong passage)
    {
        if ((_filter[passage >> _shift >> 6] & (1UL << (int)(passage >> _shift))) == 0) return;
        var at = Array.BinarySearch(_passages, passage);
        if (at < 0 || _found[at]) return;
        for (var i = at; i >= 0 && _passages[i] == passage; i--) _found[i] = true;
        for (var i = at; i < _passages.Length && _passages[i] == passage; i++) _found[i] = true;
    }

    private HeldOutOverlap[] Overlaps(int sources)
    {
        var (all, found) = (new int[_sourceOf.Count], new int[_sourceOf.Count]);
        for (var i = 0; i < _passages.Length; i++)
        {
            all[_documents[i]]++;
            if (_found[i]) found[_documents[i]]++;
        }
        var looked = Enumerable.Range(0, all.Length).Where(document => all[document] > 0)
            .ToLookup(document => _sourceOf[document]);
        return [.. Enumerable.Range(0, sources).Select(source => new HeldOutOverlap(
            looked[source].Count(), looked[source].Count(document => 2 * found[document] >= all[document])))];
    }

    /// <summary>The passages of a shard that are looked at, one after another.</summary>
    private static void Walk(
        TokenShard shard, Tokenizer tokenizer, long mostBytes, Action<ulong> onPassage, Action onEndOfDocument,
        CancellationToken cancel)
    {
        var (chunk, window, bytes, end) = (new long[ChunkTokens], new Window(), 0L, tokenizer.EndOfDocument);
        // A token's bytes by an array, since each is looked up as often as it stands in the text.
        byte[][] letters =
            [.. Enumerable.Range(0, tokenizer.Vocabulary)
                .Select(token => tokenizer.Bytes(token).ToArray().Select(b => Codes[b])
            .Where(code => code != 0).ToArray())];
        long[] lengths =
            [.. Enumerable.Range(0, tokenizer.Vocabulary).Select(token => (long)tokenizer.Bytes(token).Length)];
        for (long at = 0; at < shard.Tokens && bytes < mostBytes; at += ChunkTokens)
        {
            cancel.ThrowIfCancellationRequested();
            var read = chunk.AsSpan(0, (int)Math.Min(ChunkTokens, shard.Tokens - at));
            shard.Read(at, read);
            foreach (var token in read)
            {
                bytes += lengths[token];
                window.Read(letters[token], onPassage);
                if (token != end) continue;
                window.Clear();
                onEndOfDocument();
            }
        }
    }

    /// <summary>The last letters read, with their rolling hash (Karp and Rabin 1987), modulo 2^64.</summary>
    private sealed class Window
    {
        private readonly byte[] _letters = new byte[Letters];
        private ulong _hash;
        private int _place;
        private int _filled;

        public void Read(byte[] codes, Action<ulong> onPassage)
        {
            var (letters, hash, place, filled) = (_letters, _hash, _place, _filled);
            foreach (var code in codes)
            {
                hash = unchecked((hash * Base) + code - LeavingTerm[letters[place]]);
                letters[place] = code;
                place = (place + 1) % Letters;
                if (filled < Letters - 1) filled++;
                else if (unchecked(hash * Spread) >> (64 - OneInPower) == 0) onPassage(FeistelPermutation.Mix(hash, 0));
            }
            (_hash, _place, _filled) = (hash, place, filled);
        }

        /// <summary>Begins a document.</summary>
        public void Clear()
        {
            Array.Clear(_letters);
            (_hash, _place, _filled) = (0, 0, 0);
        }
    }
}
