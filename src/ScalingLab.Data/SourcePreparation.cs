using System.Text;

namespace ScalingLab.Data;

/// <summary>One source of a preparation: read once for its hash, sizes and split, then for the tokenizer, then for its tokens.</summary>
internal sealed class SourcePreparation
{
    private const int NamedFiles = 5;

    private readonly SourceRequest _source;
    private readonly Corpus _corpus;
    private readonly string _corpusHash;
    private readonly DocumentSplit _split;

    private SourcePreparation(SourceRequest source, Corpus corpus, string corpusHash, DocumentSplit split, CorpusReport report) =>
        (_source, _corpus, _corpusHash, _split, Report) = (source, corpus, corpusHash, split, report);

    public CorpusReport Report { get; }

    /// <summary>First reading: hashes, sizes, counts.</summary>
    /// <exception cref="DataException">The text cannot be used: every problem found.</exception>
    public static SourcePreparation Survey(
        SourceRequest source, CorpusListing listing, double heldOut, IProgress<string>? log, CancellationToken cancel)
    {
        var corpus = source.Corpus.Read(listing, cancel);
        using var hash = new ContentHash();
        var (sizes, notes, blank) = (new List<DocumentSize>(), new List<string>(), 0L);
        var replacedIn = new List<(string Name, long Sequences)>();
        foreach (var document in corpus.Documents)
        {
            cancel.ThrowIfCancellationRequested();
            if (document.Text.Length == 0)
            {
                blank++;
                continue;
            }
            hash.Add(document.Name).Add(document.Text);
            sizes.Add(new(document.Name, ContentHash.Number(document.Text), Encoding.UTF8.GetByteCount(document.Text)));
            if (document.ReplacedSequences > 0) replacedIn.Add((document.Name, document.ReplacedSequences));
        }
        if (sizes.Count == 0) throw new DataException($"The corpus {source.Corpus.Kind} holds no text.");
        if (blank > 0) Note($"{blank} records without text (empty, white space or null) were left out.");
        var replaced = replacedIn.Sum(file => file.Sequences);
        if (replaced > 0)
        {
            var what = source.Corpus is RecordFiles ? "records" : "files";
            var worst = replacedIn.OrderByDescending(file => file.Sequences).ThenBy(file => file.Name, StringComparer.Ordinal)
                .Take(NamedFiles).Select(file => $"{file.Name} ({file.Sequences})");
            Note($"{replaced} byte sequences in {replacedIn.Count} {what} were not UTF-8 and were replaced by U+FFFD: " +
                string.Join(", ", worst) + (replacedIn.Count > NamedFiles ? ", ..." : "."));
        }
        var split = DocumentSplit.Plan(sizes, heldOut, notes);
        var report = new CorpusReport(
            listing.Files.Count, sizes.Count, sizes.Sum(size => size.Bytes), corpus.RepeatedSentences, replaced, corpus.Skipped, notes);
        return new(source, corpus, hash.Hex(), split, report);

        void Note(string note)
        {
            notes.Add(note);
            log?.Report(note);
        }
    }

    /// <summary>Second reading: the words of the training text, each counted so many times.</summary>
    public void AddWords(BpeTrainer trainer, long times, CancellationToken cancel)
    {
        foreach (var document in Documents(cancel)) trainer.Add(_split.Sides(document).Train, times);
    }

    /// <summary>Last reading: the tokens, written into <paramref name="folder"/>.</summary>
    /// <exception cref="DataException">The files have changed since the first reading.</exception>
    public PreparedSource Encode(Tokenizer tokenizer, string folder, CancellationToken cancel)
    {
        using var train = new TokenShardWriter(Path.Combine(folder, PreparedData.TrainFile(_source.Name)), tokenizer.Vocabulary);
        using var validation = new TokenShardWriter(Path.Combine(folder, PreparedData.ValidationFile(_source.Name)), tokenizer.Vocabulary);
        using var hash = new ContentHash();
        var tokens = new List<int>();
        foreach (var document in Documents(cancel))
        {
            hash.Add(document.Name).Add(document.Text);
            var sides = _split.Sides(document);
            Append(sides.Train, train);
            Append(sides.Validation, validation);
        }
        if (hash.Hex() != _corpusHash) throw new DataException("The files of the corpus changed while they were being read: start again.");
        train.Finish(tokenizer.Hash, _corpusHash);
        validation.Finish(tokenizer.Hash, _corpusHash);
        if (!_source.Corpus.IsFairlyOrdered) Reorder(Path.Combine(folder, PreparedData.ValidationFile(_source.Name)), tokenizer, cancel);
        return new(_source.Name, _corpusHash, train.Tokens, validation.Tokens, train.TextBytes, validation.TextBytes, Report);

        void Append(string text, TokenShardWriter shard)
        {
            if (text.Length == 0) return;
            tokens.Clear();
            tokenizer.Encode(text, tokens);
            tokens.Add(tokenizer.EndOfDocument);
            shard.Append(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tokens), Encoding.UTF8.GetByteCount(text));
        }
    }

    /// <summary>Puts the documents of a shard in the order of their texts' hashes: the first windows, on which runs are measured, are then a fair
    /// sample of files that are sorted by date or topic.</summary>
    private static void Reorder(string path, Tokenizer tokenizer, CancellationToken cancel)
    {
        const int Chunk = 1 << 16;
        using var shard = TokenShard.Open(path, checkTokens: false);
        using var writer = new TokenShardWriter(path, tokenizer.Vocabulary);
        var ordered = TokenSubset.First(shard, tokenizer, shard.Tokens);
        var (wide, narrow) = (new long[Chunk], new int[Chunk]);
        for (long at = 0; at < ordered.Tokens; at += Chunk)
        {
            cancel.ThrowIfCancellationRequested();
            var count = (int)Math.Min(Chunk, ordered.Tokens - at);
            ordered.Read(at, wide.AsSpan(0, count));
            for (var i = 0; i < count; i++) narrow[i] = (int)wide[i];
            writer.Append(narrow.AsSpan(0, count), at == 0 ? shard.TextBytes : 0);
        }
        writer.Finish(shard.TokenizerHash, shard.CorpusHash);
    }

    private IEnumerable<Document> Documents(CancellationToken cancel)
    {
        foreach (var document in _corpus.Documents)
        {
            cancel.ThrowIfCancellationRequested();
            if (document.Text.Length > 0) yield return document;
        }
    }
}
