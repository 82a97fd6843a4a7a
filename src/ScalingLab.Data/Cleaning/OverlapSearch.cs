using System.Text;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Duplicates;
using ScalingLab.Data.Overlaps;

namespace ScalingLab.Data.Cleaning;

/// <summary>What to take out of the training text.</summary>
public enum OverlapCut
{
    /// <summary>Each training document that has a run of the evaluation text.</summary>
    Documents,

    /// <summary>
    /// Each such run with 200 letters either side; what is left between is written in pieces of 200 letters or more,
    /// and a document of more than ten pieces is dropped (GPT-3, appendix C).
    /// </summary>
    Passages,
}

/// <summary>Evaluation text to be looked for in training text.</summary>
/// <param name="Training">The training text.</param>
/// <param name="Evaluation">The validation and evaluation sets.</param>
public sealed record OverlapRequest(CorpusSource Training, CorpusSource Evaluation)
{
    /// <summary>The file of JSON lines for the training text without the overlap; null: nothing is written.</summary>
    public string? Out { get; init; }

    /// <summary>What is taken out.</summary>
    public OverlapCut Cut { get; init; }

    /// <summary>Threads; the result is the same whatever their number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}

/// <summary>Looks for evaluation text in training text, which is read once, as a stream.</summary>
public sealed class OverlapSearch
{
    private const int MostDocuments = 1000;
    private const int MostSets = 20;
    private const int Excerpt = 200;

    private readonly RecordWalk _training;
    private readonly RecordWalk _evaluation;
    private readonly OverlapRequest _request;

    private OverlapSearch(OverlapRequest request) =>
        (_request, _training, _evaluation) = (request, new(request.Training), new(request.Evaluation));

    /// <summary>Finds, cuts where asked, and writes what is left where the request names a file.</summary>
    /// <param name="log">Receives what is done just now.</param>
    /// <param name="cancel">Ends it early; no file is then written.</param>
    /// <exception cref="DataException">The text cannot be read: every problem.</exception>
    public static OverlapReport Run(OverlapRequest request, IProgress<string>? log, CancellationToken cancel)
    {
        var search = new OverlapSearch(request);
        Deduplication.RequireOtherFile(request.Out, search._training, search._evaluation);
        log?.Report("reading the evaluation text");
        List<Document> documents = [.. search._evaluation.Documents(cancel)];
        if (documents.Count == 0) throw new DataException("The evaluation files hold no text: give others.");
        log?.Report("reading the training text");
        return search.Find(documents, cancel);
    }

    private OverlapReport Find(List<Document> documents, CancellationToken cancel)
    {
        List<(int Size, ulong[] Hashes)> runs = [.. documents.Select(document => NGrams.Of(document.Text))];
        var index = new EvaluationIndex(runs);
        var firsts = new string?[documents.Count];
        var (count, bytes, matching, cutBytes) = (0L, 0L, 0L, 0L);
        using var output = _request.Out is { } path ? new RecordWriter(path, _request.Training.FieldOrColumn) : null;
        TextBatches.Walk(_training.Records(cancel), record => record.Document.Text, _request.Threads,
            (record, _) => Match(record.Document.Text, index), (record, found) =>
            {
                var length = Encoding.UTF8.GetByteCount(record.Document.Text);
                (count, bytes) = (count + 1, bytes + length);
                foreach (var run in found.Runs)
                {
                    foreach (var document in index.Mark(run)) firsts[document] ??= record.Document.Name;
                }
                if (found.Runs.Count == 0)
                {
                    output?.Add(record, record.Document.Text);
                    return;
                }
                matching++;
                cutBytes += length - found.Pieces.Sum(piece => (long)Encoding.UTF8.GetByteCount(piece));
                foreach (var piece in found.Pieces) output?.Add(record, piece);
            }, cancel);
        output?.Finish();
        var foundRuns = index.Found(documents.Count);
        return new(NGrams.Size, NormalizedText.Description + ", words of letters and digits", count, bytes, matching,
            Sets(documents, runs, foundRuns), Touched(documents, runs, foundRuns, firsts),
            output is null ? null : new(_request.Cut == OverlapCut.Documents ? "documents" : "passages", matching,
                cutBytes, output.Documents, output.TextBytes),
            [.. _training.Notes, .. _evaluation.Notes]);
    }

    private (List<int> Runs, IReadOnlyList<string> Pieces) Match(string text, EvaluationIndex index)
    {
        var matches = index.Match(EvaluationIndex.WordsOf(text));
        if (matches.Count == 0) return ([], []);
        var isCut = _request.Out is not null && _request.Cut == OverlapCut.Passages;
        return ([.. matches.Select(match => match.Run)],
            isCut ? PassageCut.Pieces(text, matches.Select(match => (match.Word, match.Size))) : []);
    }

    private static List<OverlapSet> Sets(List<Document> documents, List<(int Size, ulong[] Hashes)> runs,
        int[] found)
    {
        var files = Enumerable.Range(0, documents.Count).GroupBy(i => FileOf(documents[i].Name)).ToList();
        var sets = files.Select(file => Set(file.Key, [.. file])).ToList();
        var all = Set("all", [.. Enumerable.Range(0, documents.Count)]);
        return sets.Count == 1 ? sets : sets.Count > MostSets ? [all] : [.. sets, all];
        OverlapSet Set(string name, int[] places) => Count(name, runs, found, places);
    }

    /// <summary>What was found of some documents.</summary>
    /// <param name="name">What they are called.</param>
    /// <param name="runs">The runs of every document.</param>
    /// <param name="found">How many of them were found.</param>
    /// <param name="places">Which documents.</param>
    internal static OverlapSet Count(string name, IReadOnlyList<(int Size, ulong[] Hashes)> runs, int[] found,
        int[] places)
    {
        int[] compared = [.. places.Where(i => runs[i].Hashes.Length > 0)];
        return new(name, places.Length, compared.Length, compared.Count(i => found[i] > 0),
            compared.Count(i => 2 * found[i] >= runs[i].Hashes.Length),
            compared.Count(i => found[i] == runs[i].Hashes.Length),
            compared.Sum(i => (long)runs[i].Hashes.Length), compared.Sum(i => (long)found[i]));
    }

    /// <summary>A record's name ends with its line.</summary>
    private static string FileOf(string name) =>
        name.LastIndexOf(':') is var colon and > 0 && name.AsSpan(colon + 1).IndexOfAnyExceptInRange('0', '9') < 0
            ? name[..colon] : name;

    private static IReadOnlyList<OverlapDocument> Touched(List<Document> documents,
        List<(int Size, ulong[] Hashes)> runs, int[] found, string?[] firsts) =>
        [.. Enumerable.Range(0, documents.Count).Where(i => found[i] > 0)
            .Select(i => new OverlapDocument(documents[i].Name, (double)found[i] / runs[i].Hashes.Length, firsts[i]!,
                TextExcerpt.Of(documents[i].Text, Excerpt)))
            .OrderByDescending(document => document.Share).Take(MostDocuments)];
}
