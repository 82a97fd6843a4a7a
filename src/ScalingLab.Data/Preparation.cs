using System.Text;

namespace ScalingLab.Data;

/// <summary>One preparation under way.</summary>
internal sealed class Preparation(
    DataRequest request, CorpusListing listing, string folder, IProgress<string>? log, CancellationToken cancel)
{
    private const int NamedFiles = 5;

    private readonly List<string> _notes = [];

    public void Run()
    {
        log?.Report($"Reading {listing.Files.Count} files of the corpus {request.Corpus.Kind}.");
        var corpus = request.Corpus.Read(listing, cancel);
        var (corpusHash, report, documents) = Survey(corpus);
        var split = DocumentSplit.Plan(documents, request.HeldOutFraction, _notes);
        var tokenizer = TrainTokenizer(corpus, split);
        log?.Report($"Encoding {report.Bytes:N0} bytes of {report.Documents:N0} documents.");
        using var train = new TokenShardWriter(Path.Combine(folder, PreparedData.TrainFile), tokenizer.Vocabulary);
        using var validation = new TokenShardWriter(Path.Combine(folder, PreparedData.ValidationFile), tokenizer.Vocabulary);
        var again = Encode(corpus, split, tokenizer, train, validation);
        if (again != corpusHash) throw new DataException("The files of the corpus changed while they were being read: start again.");
        train.Finish(tokenizer.Hash, corpusHash);
        validation.Finish(tokenizer.Hash, corpusHash);
        tokenizer.Save(Path.Combine(folder, PreparedData.TokenizerFileName));
        var data = new PreparedData(
            folder, corpusHash, tokenizer.Hash, tokenizer.Vocabulary, train.Tokens, validation.Tokens,
            train.TextBytes, validation.TextBytes, report with { Notes = _notes });
        new DataFile(DataFile.CurrentVersion, request.Corpus.Kind, request.Tokenizer, request.HeldOutFraction, data).Write(folder);
        log?.Report(
            $"Prepared {data.TrainTokens:N0} training and {data.ValidationTokens:N0} validation tokens; vocabulary {data.Vocabulary}.");
    }

    /// <summary>First reading: hashes, sizes, counts.</summary>
    private (string CorpusHash, CorpusReport Report, List<DocumentSize> Documents) Survey(Corpus corpus)
    {
        using var hash = new ContentHash();
        var sizes = new List<DocumentSize>();
        var replacedIn = new List<(string Name, long Sequences)>();
        foreach (var document in corpus.Documents)
        {
            cancel.ThrowIfCancellationRequested();
            hash.Add(document.Name).Add(document.Text);
            sizes.Add(new(document.Name, ContentHash.Number(document.Text), Encoding.UTF8.GetByteCount(document.Text)));
            if (document.ReplacedSequences > 0) replacedIn.Add((document.Name, document.ReplacedSequences));
        }
        if (sizes.Count == 0) throw new DataException($"The corpus {request.Corpus.Kind} holds no text.");
        var replaced = replacedIn.Sum(file => file.Sequences);
        if (replaced > 0)
        {
            var worst = replacedIn.OrderByDescending(file => file.Sequences).ThenBy(file => file.Name, StringComparer.Ordinal)
                .Take(NamedFiles).Select(file => $"{file.Name} ({file.Sequences})");
            _notes.Add($"{replaced} byte sequences in {replacedIn.Count} files were not UTF-8 and were replaced by U+FFFD: " +
                string.Join(", ", worst) + (replacedIn.Count > NamedFiles ? ", ..." : "."));
            log?.Report(_notes[^1]);
        }
        var report = new CorpusReport(
            listing.Files.Count, sizes.Count, sizes.Sum(size => size.Bytes), corpus.RepeatedSentences, replaced, corpus.Skipped, []);
        return (hash.Hex(), report, sizes);
    }

    /// <summary>Second reading, for bpe: the words of the training text. The tokenizer never sees the validation text.</summary>
    private Tokenizer TrainTokenizer(Corpus corpus, DocumentSplit split)
    {
        if (request.Tokenizer.Kind == "bytes") return new ByteTokenizer();
        log?.Report($"Training a byte-pair encoding of {request.Tokenizer.Vocabulary:N0} tokens.");
        var trainer = new BpeTrainer();
        foreach (var document in corpus.Documents)
        {
            cancel.ThrowIfCancellationRequested();
            trainer.Add(split.Sides(document).Train);
        }
        return trainer.Train(request.Tokenizer.Vocabulary, cancel);
    }

    /// <summary>Last reading: tokens. Gives the hash of what it read.</summary>
    private string Encode(Corpus corpus, DocumentSplit split, Tokenizer tokenizer, TokenShardWriter train, TokenShardWriter validation)
    {
        using var hash = new ContentHash();
        var tokens = new List<int>();
        foreach (var document in corpus.Documents)
        {
            cancel.ThrowIfCancellationRequested();
            hash.Add(document.Name).Add(document.Text);
            var sides = split.Sides(document);
            Append(sides.Train, train);
            Append(sides.Validation, validation);
        }
        return hash.Hex();

        void Append(string text, TokenShardWriter shard)
        {
            if (text.Length == 0) return;
            tokens.Clear();
            tokenizer.Encode(text, tokens);
            tokens.Add(tokenizer.EndOfDocument);
            shard.Append(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tokens), Encoding.UTF8.GetByteCount(text));
        }
    }
}
