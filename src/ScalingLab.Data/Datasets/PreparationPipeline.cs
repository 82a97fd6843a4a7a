using ScalingLab.Data.Corpora;
using ScalingLab.Data.Shards;
using ScalingLab.Data.Surveys;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Data.Tokenizers.Files;
using ScalingLab.Data.Tokenizers.Training;

namespace ScalingLab.Data.Datasets;

/// <summary>One preparation under way.</summary>
internal sealed class PreparationPipeline(
    DataRequest request, IReadOnlyList<CorpusListing> listings, string folder, IProgress<string>? log,
    CancellationToken cancel)
{
    /// <summary>
    /// The least that a text of a mixture counts for the tokenizer: others' counts are whole multiples of one such
    /// part.
    /// </summary>
    private const double MinRepeats = 256;

    public void Run()
    {
        Directory.CreateDirectory(Path.Combine(folder, StageFile.Folder));
        var sources = Survey();
        Split(sources);
        var tokenizer = TrainTokenizer(sources);
        var prepared = new List<PreparedSource>();
        for (var i = 0; i < sources.Count; i++)
        {
            log?.Report($"Encoding {sources[i].Report.Bytes:N0} bytes of "
                + $"{Counted(sources[i].Report.Documents, "document")}{NameSuffix(request.Sources[i])}.");
            prepared.Add(sources[i].Encode(tokenizer, cancel));
        }
        prepared = WithOverlap(prepared, tokenizer);
        var data = request.IsMixture ? Mixture(prepared, tokenizer)
            : PreparedData.FromSource(prepared[0], folder, tokenizer);
        new DataFile(DataFile.CurrentVersion, request.Kind, request.Tokenizer, request.HeldOutFraction,
            data).Write(folder);
        log?.Report("Hashing the files that were read.");
        new PreparationManifest(request, listings, cancel).Write(folder, data);
        log?.Report(
            $"Prepared {data.TrainTokens:N0} training and {data.ValidationTokens:N0} validation tokens; vocabulary "
                + $"{data.Vocabulary}.");
    }

    /// <summary>First reading of every source; the problems of all of them are found.</summary>
    private List<SourcePreparation> Survey()
    {
        var sources = new List<SourcePreparation>();
        if (request.Deduplicate is not null) log?.Report("Looking for copies to leave out.");
        var leftOut = request.Deduplicate is { } rule
            ? new CopyRemoval(request, listings, folder, cancel).Find(rule) : null;
        ForEachSource((source, i) =>
        {
            log?.Report($"Reading {Counted(listings[i].Files.Count, "file")} of the corpus "
                + $"{source.Corpus.Kind}{NameSuffix(source)}.");
            sources.Add(SourcePreparation.Survey(source, listings[i], folder, leftOut?[i], log, cancel));
        });
        return sources;
    }

    /// <summary>The split of every source; it goes by the texts of all of them.</summary>
    private void Split(List<SourcePreparation> sources)
    {
        var groups = new DuplicateGroups([.. sources.Select(source => source.Documents)], request.HeldOutFraction,
            cancel);
        var documents = groups.Resolve();
        ForEachSource((_, i) => sources[i].Split(documents[i], request.HeldOutFraction,
            wanted => groups.Nearest(i, wanted)));
    }

    /// <summary>Does something for each source; of a mixture the problems of all are found.</summary>
    private void ForEachSource(Action<SourceRequest, int> act)
    {
        var problems = new List<string>();
        for (var i = 0; i < request.Sources.Count; i++)
        {
            try
            {
                act(request.Sources[i], i);
            }
            catch (DataException found) when (request.IsMixture)
            {
                problems.AddRange(found.Problems.Select(problem => $"{request.Sources[i].Name}: {problem}"));
            }
        }
        if (problems.Count > 0) throw new DataException(problems);
    }

    /// <summary>Counts the held-out documents that stand in the training text for the greater part.</summary>
    private List<PreparedSource> WithOverlap(List<PreparedSource> sources, Tokenizer tokenizer)
    {
        log?.Report("Looking for held-out text in the training text.");
        var shards = new List<TokenShard>();
        try
        {
            foreach (var source in sources)
            {
                shards.Add(Open(PreparedData.TrainFile(source.Name)));
                shards.Add(Open(PreparedData.ValidationFile(source.Name)));
            }
            var pairs = sources.Select((_, i) => (shards[2 * i], shards[(2 * i) + 1])).ToList();
            var found = PassageOverlap.Count(pairs, tokenizer, cancel);
            return [.. sources.Zip(found,
                (source, overlap) => source with { Report = Noting(source.Report with { Overlap = overlap }) })];
        }
        finally
        {
            shards.ForEach(shard => shard.Dispose());
        }

        CorpusReport Noting(CorpusReport report)
        {
            if (report.Overlap is not { NearCopies: > 0 } overlap) return report;
            var note =
                $"{overlap.NearCopies} of {overlap.Documents} held-out documents "
                    + $"({DocumentSplit.Percent(overlap.Share)}) are near copies of training "
                + "text: at least half of their passages of 64 letters stand there too.";
            log?.Report(note);
            return report with { Notes = [.. report.Notes, note] };
        }

        TokenShard Open(string name) => TokenShard.Open(Path.Combine(folder, name), checkTokens: false);
    }

    /// <summary>
    /// Second reading, for bpe: the words of the training text. The tokenizer never sees the validation text. In a
    /// mixture each source's text counts as much as its weight says, however long it is.</summary>
    private Tokenizer TrainTokenizer(List<SourcePreparation> sources)
    {
        var path = Path.Combine(folder, TokenizerFiles.HuggingFaceName);
        if (File.Exists(path)) return TokenizerFiles.Load(path);
        var tokenizer = request.Tokenizer.IsTrained ? Train(sources) : request.Tokenizer.Ready();
        TokenizerFiles.Save(tokenizer, folder);
        return tokenizer;
    }

    private BpeTokenizer Train(List<SourcePreparation> sources)
    {
        log?.Report($"Training a byte-pair encoding of {request.Tokenizer.Vocabulary:N0} tokens.");
        var trainer = request.Tokenizer.CreateTrainer();
        var perByte = request.Sources.Zip(sources, (asked, source) => asked.Weight / source.Report.Bytes).ToList();
        for (var i = 0; i < sources.Count; i++)
        {
            var times = request.IsMixture ? (long)Math.Round(MinRepeats * perByte[i] / perByte.Min()) : 1;
            sources[i].AddWords(trainer, times, cancel);
        }
        var tokenizer = trainer.Train(request.Tokenizer.Vocabulary, cancel);
        if (trainer.LostWords > 0)
            log?.Report($"The training text has more than {BpeTrainer.MostWords:N0} distinct words; "
                + $"{trainer.LostWords:N0} of the rarer ones did not count for the tokenizer.");
        return tokenizer;
    }

    private PreparedData Mixture(List<PreparedSource> sources, Tokenizer tokenizer)
    {
        using var hash = new ContentHash();
        foreach (var source in sources) hash.Add(source.Name).Add(source.CorpusHash);
        var reports = sources.Select(source => source.Report).ToList();
        var report = new CorpusReport(
            reports.Sum(r => r.Files), reports.Sum(r => r.Documents), reports.Sum(r => r.Bytes),
            reports.Sum(r => r.RepeatedSentences),
            reports.Sum(r => r.ReplacedSequences), reports.Sum(r => r.Copies),
            new(reports.Sum(r => r.Overlap.Documents), reports.Sum(r => r.Overlap.NearCopies)),
            [.. sources.SelectMany(source => source.Report.Notes.Select(note => $"{source.Name}: {note}"))]);
        return new PreparedData(
            folder, hash.Hex(), tokenizer.Hash, tokenizer.Vocabulary, sources.Sum(s => s.TrainTokens),
            sources.Sum(s => s.UniqueTrainTokens),
            sources.Sum(s => s.ValidationTokens), sources.Sum(s => s.TrainBytes), sources.Sum(s => s.ValidationBytes),
            report) { Mixture = sources };
    }

    private static string Counted(long count, string what) => $"{count:N0} {what}{(count == 1 ? "" : "s")}";

    private static string NameSuffix(SourceRequest source) => source.Name.Length > 0 ? $" ({source.Name})" : "";
}
