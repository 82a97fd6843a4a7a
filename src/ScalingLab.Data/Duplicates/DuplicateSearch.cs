using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ScalingLab.Data.Duplicates;

/// <summary>
/// Which of many documents are copies of others. Texts are read in their order and none is kept: of each its hash and,
/// for near copies, a number a band of its MinHash signature. Documents that share a band are read a second time; their
/// shingles go to a temporary file and are compared, so that no pair is joined but by its true Jaccard similarity. What
/// is joined by several steps is one group (union-find), and one of each group is kept.
/// Memory: some 100 bytes a document, and 8 to 16 more a band for near copies, however long the texts are.
/// </summary>
public static class DuplicateSearch
{
    /// <summary>Documents of a bucket that each further one is compared with: the nearest before it.</summary>
    private const int MostEarlier = 256;

    /// <summary>Which documents are kept, and which are copies of which.</summary>
    /// <param name="texts">The documents, in their order, walked once, or twice for near copies; each time the
    /// same.</param>
    /// <param name="options">What counts as a copy.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <param name="references">Text that is kept whatever happens: documents that stand there are copies. It is walked
    /// before the others.</param>
    public static CopyGroups Find(IEnumerable<string> texts, DuplicateOptions options, CancellationToken cancel,
        IEnumerable<string>? references = null)
    {
        var survey = new Survey(options);
        if (references is not null) survey.Read(references, cancel);
        var first = survey.Count;
        survey.Read(texts, cancel);
        var pairs = new List<NearPair>();
        if (options.Near is { } threshold)
            Verify(survey, (references ?? []).Concat(texts), first, threshold, pairs, cancel);
        return new(survey.Sets, survey.Originals, survey.Lengths, first, options.KeepsLongest, pairs);
    }

    /// <summary>Reads the candidates again, and joins those that are near.</summary>
    private static void Verify(Survey survey, IEnumerable<string> texts, int first, double threshold,
        List<NearPair> pairs, CancellationToken cancel)
    {
        var (isCandidate, any) = (new bool[survey.Count], false);
        survey.Bands!.ForEachBucket(bucket =>
        {
            any = true;
            foreach (var place in bucket) isCandidate[place] = true;
        }, cancel);
        if (!any) return;
        using var shingles = new ShingleFile();
        var size = survey.Options.ShingleWords;
        var place = 0;
        TextBatches.Walk(texts, text => text, survey.Options.Threads,
            (text, at) => at < isCandidate.Length && isCandidate[at]
                ? Shingles.From(NormalizedText.From(text), size) : [],
            (_, set) =>
            {
                if (set.Length > 0) shingles.Add(place, set);
                place++;
            }, cancel);
        survey.Bands.ForEachBucket(bucket =>
        {
            cancel.ThrowIfCancellationRequested();
            for (var later = 1; later < bucket.Length; later++)
            {
                for (var earlier = Math.Max(0, later - MostEarlier); earlier < later; earlier++)
                    Compare(bucket[earlier], bucket[later]);
            }
        }, cancel);

        void Compare(int one, int other)
        {
            if (survey.Sets.Find(one) == survey.Sets.Find(other) || shingles.Bound(one, other) < threshold) return;
            var similarity = shingles.Jaccard(one, other);
            if (similarity < threshold) return;
            survey.Sets.Join(one, other);
            pairs.Add(new(one - first, other - first, similarity));
        }
    }

    /// <summary>What is known of the documents after they have been read once.</summary>
    private sealed class Survey(DuplicateOptions options)
    {
        private readonly Dictionary<UInt128, int> _firsts = [];
        private readonly MinHash _minHash = new(options.Permutations);
        private readonly LshBands? _bands = options.Bands;

        public DuplicateOptions Options => options;

        public DisjointSets Sets { get; } = new();

        /// <summary>Of each document the first of equal text.</summary>
        public List<int> Originals { get; } = [];

        /// <summary>Of each document its letters when normalized.</summary>
        public List<int> Lengths { get; } = [];

        public BandTable? Bands { get; } = options.Bands is { } bands ? new(bands.Bands) : null;

        public int Count => Originals.Count;

        public void Read(IEnumerable<string> texts, CancellationToken cancel) => TextBatches.Walk(
            texts, text => text, options.Threads, (text, _) =>
            {
                var normal = NormalizedText.From(text);
                return (Key: Key(normal), normal.Length, Bands: BandKeys(normal));
            }, (_, read) => Add(read.Key, read.Length, read.Bands), cancel);

        private void Add(UInt128 key, int length, ulong[] bands)
        {
            var place = Count;
            Sets.Add();
            Lengths.Add(length);
            if (_firsts.TryAdd(key, place))
            {
                Originals.Add(place);
                Bands?.Add(place, bands);
                return;
            }
            Originals.Add(_firsts[key]);
            Sets.Join(Originals[place], place);
        }

        private static UInt128 Key(string normal)
        {
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(MemoryMarshal.AsBytes(normal.AsSpan()), digest);
            return BinaryPrimitives.ReadUInt128LittleEndian(digest);
        }

        private ulong[] BandKeys(string normal)
        {
            if (_bands is null) return [];
            Span<uint> signature = stackalloc uint[_minHash.Permutations];
            _minHash.Sign(Shingles.From(normal, options.ShingleWords), signature);
            var keys = new ulong[_bands.Bands];
            _bands.Keys(signature, keys);
            return keys;
        }
    }
}
