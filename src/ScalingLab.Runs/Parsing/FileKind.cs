namespace ScalingLab.Runs.Parsing;

/// <summary>
/// What a file is to hold, and the most bytes that make sense for it: a larger one is another file than was meant, or
/// does not end.
/// </summary>
/// <param name="What">For a message: "a grid's .json file".</param>
/// <param name="MaxBytes">More are not read, whatever the file says of its length.</param>
public sealed record FileKind(string What, long MaxBytes)
{
    /// <summary>
    /// The largest grid that was ever written has 40 kB. JSON takes some 25 times its length in memory.
    /// </summary>
    public static FileKind Grid { get; } = new("a grid's .json file", 16_000_000);

    /// <summary>A rule has some laws of a few numbers each.</summary>
    public static FileKind Rule { get; } = new("a rule's .json file", 16_000_000);

    /// <summary>
    /// Two million rows of runs, or the curves of 30,000 runs; a table takes some ten times its length in memory.
    /// </summary>
    public static FileKind Table { get; } = new("a CSV file", 512_000_000);

    /// <summary>fit.json and tune.json, with the numbers of every fit.</summary>
    public static FileKind Fit { get; } = new("a fit's .json file", 256_000_000);

    /// <summary>A text is one string, of at most 2^30 UTF-16 units.</summary>
    public static FileKind Text { get; } = new("a text", 1_000_000_000);

    /// <summary>A task's documents are held in memory; the largest that are handed round have some 100 MB.</summary>
    public static FileKind Task { get; } = new("a task's .jsonl file", 1_000_000_000);

    /// <summary>Row groups are read one by one.</summary>
    public static FileKind Parquet { get; } = new("a Parquet file", long.MaxValue);

    /// <summary>Records are read one by one, and may be more than memory holds.</summary>
    public static FileKind Records { get; } = new("a file of records", long.MaxValue);

    /// <summary>All runs of a file are held in memory; with curves, packed, some 30 kB each.</summary>
    public static FileKind Runs { get; } = new("a file that 'lab export' wrote", 2_000_000_000);

    /// <summary>What a report and its tables have; figures are small.</summary>
    public static FileKind Results { get; } = new("a file of results", 512_000_000);

    /// <summary>An attempt's log: its writer ends it after a little more than a million characters.</summary>
    public static FileKind Log { get; } = new("an attempt's log", 16_000_000);

    /// <summary>A token, or the environment of a job.</summary>
    public static FileKind Settings { get; } = new("a file of settings", 1_000_000);

    /// <summary>What data were prepared of, with notes, is less than this.</summary>
    public static FileKind Prepared { get; } = new("a file of prepared data", 32_000_000);

    /// <summary>The largest tokenizer.json in use, of 256,000 tokens, has some 35 MB.</summary>
    public static FileKind Tokenizer { get; } = new("a tokenizer", 128_000_000);

    /// <summary>Of a model of another program: tensors are read piece by piece.</summary>
    public static FileKind Weights { get; } = new("a .safetensors file", long.MaxValue);

    /// <summary>Which file has which tensor: the largest models have some 100,000 tensors.</summary>
    public static FileKind WeightIndex { get; } = new("an index of .safetensors files", 32_000_000);

    /// <summary>
    /// Tokens are mapped, not read, and a checkpoint is read piece by piece: each is checked against its own header and
    /// model.
    /// </summary>
    public static FileKind State { get; } = new("a token file or a checkpoint", long.MaxValue);
}
