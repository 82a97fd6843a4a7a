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

    private protected virtual FileKind Holds => FileKind.Records;

    public override CorpusListing List() => new CorpusFiles(Kind, Extensions, Holds, Within).List(Paths);

    private protected override Corpus ReadMarked(CorpusListing listing, CancellationToken cancel) =>
        new(start => Enumerable.Range(start.File, listing.Files.Count - start.File).SelectMany(i =>
            WithFileName(listing.Files[i], ChunksOf(listing.Files[i], i), cancel)
            .Skip(i == start.File ? start.Chunk : 0)));

    /// <summary>The chunks of a file.</summary>
    /// <param name="place">The file's place in the corpus.</param>
    private protected abstract IEnumerable<CorpusChunk> ChunksOf(CorpusFile file, int place);

    /// <summary>Text of white space is none.</summary>
    private protected static Document ToDocument(CorpusFile file, long line, string text, long replaced) =>
        new($"{file.Name}:{line}", string.IsNullOrWhiteSpace(text) ? "" : text) { ReplacedSequences = replaced };

    private static IEnumerable<CorpusChunk> WithFileName(CorpusFile file, IEnumerable<CorpusChunk> chunks,
        CancellationToken cancel)
    {
        using var all = chunks.GetEnumerator();
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                if (!all.MoveNext()) yield break;
            }
            catch (Exception refused) when (CorpusFiles.IsReadError(refused))
            {
                throw new DataException($"{file.Path}: {CorpusFiles.Describe(file.Path, refused)}", refused);
            }
            yield return all.Current;
        }
    }
}

/// <summary>Files whose records only one thread can tell apart.</summary>
/// <param name="Paths">Files and folders.</param>
public abstract record SequentialRecordFiles(IReadOnlyList<string> Paths) : RecordFiles(Paths)
{
    private protected abstract RecordReader Open(CorpusFile file, RecordProblems problems);

    private protected sealed override IEnumerable<CorpusChunk> ChunksOf(CorpusFile file, int place)
    {
        var problems = new RecordProblems();
        using var reader = Open(file, problems);
        for (var (chunk, isEnd) = (0, false); !isEnd; chunk++)
        {
            var (documents, letters) = (new List<Document>(), 0L);
            while (!isEnd && letters < CorpusChunk.WantedBytes && !problems.IsFull)
            {
                var next = reader.Next();
                isEnd = next is null && !problems.IsFull;
                if (next is null) continue;
                documents.Add(next);
                letters += next.Text.Length;
            }
            var contents = new ChunkContents(documents, problems.Take());
            yield return new(new(place, chunk), letters, () => contents)
            {
                CompressedFile = CorpusFiles.IsCompressed(file.Path) ? file.Path : null,
            };
        }
    }
}

/// <summary>The records of one file, in order.</summary>
internal abstract class RecordReader : IDisposable
{
    /// <summary>
    /// The next record, its text empty where it has none; null at the end, and where there are as many problems as can
    /// be told. Those with a problem are passed over.
    /// </summary>
    public abstract Document? Next();

    public abstract void Dispose();
}
