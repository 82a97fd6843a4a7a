using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ScalingLab.Data.Corpora;

namespace ScalingLab.Data.Surveys;

/// <summary>A chunk as it was read first: 32 bytes.</summary>
/// <param name="FirstDocument">The place of its first document with text among the source's.</param>
/// <param name="Hash">The first half of the SHA-256 of its documents' names and texts.</param>
internal readonly record struct SurveyedChunk(ChunkPlace Place, long FirstDocument, UInt128 Hash);

/// <summary>Documents with something odd in them: how many, and those with the most of it.</summary>
internal sealed class AffectedDocuments
{
    private const int MostNamed = 5;

    public int Documents { get; set; }

    public long Count { get; set; }

    /// <summary>By name and count, the most first, of equal counts by name.</summary>
    public List<KeyValuePair<string, long>> Most { get; set; } = [];

    public void Add(string name, long count)
    {
        if (count == 0) return;
        Documents++;
        Count += count;
        Most = [.. Most.Append(new(name, count)).OrderByDescending(one => one.Value)
            .ThenBy(one => one.Key, StringComparer.Ordinal).Take(MostNamed)];
    }

    /// <summary>Of documents with bytes that were replaced: what a reader should know; nothing where there are
    /// none.</summary>
    /// <param name="what">What the documents are: records, files.</param>
    public IEnumerable<string> ReplacedNotes(string what) => Count == 0 ? [] :
    [
        $"{Count} byte {(Count == 1 ? "sequence" : "sequences")} in {Documents} {(Documents == 1 ? what[..^1] : what)} "
            + (Count == 1 ? "was not UTF-8 and was" : "were not UTF-8 and were") + $" replaced by U+FFFD: {this}",
    ];

    public override string ToString() => string.Join(", ", Most.Select(one => $"{one.Key} ({one.Value})"))
        + (Documents > MostNamed ? ", ..." : ".");
}

/// <summary>How far a first reading has come.</summary>
/// <param name="File">Where the chunk that it goes on in stands, as in Chunk.</param>
/// <param name="InChunk">Documents of that chunk that are read, those without text included.</param>
/// <param name="ChunkFirst">The place of the chunk's first document.</param>
/// <param name="Chunks">Chunks before it.</param>
/// <param name="Sections">Hashes of the sections of text that are full.</param>
/// <param name="TextHash">That of all documents, once they are read.</param>
internal sealed record SurveyState(
    int File, int Chunk, int InChunk, long ChunkFirst, long Chunks, long Documents, long Bytes, long Blank,
    AffectedDocuments Replaced, AffectedDocuments Zeros, IReadOnlyList<string> Sections, string? TextHash);

/// <summary>
/// First reading of a source by all cores: hashes, sizes, counts. What it learns of each document and chunk is on disk;
/// it goes on behind the last full section of text (<see cref="Surveys.TextHash"/>).</summary>
internal sealed class SourceSurvey(Corpus corpus, string stem, CancellationToken cancel)
{
    private SurveyState _state = new(0, 0, 0, 0, 0, 0, 0, 0, new(), new(), [], null);

    /// <summary>The documents with text, in their order.</summary>
    public DiskList<DocumentSummary> Documents { get; } = new(stem + ".documents");

    /// <summary>The chunks, in their order.</summary>
    public DiskList<SurveyedChunk> Chunks { get; } = new(stem + ".chunks");

    public Corpus Corpus => corpus;

    public SurveyState State => _state;

    private string StatePath => $"{stem}.survey{StageFile.Ending}";

    /// <summary>Reads what has not been read yet.</summary>
    /// <exception cref="DataException">The text cannot be used: every problem found.</exception>
    public void Run()
    {
        _state = StageFile.Read<SurveyState>(StatePath) ?? _state;
        if (_state.TextHash is null) Read();
        Documents.Open(_state.Documents);
        Chunks.Open(_state.Chunks);
    }

