using System.Globalization;
using System.Text;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Duplicates;
using ScalingLab.Data.Surveys;

namespace ScalingLab.Data.Datasets;

/// <summary>A document among those of all sources: 24 bytes.</summary>
/// <param name="Source">The place of its source, from 0.</param>
/// <param name="InChunk">Its place among the documents of its chunk, those without text counted, from 0.</param>
internal readonly record struct DocumentPlace(int Source, ChunkPlace Chunk, int InChunk, long Bytes);

/// <summary>What a search for copies found in one source.</summary>
/// <param name="Documents">Those with text.</param>
/// <param name="Bytes">UTF-8 bytes of their text.</param>
/// <param name="Exact">Documents left out since their text equals one that is kept.</param>
/// <param name="Near">Documents left out since their text is near one that is kept.</param>
/// <param name="LeftOutBytes">UTF-8 bytes of what is left out.</param>
internal sealed record CopyCounts(long Documents, long Bytes, int Exact, int Near, long LeftOutBytes);

/// <summary>The copies that are left out of one source.</summary>
/// <param name="Counts">How many.</param>
/// <param name="Places">Where they stand.</param>
internal sealed record LeftOutCopies(CopyCounts Counts, IReadOnlySet<(ChunkPlace Chunk, int InChunk)> Places)
{
    /// <summary>The corpus with no text in those documents.</summary>
    public Corpus From(Corpus corpus) => Places.Count == 0 ? corpus
        : corpus.Empty((chunk, inChunk) => Places.Contains((chunk, inChunk)));

    /// <summary>A sentence for a reader of the results.</summary>
    public string Note
    {
        get
        {
            if (Places.Count == 0) return "Copies were to be left out, and there were none.";
            var parts = new[] { (Counts.Exact, "exact"), (Counts.Near, "near") }.Where(part => part.Item1 > 0)
                .Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Item1:N0} {part.Item2}"));
            return $"Left out {string.Join(" and ", parts)} {(Places.Count == 1 ? "copy" : "copies")} "
                + $"({DocumentSplit.Percent((double)Counts.LeftOutBytes / Counts.Bytes)} of the bytes).";
        }
    }
}

/// <summary>
/// Finds the copies that a preparation leaves out, before anything else is read: of each group of copies the first
/// document stays, in the order of the sources and of their documents. What was found is on disk, so that a preparation
/// that goes on does not search again.</summary>
internal sealed class CopyRemoval(DataRequest request, IReadOnlyList<CorpusListing> listings, string folder,
    CancellationToken cancel)
{
    private readonly string _stem = Path.Combine(folder, StageFile.Folder, "copies");
    private readonly List<string> _problems = [];

    private sealed record State(IReadOnlyList<CopyCounts> Sources);

    private string StatePath => _stem + StageFile.Ending;

    /// <summary>Of each source what is left out.</summary>
    /// <param name="options">What counts as a copy.</param>
    /// <exception cref="DataException">The text cannot be used: every problem found.</exception>
    public IReadOnlyList<LeftOutCopies> Find(DuplicateOptions options)
    {
        var leftOut = new DiskList<DocumentPlace>(_stem + ".left-out");
        var state = StageFile.Read<State>(StatePath) ?? Search(options, leftOut);
        leftOut.Open(state.Sources.Sum(source => (long)source.Exact + source.Near));
        var places = state.Sources.Select(_ => new HashSet<(ChunkPlace, int)>()).ToList();
        foreach (var place in leftOut.Read()) places[place.Source].Add((place.Chunk, place.InChunk));
        return [.. state.Sources.Zip(places, (counts, ofOne) => new LeftOutCopies(counts, ofOne))];
    }

    private State Search(DuplicateOptions options, DiskList<DocumentPlace> leftOut)
    {
        var walked = new DiskList<DocumentPlace>(_stem + ".walked");
        var groups = DuplicateSearch.Find(Texts(walked), options, cancel);
        if (_problems.Count > 0) throw new DataException(_problems);
        var counts = request.Sources.Select(_ => new CopyCounts(0, 0, 0, 0, 0)).ToList();
        leftOut.BeginWriting(0);
        foreach (var (i, document) in walked.Read().Index())
        {
            var (kind, before) = (groups.Kind(i), counts[document.Source]);
            if (kind != CopyKind.None) leftOut.Add(document);
            counts[document.Source] = new(
                before.Documents + 1, before.Bytes + document.Bytes, before.Exact + (kind == CopyKind.Exact ? 1 : 0),
                before.Near + (kind == CopyKind.Near ? 1 : 0),
                before.LeftOutBytes + (kind == CopyKind.None ? 0 : document.Bytes));
        }
        leftOut.Flush(toDisk: true);
        var state = new State(counts);
        StageFile.Write(StatePath, state);
        return state;
    }

    /// <summary>The texts of all sources; each walk notes where they stand.</summary>
    private IEnumerable<string> Texts(DiskList<DocumentPlace> walked)
    {
        walked.BeginWriting(0);
        for (var i = 0; i < request.Sources.Count; i++)
        {
            foreach (var (place, documents) in Chunks(i))
            {
                for (var j = 0; j < documents.Count; j++)
                {
                    var text = documents[j].Text;
                    if (text.Length == 0) continue;
                    walked.Add(new(i, place, j, Encoding.UTF8.GetByteCount(text)));
                    yield return text;
                }
            }
        }
        walked.Flush(toDisk: false);
    }

    /// <summary>The chunks of a source up to its first problems, which are collected: those of all sources are
    /// told.</summary>
    private IEnumerable<(ChunkPlace Place, IReadOnlyList<Document> Documents)> Chunks(int source)
    {
        var found = new RecordProblems();
        var corpus = request.Sources[source].Corpus.Read(listings[source], cancel);
        using var chunks = OrderedWork.Run(corpus.ChunksFrom(default, found), chunk => chunk.Bytes,
            chunk => (chunk.Place, Contents: chunk.Read()), cancel).GetEnumerator();
        while (Next())
        {
            foreach (var problem in chunks.Current.Contents.Problems) found.Add(problem);
            yield return (chunks.Current.Place, chunks.Current.Contents.Documents);
        }

        bool Next()
        {
            try
            {
                if (chunks.MoveNext()) return true;
                found.Throw();
            }
            catch (DataException wrong)
            {
                var name = request.Sources[source].Name;
                var told = wrong.Problems.Select(problem => name.Length > 0 ? $"{name}: {problem}" : problem);
                _problems.AddRange(told.Except(_problems));
            }
            return false;
        }
    }
}
