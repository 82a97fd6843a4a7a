namespace ScalingLab.Data;

/// <summary>One preparation under way.</summary>
internal sealed class Preparation(
    DataRequest request, IReadOnlyList<CorpusListing> listings, string folder, IProgress<string>? log, CancellationToken cancel)
{
    /// <summary>The least that a text of a mixture counts for the tokenizer: others' counts are whole multiples of one such part.</summary>
    private const double LeastTimes = 256;

    public void Run()
    {
        var sources = Survey();
        var tokenizer = TrainTokenizer(sources);
        var prepared = new List<PreparedSource>();
        for (var i = 0; i < sources.Count; i++)
        {
            log?.Report($"Encoding {sources[i].Report.Bytes:N0} bytes of {sources[i].Report.Documents:N0} documents{Of(request.Sources[i])}.");
            prepared.Add(sources[i].Encode(tokenizer, folder, cancel));
        }
        tokenizer.Save(Path.Combine(folder, PreparedData.TokenizerFileName));
        var data = request.IsMixture ? Mixture(prepared, tokenizer) : PreparedData.Of(prepared[0], folder, tokenizer);
        new DataFile(DataFile.CurrentVersion, request.Kind, request.Tokenizer, request.HeldOutFraction, data).Write(folder);
        log?.Report(
            $"Prepared {data.TrainTokens:N0} training and {data.ValidationTokens:N0} validation tokens; vocabulary {data.Vocabulary}.");
    }

    /// <summary>First reading of every source; the problems of all of them are found.</summary>
    private List<SourcePreparation> Survey()
    {
        var (sources, problems) = (new List<SourcePreparation>(), new List<string>());
        foreach (var (source, listing) in request.Sources.Zip(listings))
        {
            log?.Report($"Reading {listing.Files.Count} files of the corpus {source.Corpus.Kind}{Of(source)}.");
            try
            {
                sources.Add(SourcePreparation.Survey(source, listing, request.HeldOutFraction, log, cancel));
            }
            catch (DataException found) when (request.IsMixture)
            {
                problems.AddRange(found.Problems.Select(problem => $"{source.Name}: {problem}"));
            }
        }
        return problems.Count == 0 ? sources : throw new DataException(problems);
    }

    /// <summary>Second reading, for bpe: the words of the training text. The tokenizer never sees the validation text. In a mixture each source's
    /// text counts as much as its weight says, however long it is.</summary>
    private Tokenizer TrainTokenizer(List<SourcePreparation> sources)
    {
        if (request.Tokenizer.Kind == "bytes") return new ByteTokenizer();
        log?.Report($"Training a byte-pair encoding of {request.Tokenizer.Vocabulary:N0} tokens.");
        var trainer = new BpeTrainer();
        var perByte = request.Sources.Zip(sources, (asked, source) => asked.Weight / source.Report.Bytes).ToList();
        for (var i = 0; i < sources.Count; i++)
        {
            var times = request.IsMixture ? (long)Math.Round(LeastTimes * perByte[i] / perByte.Min()) : 1;
            sources[i].AddWords(trainer, times, cancel);
        }
        return trainer.Train(request.Tokenizer.Vocabulary, cancel);
    }

    private PreparedData Mixture(List<PreparedSource> sources, Tokenizer tokenizer)
    {
        using var hash = new ContentHash();
        foreach (var source in sources) hash.Add(source.Name).Add(source.CorpusHash);
        var reports = sources.Select(source => source.Report).ToList();
        var report = new CorpusReport(
            reports.Sum(r => r.Files), reports.Sum(r => r.Documents), reports.Sum(r => r.Bytes), reports.Sum(r => r.RepeatedSentences),
            reports.Sum(r => r.ReplacedSequences), [.. reports.SelectMany(r => r.Skipped)],
            [.. sources.SelectMany(source => source.Report.Notes.Select(note => $"{source.Name}: {note}"))]);
        return new PreparedData(
            folder, hash.Hex(), tokenizer.Hash, tokenizer.Vocabulary, sources.Sum(s => s.TrainTokens), sources.Sum(s => s.ValidationTokens),
            sources.Sum(s => s.TrainBytes), sources.Sum(s => s.ValidationBytes), report) { Mixture = sources };
    }

    private static string Of(SourceRequest source) => source.Name.Length > 0 ? $" ({source.Name})" : "";
}
