using ScalingLab.Data.Streams;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Corpora;

/// <summary>
/// Files of records, a document each, read as a stream: a file may be larger than memory. What cannot be read stops the
/// preparation with file and line; a record without text is left out and counted.</summary>
/// <param name="Paths">Files and folders.</param>
public abstract record RecordFiles(IReadOnlyList<string> Paths) : CorpusSource
{
    /// <summary>Records come as the files have them, often sorted by date or topic.</summary>
    internal override bool IsShuffled => false;

    private protected abstract IReadOnlyList<string> Extensions { get; }

    public override CorpusListing List() => new CorpusFiles(Kind, Extensions, FileKind.Records, Within).List(Paths);

    public override Corpus Read(CorpusListing listing, CancellationToken cancel) =>
        new(Documents(listing.Files, cancel), 0, []);

    private protected abstract RecordReader Open(Stream stream, CorpusFile file, RecordProblems problems);

    private IEnumerable<Document> Documents(IReadOnlyList<CorpusFile> files, CancellationToken cancel)
    {
        var problems = new RecordProblems();
        foreach (var file in files)
        {
            if (problems.IsFull) break;
            using var reader =
                WithFileName(file, () => Open(CorpusFiles.Open(file.Path, FileKind.Records), file, problems))!;
            while (!problems.IsFull && WithFileName(file, reader.Next) is { } document)
            {
                cancel.ThrowIfCancellationRequested();
                yield return document;
            }
            // A damaged gzip is told as such, not as what its damage does to the records.
            if (problems.IsFull) WithFileName(file, reader.ReadToEnd);
        }
        problems.Throw();
    }

    private static T? WithFileName<T>(CorpusFile file, Func<T?> read) where T : class
    {
        try
        {
            return read();
        }
        catch (Exception refused) when (CorpusFiles.IsReadError(refused))
        {
            throw new DataException($"{file.Path}: {CorpusFiles.Describe(file.Path, refused)}", refused);
        }
    }
}

/// <summary>
/// What is wrong with the records of a corpus, each with file and line, up to a number that still can be read.
/// </summary>
internal sealed class RecordProblems
{
    private const int MaxProblems = 20;

    private readonly List<string> _problems = [];

    /// <summary>Whether to look no further.</summary>
    public bool IsFull => _problems.Count >= MaxProblems;

    public void Add(CorpusFile file, long line, string text)
    {
        if (!IsFull) _problems.Add($"{file.Path} line {line}: {text}");
    }

    /// <exception cref="DataException">Lists the problems, if there are any.</exception>
    public void Throw()
    {
        if (IsFull) _problems.Add($"These are the first {MaxProblems} problems; nothing was read after them.");
        if (_problems.Count > 0) throw new DataException(_problems);
    }
}

/// <summary>The records of one file, in order.</summary>
internal abstract class RecordReader(Stream stream, CorpusFile file, RecordProblems problems) : IDisposable
{
    private protected Utf8ByteReader Bytes { get; } = new(stream);

    /// <summary>
    /// The next record, its text empty where it has none; null at the end. Those with a problem are passed over.
    /// </summary>
    public abstract Document? Next();

    /// <summary>Reads to the end, looking at nothing.</summary>
    public Stream ReadToEnd()
    {
        stream.CopyTo(Stream.Null);
        return stream;
    }

    public void Dispose() => stream.Dispose();

    private protected void AddProblem(long line, string text) => problems.Add(file, line, text);

    private protected bool HasTooManyProblems => problems.IsFull;

    private protected Document Document(long line, string text, long replaced) =>
        new($"{file.Name}:{line}", string.IsNullOrWhiteSpace(text) ? "" : text) { ReplacedSequences = replaced };
}