    private void Read()
    {
        using var hash = new TextHash();
        hash.Resume(_state.Sections);
        Documents.BeginWriting(_state.Documents);
        Chunks.BeginWriting(_state.Chunks);
        var (problems, skipped, first) = (new RecordProblems(), _state.InChunk, _state.ChunkFirst);
        var chunks = corpus.ChunksFrom(new(_state.File, _state.Chunk), problems);
        foreach (var chunk in OrderedWork.Run(chunks, chunk => chunk.Bytes, ReadChunk, cancel))
        {
            foreach (var problem in chunk.Problems) problems.Add(problem);
            if (!problems.IsFull) Add(chunk, skipped, first, hash);
            (skipped, first) = (0, Documents.Count);
        }
        problems.Throw();
        Save(_state with { TextHash = hash.Hex() });
    }


    /// <summary>Adds the documents of a chunk but the first ones.</summary>
    private void Add(ReadChunkResult chunk, int skipped, long first, TextHash hash)
    {
        var before = Chunks.Count;
        Chunks.Add(new(chunk.Place, first, chunk.Hash));
        for (var i = skipped; i < chunk.Documents.Count; i++)
        {
            var (end, summary, name, replaced, zeros) = chunk.Documents[i];
            var start = i == 0 ? 0 : chunk.Documents[i - 1].End;
            var isBlank = start == end;
            _state.Replaced.Add(name, replaced);
            _state.Zeros.Add(name, zeros);
            if (!isBlank) Documents.Add(summary);
            _state = _state with
            {
                File = chunk.Place.File, Chunk = chunk.Place.Chunk, Documents = Documents.Count,
                Bytes = _state.Bytes + summary.Bytes, Blank = _state.Blank + (isBlank ? 1 : 0),
            };
            if (!isBlank && hash.Add(chunk.Frames.Span[start..end]))
                Save(_state with { InChunk = i + 1, ChunkFirst = first, Chunks = before, Sections = hash.Sections });
        }
        _state = _state with { Chunks = Chunks.Count };
    }

    private void Save(SurveyState state)
    {
        Documents.Flush(toDisk: true);
        Chunks.Flush(toDisk: true);
        StageFile.Write(StatePath, state);
        _state = state;
    }

    /// <param name="End">Where the document's name and text end in the chunk's frames; those of one without text are
    /// empty.</param>
    private readonly record struct ReadDocument(int End, DocumentSummary Summary, string Name, long Replaced,
        long Zeros);

    private sealed record ReadChunkResult(ChunkPlace Place, ReadOnlyMemory<byte> Frames, UInt128 Hash,
        List<ReadDocument> Documents, IReadOnlyList<string> Problems);

    private ReadChunkResult ReadChunk(CorpusChunk chunk)
    {
        cancel.ThrowIfCancellationRequested();
        var contents = chunk.Read();
        using var normal = new WhitespaceNormalizer();
        var documents = new List<ReadDocument>(contents.Documents.Count);
        var frames = new ArrayBufferWriter<byte>((int)Math.Min(chunk.Bytes + (1 << 12), 1 << 22));
        foreach (var document in contents.Documents)
        {
            if (document.Text.Length == 0)
            {
                documents.Add(new(frames.WrittenCount, default, document.Name, 0, 0));
                continue;
            }
            var bytes = ContentHash.Frame(document.Name, document.Text, frames);
            var text = frames.WrittenSpan[^bytes..];
            var zeros = document.Text.Contains('\0') ? document.Text.Count(letter => letter == '\0') : 0;
            documents.Add(new(frames.WrittenCount,
                new(ContentHash.ToNumber(text), normal.Key(document.Text), bytes), document.Name,
                document.ReplacedSequences, zeros));
        }
        return new(chunk.Place, frames.WrittenMemory, HashOf(frames.WrittenSpan), documents, contents.Problems);
    }

    /// <summary>The hash of a chunk's documents by their frames.</summary>
    public static UInt128 HashOf(ReadOnlySpan<byte> frames)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(frames, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
