using ScalingLab.Data.Corpora;
using ScalingLab.Data.Duplicates;
using ScalingLab.Data.Overlaps;
using ScalingLab.Data.Quality;

namespace ScalingLab.Data.Cleaning;

/// <summary>Text to be looked at.</summary>
/// <param name="Sources">The texts, by their names.</param>
/// <param name="HeldOut">Share of the documents to be held against the rest, above 0 and below 1.</param>
public sealed record InspectionRequest(IReadOnlyList<(string Name, CorpusSource Source)> Sources, double HeldOut)
{
    /// <summary>Jaccard similarity from which documents are near copies.</summary>
    public double Near { get; init; } = 0.7;

    /// <summary>Threads; the result is the same whatever their number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}

/// <summary>
/// Looks at text, which is read five times as a stream: for its copies, for what its documents are like, and for
/// held-out documents in the rest. A document is held out by the hash of its text, as a sweep does where nothing is a
/// copy; of these the first 8 MiB are compared.
/// </summary>
public sealed class Inspection
{
    private const ulong Buckets = 1_000_000;
    private const long MostHeldOutBytes = 1 << 23;
    private const int MostSamples = 8;
    private const int Excerpt = 600;

    private readonly InspectionRequest _request;
    private readonly IReadOnlyList<RecordWalk> _walks;

    private Inspection(InspectionRequest request) =>
        (_request, _walks) = (request, [.. request.Sources.Select(one => new RecordWalk(one.Source))]);

    /// <summary>Counts documents, words and copies; writes nothing.</summary>
    /// <param name="log">Receives what is done just now.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="DataException">The text cannot be read, or there is none: every problem.</exception>
    public static InspectionReport Run(InspectionRequest request, IProgress<string>? log, CancellationToken cancel)
    {
        var work = new Inspection(request);
        log?.Report("looking for copies");
        var copies = DuplicateSearch.Find(work.Documents(cancel).Select(one => one.Document.Text),
            new() { Near = request.Near, Threads = request.Threads }, cancel);
        if (copies.Documents == 0) throw new DataException("The files hold no text: give others.");
        log?.Report("measuring documents");
        var measured = work.Measure(cancel);
        log?.Report("looking for held-out text in the rest");
        var heldOut = work.Compare(cancel);
        var kinds = Enumerable.Range(0, copies.Documents).ToLookup(copies.Kind);
        return measured with
        {
            Copies = new(kinds[CopyKind.Exact].Count(), kinds[CopyKind.Near].Count(), copies.Groups, copies.Largest,
                request.Near),
            HeldOut = heldOut,
        };
    }

    private IEnumerable<(int Source, Document Document)> Documents(CancellationToken cancel) =>
        _walks.SelectMany((walk, source) => walk.Documents(cancel).Select(document => (source, document)));

    private bool IsHeldOut(string text) => ContentHash.ToNumber(text) % Buckets < _request.HeldOut * Buckets;

    private InspectionReport Measure(CancellationToken cancel)
    {
        var (tally, lengths, sources) = (new QualityTally([]), new List<int>(), new TextCount[_walks.Count]);
        Array.Fill(sources, new(0, 0));
        var (letters, repeatedLines, repeatedRuns) = (0L, 0.0, 0.0);
        var samples = new PriorityQueue<TextSample, ulong>();
        TextBatches.Walk(Documents(cancel), one => one.Document.Text, _request.Threads,
            (one, _) => DocumentQuality.Of(one.Document.Text), (one, quality) =>
            {
                var text = one.Document.Text;
                tally.Add(quality);
                lengths.Add(quality.Words);
                sources[one.Source] = sources[one.Source].With(quality.Bytes);
                letters += text.Length;
                repeatedLines += quality.RepeatedLines * text.Length;
                repeatedRuns += quality.RepeatedRuns * text.Length;
                samples.Enqueue(new(one.Document.Name, TextExcerpt.Of(text, Excerpt)),
                    ~ContentHash.ToNumber(one.Document.Name + text));
                if (samples.Count > MostSamples) samples.Dequeue();
            }, cancel);
        lengths.Sort();
        return new(
            _walks.Sum(walk => walk.Files), [.. _request.Sources.Zip(sources, (one, count) =>
                new InspectedSource(one.Name, count))],
            lengths.Sum(words => (long)words), lengths[lengths.Count / 2], Histogram(lengths), null!,
            new(repeatedLines / letters, repeatedRuns / letters), null!, _request.HeldOut,
            tally.Report([.. _walks.SelectMany(walk => walk.Notes)]),
            [.. samples.UnorderedItems.OrderByDescending(one => one.Priority).Select(one => one.Element)]);
    }

    /// <summary>Documents by words, in steps of a factor of two.</summary>
    private static List<LengthCount> Histogram(List<int> sorted)
    {
        var counts = new List<LengthCount>();
        for (long least = 0, below = 8; counts.Sum(count => count.Documents) < sorted.Count; (least, below) =
            (below, 2 * below))
        {
            var (from, to) = (least, below);
            counts.Add(new(from, to, sorted.Count(words => words >= from && words < to)));
        }
        return [.. counts.SkipWhile(count => count.Documents == 0)];
    }

    private OverlapSet Compare(CancellationToken cancel)
    {
        var (held, bytes) = (new List<string>(), 0L);
        foreach (var text in Documents(cancel).Select(one => one.Document.Text).Where(IsHeldOut))
        {
            held.Add(text);
            if ((bytes += text.Length) >= MostHeldOutBytes) break;
        }
        List<(int Size, ulong[] Hashes)> runs = [.. held.Select(NGrams.Of)];
        var index = new EvaluationIndex(runs);
        TextBatches.Walk(Documents(cancel).Select(one => one.Document.Text).Where(text => !IsHeldOut(text)),
            text => text, _request.Threads, (text, _) => index.Match(EvaluationIndex.WordsOf(text)), (_, matches) =>
            {
                foreach (var match in matches) index.Mark(match.Run);
            }, cancel);
        return OverlapSearch.Count("held out", runs, index.Found(held.Count), [.. Enumerable.Range(0, held.Count)]);
    }
}
