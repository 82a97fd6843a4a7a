using System.Text;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Shards;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Data.Tokenizers.Training;

namespace ScalingLab.Data.Datasets;

/// <summary>
/// One source of a preparation: read once for its hash, sizes and texts, split when those of all sources are known,
/// then read for the tokenizer and for its tokens.</summary>
internal sealed class SourcePreparation
{
    private const int NamedFiles = 5;

    private readonly SourceRequest _source;
    private readonly Corpus _corpus;
    private readonly string _textHash;
    private readonly List<string> _notes;
    private readonly IProgress<string>? _log;
    private DocumentSplit _split = null!;
    private string _corpusHash = null!;

    private SourcePreparation(SourceRequest source, Corpus corpus, string textHash, List<string> notes,
        IProgress<string>? log) =>
        (_source, _corpus, _textHash, _notes, _log) = (source, corpus, textHash, notes, log);

    /// <summary>Of the first reading: without what is known only later.</summary>
    public required CorpusReport Report { get; init; }

    /// <summary>The documents with text, in their order.</summary>
    public required IReadOnlyList<DocumentSummary> Documents { get; init; }

    /// <summary>First reading: hashes, sizes, counts.</summary>
    /// <exception cref="DataException">The text cannot be used: every problem found.</exception>
    public static SourcePreparation Survey(SourceRequest source, CorpusListing listing, IProgress<string>? log,
        CancellationToken cancel)
    {
        var corpus = source.Corpus.Read(listing, cancel);
        using var hash = new ContentHash();
        using var normal = new WhitespaceNormalizer();
        var (documents, notes, blank) = (new List<DocumentSummary>(), new List<string>(), 0L);
        var (replacedIn, zerosIn) = (new List<(string Name, long Count)>(), new List<(string Name, long Count)>());
        foreach (var document in corpus.Documents)
        {
            cancel.ThrowIfCancellationRequested();
            if (document.Text.Length == 0)
            {
                blank++;
                continue;
            }
            hash.Add(document.Name).Add(document.Text);
            documents.Add(
                new(ContentHash.ToNumber(document.Text), normal.Key(document.Text),
                    Encoding.UTF8.GetByteCount(document.Text)));
            if (document.ReplacedSequences > 0) replacedIn.Add((document.Name, document.ReplacedSequences));
            if (document.Text.Contains('\0'))
                zerosIn.Add((document.Name, document.Text.Count(letter => letter == '\0')));
        }
        if (documents.Count == 0) throw new DataException($"The corpus {source.Corpus.Kind} holds no text.");
        var what = source.Corpus is RecordFiles ? "records" : "files";
        notes.AddRange(SkippedFile.Notes(corpus.Skipped));
        if (blank > 0) notes.Add($"{blank} records without text (empty, white space or null) were left out.");
        var replaced = replacedIn.Sum(file => file.Count);
        if (replaced > 0)
            notes.Add($"{replaced} byte sequences in {replacedIn.Count} {what} were not UTF-8 and were replaced by "
                + $"U+FFFD: {MostAffected(replacedIn)}");
        if (zerosIn.Count > 0)
            notes.Add($"{zerosIn.Count} {what} hold U+0000, which text seldom does; they were read as they are: "
                + $"{MostAffected(zerosIn)}");
        foreach (var note in notes) log?.Report(note);
        return new(source, corpus, hash.Hex(), notes, log)
        {
            Documents = documents,
            Report = new(
                listing.Files.Count, documents.Count, documents.Sum(document => document.Bytes),
                corpus.RepeatedSentences, replaced, 0, new(0, 0), []),
        };
    }

    /// <summary>The problem of files that were written to between two readings.</summary>
    public static DataException FilesChanged() =>
        new("The files of the corpus changed while they were being read: start again.");

