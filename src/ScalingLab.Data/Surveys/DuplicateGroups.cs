using System.Runtime.InteropServices;

namespace ScalingLab.Data.Surveys;

/// <summary>What is kept of a document after its first reading: 24 bytes.</summary>
/// <param name="TextHash">Of its text as it stands (<see cref="ContentHash.ToNumber(ReadOnlySpan{byte})"/>).</param>
/// <param name="Key">Of its text up to white space (<see cref="WhitespaceNormalizer.Key"/>).</param>
/// <param name="Bytes">UTF-8 bytes of its text.</param>
internal readonly record struct DocumentSummary(ulong TextHash, ulong Key, long Bytes);

/// <summary>What is known of a document once the texts of all are.</summary>
[Flags]
internal enum DocumentFlags : byte
{
    None = 0,

    /// <summary>It repeats the text of an earlier one of its source, but for white space.</summary>
    Copy = 1,

    HeldOut = 2,
}

/// <summary>The documents of a source once the texts of all are known; 1 byte each.</summary>
internal sealed class GroupedDocuments(long count)
{
    public DocumentFlags[] Flags { get; } = new DocumentFlags[count];

    public long Bytes { get; set; }

    public int Copies { get; set; }

    public long CopyBytes { get; set; }

    /// <summary>Copies to the letter.</summary>
    public int ExactCopies { get; set; }

    /// <summary>Documents that repeat a text of an earlier source.</summary>
    public int Elsewhere { get; set; }

    /// <summary>Whether a document goes by the hash of another.</summary>
    public bool IsRegrouped { get; set; }

    public int HeldOut { get; set; }

    public long HeldOutBytes { get; set; }
}

/// <summary>
/// The documents of all sources by their texts up to white space. What is the same text stands on one side of the
/// split, in whatever source: its group goes by the hash of its shortest text as it stands (of several, the least
/// hash). So a text that stands alone, or in exact copies, goes by its own hash, and twins with more white space, as
/// line ends of Windows are, change nothing. Memory is bounded: a byte a document, and some 150 MB for the groups, of
/// which so many are looked at in each walk through the tables.
/// </summary>
internal sealed class DuplicateGroups(IReadOnlyList<DiskList<DocumentSummary>> sources, double fraction,
    CancellationToken cancel)
{
    /// <summary>The hash of a text, modulo this, decides whether it is held out.</summary>
    private const ulong Buckets = 1_000_000;

    private const long MaxDocumentsInWalk = 1 << 21;

    private readonly Dictionary<ulong, Group> _groups = [];

    private record struct Group(long Bytes, ulong Hash, int FirstSource, int LastSource);

    /// <summary>The group that is chosen to be held out, and the text it goes by.</summary>
    /// <param name="First">The place of its first document.</param>
    public sealed record Choice(ulong Key, long First, long Bytes);

    private int Walks { get; } = (int)(sources.Sum(source => source.Count) / MaxDocumentsInWalk) + 1;

    /// <summary>Finds copies and what is held out by its hash.</summary>
    public IReadOnlyList<GroupedDocuments> Resolve()
    {
        GroupedDocuments[] found = [.. sources.Select(source => new GroupedDocuments(source.Count))];
        for (var walk = 0; walk < Walks; walk++)
        {
            _groups.Clear();
            for (var i = 0; i < sources.Count; i++) FindCopies(walk, i, found[i]);
            for (var i = 0; i < sources.Count; i++) FindHeldOut(walk, i, found[i]);
        }
        return found;
    }

    /// <summary>The group of a source whose bytes are nearest to those wanted, of several the one of the least
    /// hash.</summary>
    public Choice Nearest(int source, double wantedBytes)
    {
        var best = (Distance: double.MaxValue, Hash: ulong.MaxValue, Choice: (Choice?)null);
        for (var walk = 0; walk < Walks; walk++)
        {
            _groups.Clear();
            for (var i = 0; i < sources.Count; i++) FindCopies(walk, i, new(sources[i].Count));
            var sums = new Dictionary<ulong, (long Bytes, long First)>();
            foreach (var (document, place) in Documents(walk, source))
            {
                ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, document.Key, out var known);
                sum = (sum.Bytes + document.Bytes, known ? sum.First : place);
            }
            foreach (var (key, (bytes, first)) in sums)
            {
                var rank = (Math.Abs(bytes - wantedBytes), _groups[key].Hash);
                if (rank.CompareTo((best.Distance, best.Hash)) < 0)
                    best = (rank.Item1, rank.Hash, new(key, first, bytes));
            }
        }
        return best.Choice!;
    }

    private void FindCopies(int walk, int source, GroupedDocuments found)
    {
        var texts = new HashSet<ulong>();
        foreach (var (document, place) in Documents(walk, source))
        {
            found.Bytes += document.Bytes;
            if (!texts.Add(document.TextHash)) found.ExactCopies++;
            ref var group = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, document.Key, out var known);
            if (known && group.FirstSource != source) found.Elsewhere++;
            if (known && group.LastSource == source)
            {
                found.Flags[place] |= DocumentFlags.Copy;
                found.Copies++;
                found.CopyBytes += document.Bytes;
            }
            var isLeast = !known || (document.Bytes, document.TextHash).CompareTo((group.Bytes, group.Hash)) < 0;
            group = isLeast ? new(document.Bytes, document.TextHash, known ? group.FirstSource : source, source)
                : group with { LastSource = source };
        }
    }

    private void FindHeldOut(int walk, int source, GroupedDocuments found)
    {
        foreach (var (document, place) in Documents(walk, source))
        {
            var hash = _groups[document.Key].Hash;
            if (hash != document.TextHash) found.IsRegrouped = true;
            if (!(hash % Buckets < fraction * Buckets)) continue;
            found.Flags[place] |= DocumentFlags.HeldOut;
            found.HeldOut++;
            found.HeldOutBytes += document.Bytes;
        }
    }

    private IEnumerable<(DocumentSummary Document, long Place)> Documents(int walk, int source)
    {
        var place = 0L;
        foreach (var document in sources[source].Read())
        {
            if ((place & 0xFFFFF) == 0) cancel.ThrowIfCancellationRequested();
            if ((int)(document.Key % (ulong)Walks) == walk) yield return (document, place);
            place++;
        }
    }
}
