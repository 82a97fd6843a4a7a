using ScalingLab.Runs.Recipes;

namespace ScalingLab.Runs.Grids;

/// <summary>
/// Whether a cell is excluded, asked of all exclusions at once: for each field a set of bits, one an exclusion, says
/// which of them the cell's value leaves standing. It remembers which have matched any cell.
/// </summary>
internal sealed class GridExclusionIndex
{
    private const int Width = 64;

    private readonly int _count;
    private readonly ulong[] _matched;
    private readonly List<Field> _fields = [];

    public GridExclusionIndex(IReadOnlyList<GridExclusion> exclusions)
    {
        _count = exclusions.Count;
        _matched = new ulong[(_count + Width - 1) / Width];
        foreach (var named in exclusions.Index()
            .SelectMany(e => e.Item.Fields, (e, axis) => (Exclusion: e.Index, Axis: axis)).GroupBy(n => n.Axis.Field))
        {
            var field = new Field(named.Key, _count, _matched.Length);
            foreach (var (exclusion, _) in named) field.MarkNamed(exclusion);
            foreach (var (exclusion, axis) in named) field.Allow(exclusion, axis.Values);
            _fields.Add(field);
        }
    }

    /// <summary>Nothing is excluded.</summary>
    public static GridExclusionIndex None { get; } = new([]);

    /// <summary>The exclusions that no cell asked about so far has met.</summary>
    public IEnumerable<int> Unmatched => Enumerable.Range(0, _count).Where(i => (_matched[i / Width] & Bit(i)) == 0);

    /// <summary>Whether any exclusion matches: each of its fields has one of its values in the cell.</summary>
    public bool Excludes(GridCell cell)
    {
        if (_fields.Count == 0) return false;
        Span<ulong> standing = stackalloc ulong[_matched.Length];
        standing.Fill(ulong.MaxValue);
        foreach (var field in _fields)
        {
            var left = field.Matches(cell.ValueOf(field.Name));
            for (var i = 0; i < standing.Length; i++) standing[i] &= left[i];
        }

        ulong any = 0;
        for (var i = 0; i < standing.Length; i++)
        {
            any |= standing[i];
            _matched[i] |= standing[i];
        }

        return any != 0;
    }

    private static ulong Bit(int exclusion) => 1UL << (exclusion % Width);

    /// <summary>What the values of one field leave standing.</summary>
    private sealed class Field(string name, int exclusions, int words)
    {
        private readonly ulong[] _unnamed = Full(exclusions, words);
        private readonly Dictionary<double, ulong[]> _numbers = [];
        private readonly Dictionary<string, ulong[]> _texts = [];

        public string Name => name;

        public void MarkNamed(int exclusion) => _unnamed[exclusion / Width] &= ~Bit(exclusion);

        /// <summary>Only once every exclusion that names the field has said so.</summary>
        public void Allow(int exclusion, IReadOnlyList<FieldValue> values)
        {
            foreach (var value in values)
            {
                if (value.Number is { } number) Set(_numbers, number, exclusion);
                Set(_texts, value.Text, exclusion);
            }
        }

        /// <summary>A cell that has no such field is matched by exclusions that do not name it.</summary>
        public ulong[] Matches(FieldValue? own) => own is null ? _unnamed
            : own.Number is { } number ? _numbers.GetValueOrDefault(number, _unnamed)
            : _texts.GetValueOrDefault(own.Text, _unnamed);

        private void Set<T>(Dictionary<T, ulong[]> of, T value, int exclusion)
            where T : notnull
        {
            if (!of.TryGetValue(value, out var bits)) of[value] = bits = [.. _unnamed];
            bits[exclusion / Width] |= Bit(exclusion);
        }

        private static ulong[] Full(int exclusions, int words)
        {
            var bits = new ulong[words];
            for (var i = 0; i < exclusions; i++) bits[i / Width] |= Bit(i);
            return bits;
        }
    }
}
