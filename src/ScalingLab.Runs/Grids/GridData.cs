namespace ScalingLab.Runs.Grids;

/// <summary>How text becomes tokens.</summary>
public enum GridTokenizerKind
{
    /// <summary>Byte-level byte-pair encoding, trained on the text.</summary>
    Bpe,

    /// <summary>Each byte a token.</summary>
    Bytes,

    /// <summary>GPT-2's byte-pair encoding, of 50,257 tokens.</summary>
    Gpt2,

    /// <summary>GPT-4's.</summary>
    Cl100kBase,

    /// <summary>GPT-4o's.</summary>
    O200kBase,

    /// <summary>One that is in a file.</summary>
    File,
}

/// <summary>What a grid says of its tokenizer beside kind and vocabulary.</summary>
public sealed record GridTokenizer
{
    /// <summary>Of a file its full path; else null.</summary>
    public string? Path { get; init; }

    /// <summary>Of a rank file the pattern by which words are cut, one of <see cref="Patterns"/>; else null.</summary>
    public string? Pattern { get; init; }

    /// <summary>The pattern by which words are cut while a BPE is trained, one of <see cref="PreSplits"/>; null: not
    /// given.</summary>
    public string? PreSplit { get; init; }

    /// <summary>Names of special tokens that a trained BPE has beside the end of document; null: not given.</summary>
    public IReadOnlyList<string>? SpecialTokens { get; init; }

    /// <summary>Names of the kinds, as a grid writes them.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
        [.. EnumNames.All<GridTokenizerKind>().Select(name => name.Replace('-', '_'))];

    /// <summary>The patterns of rank files.</summary>
    public static IReadOnlyList<string> Patterns { get; } = ["gpt2", "cl100k", "o200k"];

    /// <summary>The patterns of training.</summary>
    public static IReadOnlyList<string> PreSplits { get; } = ["gpt2", "gpt4"];
}

/// <summary>One source of a mixture.</summary>
/// <param name="Name">Its name: a part of column and file names.</param>
/// <param name="Corpus">One of <see cref="GridData.Corpora"/>.</param>
/// <param name="Paths">Full paths of its files and folders; empty for "dotnet-docs".</param>
/// <param name="Part">The field of "jsonl" or the column of a table that holds the text; null for the others.</param>
/// <param name="Weight">Its share of the training sequences, beside the others' weights.</param>
public sealed record GridSource(string Name, string Corpus, IReadOnlyList<string> Paths, string? Part, double Weight)
{
    /// <summary>The markup that is taken out of its texts, one of <see cref="GridData.Markups"/>; null: none.</summary>
    public string? Strip { get; init; }
}

/// <summary>Which copies are left out of the text before it is split.</summary>
/// <param name="Near">The similarity of shingles from which documents are near copies, <see cref="LeastNear"/> to 1;
/// null: only equal texts are copies.</param>
public sealed record GridDeduplication(double? Near)
{
    /// <summary>The least similarity of near copies.</summary>
    public const double LeastNear = 0.3;

    /// <summary>The similarity where none is given.</summary>
    public const double DefaultNear = 0.8;

    /// <summary>What a grid may call it.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["exact", "near"];
}

/// <summary>The text of a sweep.</summary>
/// <param name="Corpus">One of <see cref="Corpora"/>, or <see cref="Mixture"/>.</param>
/// <param name="Paths">Full paths of the files and folders; empty for "dotnet-docs", a teacher and a mixture.</param>
/// <param name="Tokenizer">Kind of tokenizer.</param>
/// <param name="Vocabulary">Vocabulary of a BPE tokenizer that is trained; null for the other kinds.</param>
/// <param name="HeldOut">Share of the documents held out for validation; null: the corpus's own default.</param>
public sealed record GridData(string Corpus, IReadOnlyList<string> Paths, GridTokenizerKind Tokenizer, int? Vocabulary,
    double? HeldOut)
{
    /// <summary>What <see cref="Corpus"/> says of a mixture.</summary>
    public const string Mixture = "mixture";

    /// <summary>Corpora that a grid may name.</summary>
    public static IReadOnlyList<string> Corpora { get; } = [.. CorpusKind.All.Select(kind => kind.Name)];

    /// <summary>Corpora that a mixture may have.</summary>
    public static IReadOnlyList<string> MixtureCorpora { get; } =
        [.. CorpusKind.OfText.Select(kind => kind.Name)];

    /// <summary>
    /// The field of "jsonl" or the column of a table that holds the text; null for the others.
    /// </summary>
    public string? Part { get; init; }

    /// <summary>What more is said of the tokenizer; null: nothing.</summary>
    public GridTokenizer? TokenizerDetails { get; init; }

    /// <summary>The source that the tokens are drawn from; null: they are a text's.</summary>
    public TeacherSpec? Teacher { get; init; }

    /// <summary>The markup that is taken out of the texts, one of <see cref="Markups"/>; null: none.</summary>
    public string? Strip { get; init; }

    /// <summary>Markup that a grid may have taken out of its texts.</summary>
    public static IReadOnlyList<string> Markups { get; } = ["html", "markdown"];

    /// <summary>Which copies are left out of the text of all sources; null: none.</summary>
    public GridDeduplication? Deduplicate { get; init; }

    /// <summary>The folder that the text must lie in when links are resolved: the grid's; null for anywhere.</summary>
    public string? Root { get; init; }

    /// <summary>The sources of a mixture, at least two; empty for a corpus alone.</summary>
    public IReadOnlyList<GridSource> Sources { get; init; } = [];

    /// <summary>How many unique training tokens the runs may see, an axis; empty: all the text.</summary>
    public IReadOnlyList<long> UniqueTokens { get; init; } = [];

    /// <summary>How documents become training sequences, an axis; empty: <see cref="Packing.Concatenate"/>.</summary>
    public IReadOnlyList<Packing> Packing { get; init; } = [];
}
