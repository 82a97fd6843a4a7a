namespace ScalingLab.Data.Datasets;

/// <summary>What is kept of a document after its first reading.</summary>
/// <param name="TextHash">Of its text as it stands (<see cref="ContentHash.ToNumber"/>).</param>
/// <param name="Key">Of its text up to white space (<see cref="WhitespaceNormalizer.Key"/>).</param>
/// <param name="Bytes">UTF-8 bytes of its text.</param>
internal readonly record struct DocumentSummary(ulong TextHash, ulong Key, long Bytes);

/// <summary>
/// The documents of all sources by their texts up to white space. What is the same text stands on one side of the
/// split, in whatever source: its group goes by the hash of its shortest text as it stands (of several, the least
/// hash). So a text that stands alone, or in exact copies, goes by its own hash, and twins with more white space, as
/// line ends of Windows are, change nothing.
/// </summary>
internal sealed class DuplicateGroups
{
    private readonly Dictionary<ulong, (long Bytes, ulong Hash, int Source)> _groups = [];
    private int _sources;

    /// <summary>Adds the documents of the next source.</summary>
    /// <returns>How many of them repeat a text of an earlier source.</returns>
    public int Add(IReadOnlyList<DocumentSummary> documents)
    {
        var elsewhere = 0;
        foreach (var document in documents)
        {
            var known = _groups.TryGetValue(document.Key, out var group);
            if (known && group.Source != _sources) elsewhere++;
            var source = known ? group.Source : _sources;
            if (!known || (document.Bytes, document.TextHash).CompareTo((group.Bytes, group.Hash)) < 0)
                _groups[document.Key] = (document.Bytes, document.TextHash, source);
        }
        _sources++;
        return elsewhere;
    }

    /// <summary>The hash that a document's group goes by.</summary>
    public ulong HashOf(DocumentSummary document) => _groups[document.Key].Hash;
}
