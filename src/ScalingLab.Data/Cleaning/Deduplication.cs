using System.Text;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Duplicates;

namespace ScalingLab.Data.Cleaning;

/// <summary>What is to be rid of its copies.</summary>
/// <param name="Source">The text.</param>
/// <param name="Options">What counts as a copy.</param>
public sealed record DeduplicationRequest(CorpusSource Source, DuplicateOptions Options)
{
    /// <summary>Text whose copies are removed from the source; null: copies within the source alone.</summary>
    public CorpusSource? Against { get; init; }

    /// <summary>Whether paragraphs that stood earlier are taken out of the documents that are kept.</summary>
    public bool Paragraphs { get; init; }

    /// <summary>The file of JSON lines that is written; null: nothing is.</summary>
    public string? Out { get; init; }
}

/// <summary>
/// Rids text of its copies, as a stream: it is read two or three times and never held. Exact copies are documents whose
/// texts are equal as <see cref="NormalizedText"/>; near copies are found by <see cref="DuplicateSearch"/>.
/// </summary>
public sealed class Deduplication
{
    private const int MostSamples = 10;

    private readonly DeduplicationRequest _request;
    private readonly RecordWalk _walk;
    private readonly RecordWalk? _against;

    private Deduplication(DeduplicationRequest request) => (_request, _walk, _against) =
        (request, new(request.Source), request.Against is { } against ? new(against) : null);

    /// <summary>Finds the copies, and writes what is left where the request names a file.</summary>
    /// <param name="log">Receives what is done just now.</param>
    /// <param name="cancel">Ends it early; no file is then written.</param>
    /// <exception cref="DataException">The text cannot be read: every problem.</exception>
    public static DeduplicationReport Run(DeduplicationRequest request, IProgress<string>? log,
        CancellationToken cancel)
    {
        var work = new Deduplication(request);
        RequireOtherFile(request.Out, work._walk, work._against);
        log?.Report("looking for copies");
        var groups =
            DuplicateSearch.Find(work._walk.Texts(cancel), request.Options, cancel, work._against?.Texts(cancel));
        log?.Report("writing what is kept");
        return work.Write(groups, cancel);
    }

    /// <summary>Text is not written over what it is read from.</summary>
    internal static void RequireOtherFile(string? path, params RecordWalk?[] walks)
    {
        var full = path is null ? null : Path.GetFullPath(path);
        if (walks.Any(walk => walk is not null && walk.Paths.Contains(full)))
            throw new DataException($"{path}: is read, and cannot be written too: name another file.");
    }

    private DeduplicationReport Write(CopyGroups groups, CancellationToken cancel)
    {
        var paragraphs = _request.Paragraphs ? new ParagraphFilter() : null;
        if (paragraphs is not null && _against is not null)
        {
            foreach (var text in _against.Texts(cancel)) paragraphs.Note(text);
        }
        var empty = new TextCount(0, 0);
        var (read, kept, exact, near) = (empty, empty, empty, empty);
        var (cut, emptied, samples) = (0L, 0L, new SampleTexts(groups, _request.Options.ShingleWords));
        using var output = _request.Out is { } path ? new RecordWriter(path, _request.Source.FieldOrColumn) : null;
        foreach (var (place, record) in _walk.Records(cancel).Index())
        {
            if (place >= groups.Documents) throw Changed();
            var bytes = Encoding.UTF8.GetByteCount(record.Document.Text);
            read = read.With(bytes);
            samples.See(place, record.Document);
            switch (groups.Kind(place))
            {
                case CopyKind.Exact:
                    exact = exact.With(bytes);
                    continue;
                case CopyKind.Near:
                    near = near.With(bytes);
                    continue;
            }
            var text = paragraphs?.Apply(record.Document.Text) ?? record.Document.Text;
            var left = Encoding.UTF8.GetByteCount(text);
            cut += bytes - left;
            if (string.IsNullOrWhiteSpace(text))
            {
                emptied++;
                continue;
            }
            kept = kept.With(left);
            output?.Add(record, text);
        }
        if (read.Documents != groups.Documents) throw Changed();
        output?.Finish();
        return new(
            _walk.Files, read, kept, exact, near, groups.Groups, groups.Largest,
            paragraphs is null ? null
                : new(paragraphs.Compared, paragraphs.Removed, cut, emptied, ParagraphFilter.LeastLetters),
            Settings(_request.Options), samples.All(), _walk.Notes);

        static DataException Changed() => new("The files changed while they were being read: start again.");
    }

    private static DeduplicationSettings Settings(DuplicateOptions options) => new(
        NormalizedText.Description, options.Near, options.Near is null ? null : options.ShingleWords,
        options.Near is null ? null : options.Permutations, options.Bands?.Bands, options.Bands?.Rows,
        options.Near is { } threshold ? options.Bands!.Probability(threshold) : null,
        options.KeepsLongest ? "longest" : "first");

    /// <summary>The first removed documents with those that stand for them, caught as they pass.</summary>
    private sealed class SampleTexts
    {
        private const int Excerpt = 200;

        private readonly CopyGroups _groups;
        private readonly int _shingleWords;
        private readonly List<int> _removed;
        private readonly HashSet<int> _wanted;
        private readonly Dictionary<int, Document> _seen = [];

        public SampleTexts(CopyGroups groups, int shingleWords)
        {
            (_groups, _shingleWords) = (groups, shingleWords);
            // Both kinds are shown, whichever is commoner.
            var all = Enumerable.Range(0, groups.Documents);
            _removed = [.. new[] { CopyKind.Near, CopyKind.Exact }.SelectMany(kind =>
                all.Where(place => groups.Kind(place) == kind).Take(MostSamples / 2))];
            _wanted = [.. _removed.SelectMany(place => new[] { place, groups.KeptPlace(place) })];
        }

        public void See(int place, Document document)
        {
            if (_wanted.Contains(place)) _seen[place] = document;
        }

        public IReadOnlyList<CopySample> All() => [.. _removed.Select(place =>
        {
            var (removed, kept) = (_seen[place], _seen.GetValueOrDefault(_groups.KeptPlace(place)));
            var similarity = kept is null ? (double?)null : Shingles.Jaccard(Set(removed), Set(kept));
            return new CopySample(removed.Name, kept?.Name ?? "",
                _groups.Kind(place) == CopyKind.Exact ? "exact" : "near", similarity,
                TextExcerpt.Of(removed.Text, Excerpt), TextExcerpt.Of(kept?.Text ?? "", Excerpt));
        })];

        private ulong[] Set(Document document) =>
            Shingles.From(NormalizedText.From(document.Text), _shingleWords);
    }
}
