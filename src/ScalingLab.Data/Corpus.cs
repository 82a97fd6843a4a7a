namespace ScalingLab.Data;

/// <summary>One text of a corpus: a .NET type's documentation, or a file.</summary>
/// <param name="Name">Where it comes from, the same on every machine (never an absolute path).</param>
/// <param name="Text">The text, well-formed UTF-16.</param>
public sealed record Document(string Name, string Text)
{
    /// <summary>Byte sequences that were not UTF-8, each replaced by U+FFFD.</summary>
    public long ReplacedSequences { get; init; }
}

/// <summary>A file that a corpus is read from. Size and time are what a cache needs to notice a change.</summary>
/// <param name="Name">Name inside the corpus, with '/' between folders.</param>
/// <param name="Path">Full path on this machine.</param>
public sealed record CorpusFile(string Name, string Path, long Bytes, DateTimeOffset Modified);

/// <summary>What was found in a place and not read, and why.</summary>
public sealed record SkippedFile(string Path, string Reason);

/// <summary>The files of a corpus, found and checked but not yet read.</summary>
public sealed record CorpusListing(IReadOnlyList<CorpusFile> Files, IReadOnlyList<SkippedFile> Skipped);

/// <summary>A corpus being read.</summary>
/// <param name="Documents">Can be walked more than once and gives the same documents in the same order each time.</param>
/// <param name="RepeatedSentences">Sentences dropped because they had stood earlier in the corpus.</param>
public sealed record Corpus(IEnumerable<Document> Documents, long RepeatedSentences, IReadOnlyList<SkippedFile> Skipped);

/// <summary>Where text comes from: <see cref="DotnetDocs"/>, <see cref="TextFiles"/>, <see cref="JsonLines"/> or
/// <see cref="DelimitedFiles"/>.</summary>
public abstract record CorpusSource
{
    /// <summary>The name a grid file uses: "dotnet-docs", "text", "jsonl", "csv" or "tsv".</summary>
    public abstract string Kind { get; }

    /// <summary>Which part of the files is read, beside what they are: a field, a column.</summary>
    internal virtual string Part => "";

    /// <summary>Whether the first documents are a fair sample of all.</summary>
    internal virtual bool IsFairlyOrdered => true;

    /// <summary>Finds the files and checks that they can be read.</summary>
    /// <exception cref="DataException">Lists every missing, unreadable or empty file.</exception>
    public abstract CorpusListing List();

    /// <summary>Reads the files listed. Documents come in the order of the SHA-256 of their names: the same everywhere, and
    /// such that the first part of the text is a fair sample of the whole, which a fixed validation set needs; records come in their files'
    /// order. A document without text is none.</summary>
    public abstract Corpus Read(CorpusListing listing, CancellationToken cancel);
}

/// <summary>What went into a corpus and what was left out.</summary>
/// <param name="Files">Files read.</param>
/// <param name="Documents">Documents with text left in them.</param>
/// <param name="Bytes">UTF-8 bytes of all documents.</param>
/// <param name="RepeatedSentences">Sentences dropped because they had stood earlier in the corpus.</param>
/// <param name="ReplacedSequences">Byte sequences that were not UTF-8, each replaced by U+FFFD.</param>
/// <param name="Notes">Sentences a reader of the results should know: how an unusual split was made, what was replaced.</param>
public sealed record CorpusReport(
    int Files, int Documents, long Bytes, long RepeatedSentences, long ReplacedSequences,
    IReadOnlyList<SkippedFile> Skipped, IReadOnlyList<string> Notes);
