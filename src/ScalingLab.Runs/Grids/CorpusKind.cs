namespace ScalingLab.Runs.Grids;

/// <summary>
/// A corpus that a grid may name: what its data section holds beside the name. How it is read stands in
/// ScalingLab.Data.
/// </summary>
/// <param name="Name">The name.</param>
public sealed record CorpusKind(string Name)
{
    /// <summary>Whether it finds its own files, so that a grid gives no paths.</summary>
    public bool FindsOwnFiles { get; init; }

    /// <summary>Whether its tokens are drawn from the source that a grid defines under its name.</summary>
    public bool IsTeacher { get; init; }

    /// <summary>Whether a grid gives it paths.</summary>
    public bool HasPaths => !FindsOwnFiles && !IsTeacher;

    /// <summary>What says where in a file the text is; null: the whole file is text.</summary>
    public CorpusPart? Part { get; init; }

    /// <summary>The corpus of a grid that says nothing of its data.</summary>
    public static CorpusKind Default => All[0];

    /// <summary>Every corpus, the default first.</summary>
    public static IReadOnlyList<CorpusKind> All { get; } =
    [
        new("dotnet-docs") { FindsOwnFiles = true },
        new("text"),
        new("jsonl") { Part = CorpusPart.Field },
        new("csv") { Part = CorpusPart.Column },
        new("tsv") { Part = CorpusPart.Column },
        new("parquet") { Part = CorpusPart.Column },
        new("teacher") { IsTeacher = true },
    ];

    /// <summary>Those that are text.</summary>
    public static IReadOnlyList<CorpusKind> OfText { get; } = [.. All.Where(kind => !kind.IsTeacher)];

    /// <summary>Tokens of a source whose entropy is known; the field of the data section that defines it has the same
    /// name.</summary>
    public static CorpusKind Teacher => All[^1];

    /// <summary>The corpus of this name, or null.</summary>
    public static CorpusKind? Find(string? name) => All.FirstOrDefault(kind => kind.Name == name);
}

/// <summary>A field of the data section that says where in a file the text is.</summary>
/// <param name="Name">The field.</param>
/// <param name="Meaning">What it names, in a few words.</param>
public sealed record CorpusPart(string Name, string Meaning)
{
    /// <summary>A member of JSON objects.</summary>
    public static CorpusPart Field { get; } = new("field", "the object's member that holds the text");

    /// <summary>A column of a table.</summary>
    public static CorpusPart Column { get; } = new("column", "the column that holds the text, by its name");

    /// <summary>Every such field.</summary>
    public static IReadOnlyList<CorpusPart> All { get; } = [Field, Column];
}
