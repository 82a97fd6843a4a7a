namespace ScalingLab.Data.Duplicates;

/// <summary>Documents in groups of copies, one of each group kept: what <see cref="DuplicateSearch"/> found.</summary>
public sealed class CopyGroups
{
    private readonly int[] _kept;
    private readonly CopyKind[] _kinds;

    internal CopyGroups(DisjointSets sets, IReadOnlyList<int> originals, IReadOnlyList<int> lengths, int first,
        bool keepsLongest, IReadOnlyList<NearPair> pairs)
    {
        (_kept, _kinds, Pairs) = (new int[sets.Count - first], new CopyKind[sets.Count - first], pairs);
        var (keepers, sizes) = (new Dictionary<int, int>(), new Dictionary<int, int>());
        for (var place = 0; place < sets.Count; place++)
        {
            var group = sets.Find(place);
            sizes[group] = sizes.GetValueOrDefault(group) + 1;
            // The first leads its group, so that one with reference text in it keeps that.
            var isBetter = keepsLongest && group >= first && keepers.TryGetValue(group, out var keeper)
                && lengths[place] > lengths[keeper];
            if (isBetter || !keepers.ContainsKey(group)) keepers[group] = place;
        }
        for (var place = first; place < sets.Count; place++)
        {
            var keeper = keepers[sets.Find(place)];
            _kept[place - first] = keeper - first;
            _kinds[place - first] = keeper == place ? CopyKind.None
                : originals[keeper] == originals[place] ? CopyKind.Exact : CopyKind.Near;
        }
        var several = sizes.Values.Where(size => size > 1).ToList();
        (Groups, Largest) = (several.Count, several.Count == 0 ? 1 : several.Max());
    }

    /// <summary>Documents, the reference text not counted.</summary>
    public int Documents => _kinds.Length;

    /// <summary>Groups of two documents or more, reference text counted.</summary>
    public int Groups { get; }

    /// <summary>Documents of the largest group.</summary>
    public int Largest { get; }

    /// <summary>The pairs that joined near copies, in the order in which they were found.</summary>
    public IReadOnlyList<NearPair> Pairs { get; }

    /// <summary>Whether the document stays.</summary>
    public bool IsKept(int place) => _kinds[place] == CopyKind.None;

    /// <summary>What the document is.</summary>
    public CopyKind Kind(int place) => _kinds[place];

    /// <summary>Which document stands for it: itself where it is kept, below 0 for the reference text.</summary>
    public int KeptPlace(int place) => _kept[place];
}