    /// <summary>Settles which documents are held out, and which are copies.</summary>
    /// <param name="groups">The texts of all sources.</param>
    /// <param name="elsewhere">How many documents repeat a text of an earlier source.</param>
    /// <param name="heldOut">Share to be held out, 0 to 1.</param>
    /// <exception cref="DataException">The documents cannot be split.</exception>
    public void Split(DuplicateGroups groups, int elsewhere, double heldOut, CancellationToken cancel)
    {
        var before = _notes.Count;
        _split =
            DocumentSplit.Plan(Documents, groups, heldOut, place => DocumentsWithText(cancel).ElementAt(place).Name,
                _notes);
        if (_split.Copies > 0) _notes.Add(CopiesNote());
        if (elsewhere > 0)
            _notes.Add(
                $"{elsewhere} documents repeat a text of an earlier source: their sources' unique tokens both count it.");
        foreach (var note in _notes.Skip(before)) _log?.Report(note);
        // What is split and counted by more than each text's own hash is other data than the same texts were before
        // that was done.
        var grouped = _split.Copies > 0 || Documents.Any(document => groups.HashOf(document) != document.TextHash);
        if (!grouped)
        {
            _corpusHash = _textHash;
            return;
        }
        using var hash = new ContentHash();
        _corpusHash = hash.Add(_textHash).Add("copies by text up to white space, split by the shortest").Hex();
    }

    /// <summary>Second reading: the words of the training text, each counted so many times.</summary>
    public void AddWords(BpeTrainer trainer, long times, CancellationToken cancel)
    {
        var place = 0;
        foreach (var document in DocumentsWithText(cancel)) trainer.Add(_split.Sides(document, place++).Train, times);
    }

    /// <summary>
    /// Last reading: the tokens, written into <paramref name="folder"/>. On each side every text stands once before the
    /// first copy.
    /// </summary>
    /// <exception cref="DataException">The files have changed since the first reading.</exception>
    public PreparedSource Encode(Tokenizer tokenizer, string folder, CancellationToken cancel)
    {
        using var train =
            new TokenShardWriter(Path.Combine(folder, PreparedData.TrainFile(_source.Name)), tokenizer.Vocabulary);
        using var validation =
            new TokenShardWriter(Path.Combine(folder, PreparedData.ValidationFile(_source.Name)), tokenizer.Vocabulary);
        var tokens = new List<int>();
        Write(copies: false);
        var unique = (Train: train.Tokens, Validation: validation.Tokens);
        if (_split.Copies > 0) Write(copies: true);
        train.Finish(tokenizer.Hash, _corpusHash);
        validation.Finish(tokenizer.Hash, _corpusHash);
        if (!_source.Corpus.IsShuffled)
            ShardShuffle.Shuffle(Path.Combine(folder, PreparedData.ValidationFile(_source.Name)), tokenizer,
                unique.Validation, cancel);
        return new(
            _source.Name, _corpusHash, train.Tokens, unique.Train, validation.Tokens, train.TextBytes,
            validation.TextBytes,
            Report with { Copies = _split.Copies, Notes = _notes });

        void Write(bool copies)
        {
            using var hash = new ContentHash();
            var place = 0;
            foreach (var document in DocumentsWithText(cancel))
            {
                hash.Add(document.Name).Add(document.Text);
                if (_split.IsCopy(place) == copies)
                {
                    var sides = _split.Sides(document, place);
                    Append(sides.Train, train);
                    Append(sides.Validation, validation);
                }
                place++;
            }
            if (hash.Hex() != _textHash) throw FilesChanged();
        }

        void Append(string text, TokenShardWriter shard)
        {
            if (text.Length == 0) return;
            tokens.Clear();
            tokenizer.Encode(text, tokens);
            tokens.Add(tokenizer.EndOfDocument);
            shard.Append(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tokens),
                Encoding.UTF8.GetByteCount(text));
        }
    }

    private string CopiesNote()
    {
        var exact = Documents.Count - Documents.Select(document => document.TextHash).Distinct().Count();
        var bytes = Documents.Where((_, place) => _split.IsCopy(place)).Sum(document => document.Bytes);
        var loose = _split.Copies - exact;
        return $"{_split.Copies} of {Documents.Count} documents repeat another's text "
            + $"({DocumentSplit.Percent((double)bytes / Report.Bytes)} of the bytes"
            + (loose > 0 ? $"; {loose} of them differ in white space" : "")
            + "): they are trained on, but unique tokens and epochs count each text once.";
    }

    private static string MostAffected(List<(string Name, long Count)> files) =>
        string.Join(", ", files.OrderByDescending(file => file.Count)
        .ThenBy(file => file.Name, StringComparer.Ordinal).Take(NamedFiles)
        .Select(file => $"{file.Name} ({file.Count})"))
        + (files.Count > NamedFiles ? ", ..." : ".");

    private IEnumerable<Document> DocumentsWithText(CancellationToken cancel)
    {
        foreach (var document in _corpus.Documents)
        {
            cancel.ThrowIfCancellationRequested();
            if (document.Text.Length > 0) yield return document;
        }
    }
}
