using ScalingLab.Data.Markup;

namespace ScalingLab.Data.Corpora;

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

/// <summary>What was found and not read, and why.</summary>
/// <param name="Name">Name inside the corpus, with '/' between folders.</param>
/// <param name="Reason">The kind of file, in the plural and the same words for all that are left out for it: "empty
/// files".</param>
public sealed record SkippedFile(string Name, string Reason)
{
    private const int Named = 3;

    /// <summary>What is left out, reason by reason: how many, and the first names.</summary>
    internal static IEnumerable<string> Describe(IEnumerable<SkippedFile> skipped) =>
        skipped.GroupBy(file => file.Reason).Select(same =>
        $"{same.Key} ({same.Count()}): "
            + $"{string.Join(", ", same.Select(file => file.Name).Order(StringComparer.Ordinal).Take(Named))}"
        + (same.Count() > Named ? ", ..." : ""));

    /// <summary>The same as sentences for a reader of the results.</summary>
    internal static IEnumerable<string> Notes(IEnumerable<SkippedFile> skipped) =>
        Describe(skipped).Select(words => $"Left out: {words}.");
}

/// <summary>The files of a corpus, found and checked but not yet read.</summary>
public sealed record CorpusListing(IReadOnlyList<CorpusFile> Files, IReadOnlyList<SkippedFile> Skipped);

/// <summary>
/// A corpus being read: chunks of documents, in their order. They can be walked more than once and are the same each
/// time.</summary>
public sealed class Corpus
{
    private readonly Func<ChunkPlace, IEnumerable<CorpusChunk>> _chunksFrom;

    /// <param name="chunksFrom">The chunks from a place on.</param>
    internal Corpus(Func<ChunkPlace, IEnumerable<CorpusChunk>> chunksFrom) => _chunksFrom = chunksFrom;

    /// <summary>Sentences dropped because they had stood earlier in the corpus.</summary>
    public long RepeatedSentences { get; init; }

    /// <summary>What turned out to be unreadable in the course of reading; what the listing skipped is not
    /// repeated.</summary>
    public IReadOnlyList<SkippedFile> Skipped { get; init; } = [];

    /// <summary>The documents, read by one thread; those without text have an empty one.</summary>
    /// <exception cref="DataException">Lists what is wrong with the files or their records.</exception>
    public IEnumerable<Document> Documents
    {
        get
        {
            var problems = new RecordProblems();
            foreach (var chunk in ChunksFrom(default, problems))
            {
                var contents = chunk.Read();
                foreach (var problem in contents.Problems) problems.Add(problem);
                foreach (var document in contents.Documents) yield return document;
            }
            problems.Throw();
        }
    }

    /// <summary>
    /// The chunks from a place on. Where there are as many problems as can be told they end, but for the rest of a
    /// compressed file, whose damage is then told alone.</summary>
    /// <param name="problems">What whoever reads the chunks has found so far.</param>
    internal IEnumerable<CorpusChunk> ChunksFrom(ChunkPlace start, RecordProblems problems)
    {
        string? draining = null;
        foreach (var chunk in _chunksFrom(start))
        {
            if (problems.IsFull && (chunk.CompressedFile is null || chunk.CompressedFile != draining)) yield break;
            if (!problems.IsFull) yield return chunk;
            draining = chunk.CompressedFile;
        }
    }

    /// <summary>The same corpus with something done to each document.</summary>
    internal Corpus Select(Func<Document, Document> change) =>
        new(start => _chunksFrom(start).Select(chunk => chunk.Select(change)))
        {
            RepeatedSentences = RepeatedSentences,
            Skipped = Skipped,
        };

    /// <summary>The same corpus with no text in some of the documents.</summary>
    /// <param name="isEmptied">Given the chunk and the document's place in it, from 0.</param>
    internal Corpus Empty(Func<ChunkPlace, int, bool> isEmptied) =>
        new(start => _chunksFrom(start).Select(chunk => chunk.Empty(inChunk => isEmptied(chunk.Place, inChunk))))
        {
            RepeatedSentences = RepeatedSentences,
            Skipped = Skipped,
        };
}


/// <summary>Where text comes from: <see cref="DotnetDocs"/>, <see cref="TextFiles"/>, <see cref="JsonLines"/>,
/// <see cref="DelimitedFiles"/> or <see cref="ParquetFiles"/>.</summary>
public abstract record CorpusSource
{
    /// <summary>The name a grid file uses: "dotnet-docs", "text", "jsonl", "csv", "tsv" or "parquet".</summary>
    public abstract string Kind { get; }

    /// <summary>The folder that named files must lie in when links are resolved; null for anywhere.</summary>
    public string? Within { get; init; }

    /// <summary>The markup that is taken out of each document.</summary>
    public MarkupKind Strip { get; init; }

    /// <summary>Which part of the files is read, beside what they are: a field, a column.</summary>
    internal virtual string FieldOrColumn => "";

    /// <summary>Whether the first documents are a fair sample of all.</summary>
    internal virtual bool IsShuffled => true;

    /// <summary>Finds the files and checks that they can be read.</summary>
    /// <exception cref="DataException">Lists every missing, unreadable or empty file.</exception>
    public abstract CorpusListing List();

    /// <summary>
    /// Reads the files listed. Documents come in the order of the SHA-256 of their names: the same everywhere, and
    /// such that the first part of the text is a fair sample of the whole, which a fixed validation set needs; records
    /// come in their files' order. A document without text is none.</summary>
    public Corpus Read(CorpusListing listing, CancellationToken cancel) =>
        Strip == MarkupKind.None ? ReadMarked(listing, cancel)
        : ReadMarked(listing, cancel).Select(document => document with
        {
            Text = MarkupText.Strip(Strip, document.Text),
        });

    /// <summary>Reads the files listed, markup and all.</summary>
    private protected abstract Corpus ReadMarked(CorpusListing listing, CancellationToken cancel);
}

/// <summary>What went into a corpus and what was left out.</summary>
/// <param name="Files">Files read.</param>
/// <param name="Documents">Documents with text left in them.</param>
/// <param name="Bytes">UTF-8 bytes of all documents.</param>
/// <param name="RepeatedSentences">Sentences dropped because they had stood earlier in the corpus.</param>
/// <param name="ReplacedSequences">Byte sequences that were not UTF-8, each replaced by U+FFFD.</param>
/// <param name="Copies">Documents that repeat the text of an earlier one, but for white space
/// (WhitespaceNormalizer).</param>
/// <param name="Overlap">How much of the held-out text stands in the training text too.</param>
/// <param name="Notes">Sentences a reader of the results should know: what was left out, replaced or repeated, how an
/// unusual split was made.</param>
public sealed record CorpusReport(
    int Files, int Documents, long Bytes, long RepeatedSentences, long ReplacedSequences, int Copies,
    HeldOutOverlap Overlap,
    IReadOnlyList<string> Notes);

/// <summary>
/// Held-out documents that stand in the training text too, for the greater part (PassageOverlap).
/// </summary>
/// <param name="Documents">Held-out documents that were looked at: those at the beginning, long enough to hold a
/// passage.</param>
/// <param name="NearCopies">Of these, those at least half of whose passages stand in the training text.</param>
public sealed record HeldOutOverlap(int Documents, int NearCopies)
{
    /// <summary>Share of near copies, 0 to 1.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double Share => Documents == 0 ? 0 : (double)NearCopies / Documents;
}
