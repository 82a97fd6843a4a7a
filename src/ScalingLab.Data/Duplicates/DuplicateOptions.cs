namespace ScalingLab.Data.Duplicates;

/// <summary>What counts as a copy, and which of several is kept.</summary>
public sealed record DuplicateOptions
{
    /// <summary>
    /// Jaccard similarity of shingles from which documents are near copies, above 0 and at most 1; null: only texts
    /// that are equal when normalized are copies.
    /// </summary>
    public double? Near { get; init; }

    /// <summary>Words of a shingle.</summary>
    public int ShingleWords { get; init; } = 5;

    /// <summary>Length of a MinHash signature, a multiple of 16.</summary>
    public int Permutations { get; init; } = 128;

    /// <summary>Whether the longest of a group is kept (of several, the first); otherwise the first.</summary>
    public bool KeepsLongest { get; init; }

    /// <summary>Threads; the result is the same whatever their number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>The bands that near copies are looked for with; null where none are.</summary>
    public LshBands? Bands => Near is { } threshold ? LshBands.For(threshold, Permutations) : null;
}

/// <summary>What becomes of a document.</summary>
public enum CopyKind
{
    /// <summary>It is kept.</summary>
    None,

    /// <summary>Its text equals, when normalized, one that is kept.</summary>
    Exact,

    /// <summary>Its text is near one that is kept, directly or by others between.</summary>
    Near,
}

/// <summary>Two documents found to be near copies.</summary>
/// <param name="First">The place of the one that came first; below 0 for the reference text, the last of which is
/// -1.</param>
/// <param name="Second">The place of the other.</param>
/// <param name="Similarity">Jaccard similarity of their shingles.</param>
public sealed record NearPair(int First, int Second, double Similarity);
