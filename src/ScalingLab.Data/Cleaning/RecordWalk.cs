using System.Globalization;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Streams;
using ScalingLab.Data.Surveys;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Cleaning;

/// <summary>
/// The documents with text of a corpus, file by file in the order of the files' names: each time the same. Problems of
/// all files are found before they are told.
/// </summary>
internal sealed class RecordWalk
{
    private const int MostProblems = 20;

    private readonly CorpusSource _source;
    private readonly CorpusListing _listing;
    private AffectedDocuments _replaced = new();

    /// <param name="source">What is read.</param>
    /// <exception cref="DataException">Its files cannot be read: every problem.</exception>
    public RecordWalk(CorpusSource source) => (_source, _listing) = (source, source.List());

    public CorpusSource Source => _source;

    public int Files => _listing.Files.Count;

    /// <summary>What folders hold and does not belong to the corpus, and what was no UTF-8 when all was read last, in
    /// sentences.</summary>
    public IReadOnlyList<string> Notes =>
    [
        .. SkippedFile.Notes(_listing.Skipped),
        .. _replaced.ReplacedNotes(_source is RecordFiles ? "records" : "files"),
    ];

    /// <summary>Full paths of the files.</summary>
    public IEnumerable<string> Paths => _listing.Files.Select(file => file.Path);

    /// <summary>The texts alone.</summary>
    public IEnumerable<string> Texts(CancellationToken cancel) => Documents(cancel).Select(document => document.Text);

    /// <summary>The documents that have text.</summary>
    /// <exception cref="DataException">Records cannot be read: the first problems.</exception>
    public IEnumerable<Document> Documents(CancellationToken cancel) =>
        Read(withLines: false, cancel).Select(record => record.Document);

    /// <summary>The documents that have text with their lines.</summary>
    public IEnumerable<TextRecord> Records(CancellationToken cancel) => Read(_source is JsonLines, cancel);

    private IEnumerable<TextRecord> Read(bool withLines, CancellationToken cancel)
    {
        var (problems, replaced) = (new List<string>(), new AffectedDocuments());
        foreach (var files in Parts())
        {
            using var documents = _source.Read(files, cancel).Documents.GetEnumerator();
            using var lines = withLines ? new LineFinder(files.Files[0].Path) : null;
            while (HasNext(documents, problems))
            {
                cancel.ThrowIfCancellationRequested();
                var document = documents.Current;
                replaced.Add(document.Name, document.ReplacedSequences);
                if (document.Text.Length == 0) continue;
                yield return new(document, lines?.Find(LineOf(document)) ?? default);
            }
            if (problems.Count >= MostProblems) break;
        }
        if (problems.Count > 0) throw new DataException(problems);
        _replaced = replaced;
    }

    /// <summary>
    /// Records and files can be read one file after another; a corpus that is made as a whole cannot.
    /// </summary>
    private IEnumerable<CorpusListing> Parts() => _source is RecordFiles or TextFiles
        ? _listing.Files.Select(file => new CorpusListing([file], []))
        : [_listing];

    private static bool HasNext(IEnumerator<Document> documents, List<string> problems)
    {
        try
        {
            return documents.MoveNext();
        }
        catch (DataException found)
        {
            problems.AddRange(found.Problems);
            return false;
        }
    }

    /// <summary>The name of a record ends with its line.</summary>
    private static long LineOf(Document document) => long.Parse(
        document.Name.AsSpan(document.Name.LastIndexOf(':') + 1), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>Lines of a file by their numbers, which only grow.</summary>
    private sealed class LineFinder : IDisposable
    {
        private readonly Stream _stream;
        private readonly Utf8ByteReader _reader;
        private long _line;

        public LineFinder(string path)
        {
            _stream = CorpusFiles.Open(path, FileKind.Records);
            _reader = new(_stream);
        }

        public ReadOnlyMemory<byte> Find(long number)
        {
            ReadOnlySpan<byte> line = default;
            for (; _line < number; _line++)
            {
                if (!_reader.ReadLine(out line))
                    throw new DataException("The files changed while they were being read: start again.");
            }
            return line.TrimEnd("\r"u8).ToArray();
        }

        public void Dispose() => _stream.Dispose();
    }
}
