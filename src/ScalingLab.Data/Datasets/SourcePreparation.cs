using ScalingLab.Data.Corpora;
using ScalingLab.Data.Shards;
using ScalingLab.Data.Surveys;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Data.Tokenizers.Training;

namespace ScalingLab.Data.Datasets;

/// <summary>
/// One source of a preparation: read once for its hash, sizes and texts, split when those of all sources are known,
/// then read for the tokenizer and for its tokens.</summary>
internal sealed class SourcePreparation
{
    private readonly SourceRequest _source;
    private readonly string _folder;
    private readonly SourceSurvey _survey;
    private readonly List<string> _notes;
    private readonly IProgress<string>? _log;
    private DocumentSplit _split = null!;
    private GroupedDocuments _documents = null!;
    private string _corpusHash = null!;

    private SourcePreparation(SourceRequest source, string folder, SourceSurvey survey, List<string> notes,
        IProgress<string>? log) =>
        (_source, _folder, _survey, _notes, _log) = (source, folder, survey, notes, log);

    /// <summary>Of the first reading: without what is known only later.</summary>
    public required CorpusReport Report { get; init; }

    /// <summary>The documents with text, in their order.</summary>
    public DiskList<DocumentSummary> Documents => _survey.Documents;

    /// <summary>First reading: hashes, sizes, counts.</summary>
    /// <param name="folder">The preparation's.</param>
    /// <param name="leftOut">Copies that are not read; null where none are looked for.</param>
    /// <exception cref="DataException">The text cannot be used: every problem found.</exception>
    public static SourcePreparation Survey(SourceRequest source, CorpusListing listing, string folder,
        LeftOutCopies? leftOut, IProgress<string>? log, CancellationToken cancel)
    {
        var corpus = source.Corpus.Read(listing, cancel);
        if (leftOut is not null) corpus = leftOut.From(corpus);
        var survey = new SourceSurvey(corpus, Stem(folder, source), cancel);
        survey.Run();
        var state = survey.State;
        if (leftOut is not null && state.Documents + leftOut.Places.Count != leftOut.Counts.Documents)
            throw FilesChanged();
        if (state.Documents == 0 && leftOut is { Places.Count: > 0 })
            throw new DataException($"All texts of the corpus {source.Corpus.Kind} are copies of earlier sources' and "
                + "were left out: leave the source out, or put it first.");
        if (state.Documents == 0) throw new DataException($"The corpus {source.Corpus.Kind} holds no text.");
        var what = source.Corpus is RecordFiles ? "records" : "files";
        var notes = new List<string>(SkippedFile.Notes(corpus.Skipped));
        if (leftOut is not null) notes.Add(leftOut.Note);
        var blank = state.Blank - (leftOut?.Places.Count ?? 0);
        if (blank > 0)
            notes.Add($"{blank} records without text (empty, white space or null) were left out.");
        notes.AddRange(state.Replaced.ReplacedNotes(what));
        if (state.Zeros.Count > 0)
            notes.Add($"{state.Zeros.Documents} {what} hold U+0000, which text seldom does; they were read as they "
                + $"are: {state.Zeros}");
        foreach (var note in notes) log?.Report(note);
        return new(source, folder, survey, notes, log)
        {
            Report = new(
                listing.Files.Count, checked((int)state.Documents), state.Bytes,
                corpus.RepeatedSentences, state.Replaced.Count, 0, new(0, 0), []),
        };
    }

    /// <summary>The problem of files that were written to between two readings.</summary>
    public static DataException FilesChanged() =>
        new("The files of the corpus changed while they were being read: start again.");

    /// <summary>Settles which documents are held out, and which are copies.</summary>
    /// <param name="documents">What is known of the source's by the texts of all sources.</param>
    /// <param name="heldOut">Share to be held out, 0 to 1.</param>
    /// <param name="nearest">The group of the source whose bytes are nearest to so many.</param>
    /// <exception cref="DataException">The documents cannot be split.</exception>
    public void Split(GroupedDocuments documents, double heldOut, Func<double, DuplicateGroups.Choice> nearest)
    {
        var before = _notes.Count;
        _documents = documents;
        _split = DocumentSplit.Plan(Documents, documents, (heldOut, nearest), NameOf, _notes);
        if (documents.Copies > 0) _notes.Add(CopiesNote());
        if (documents.Elsewhere > 0)
            _notes.Add($"{documents.Elsewhere} documents repeat a text of an earlier source: their sources' unique "
                + "tokens both count it.");
        foreach (var note in _notes.Skip(before)) _log?.Report(note);
        // What is split and counted by more than each text's own hash is other data than the same texts were before
        // that was done.
        var textHash = _survey.State.TextHash!;
        using var hash = new ContentHash();
        _corpusHash = documents.Copies == 0 && !documents.IsRegrouped ? textHash
            : hash.Add(textHash).Add("copies by text up to white space, split by the shortest").Hex();
    }

    /// <summary>Second reading: the words of the training text, each counted so many times.</summary>
    /// <param name="trainers">Take the words, one a thread; more are made where there are too few.</param>
    public void AddWords(BpeTrainer trainer, long times, CancellationToken cancel)
    {
        SurveyedChunk[] chunks = [.. _survey.Chunks.Read()];
        var numbered = _survey.Corpus.ChunksFrom(default, new RecordProblems())
            .Select((chunk, i) => (Chunk: chunk, Number: i));
        foreach (var texts in OrderedWork.Run(numbered, one => one.Chunk.Bytes, TrainingTexts, cancel))
        {
            foreach (var text in texts) trainer.Add(text, times);
        }

        List<string> TrainingTexts((CorpusChunk Chunk, int Number) one)
        {
            cancel.ThrowIfCancellationRequested();
            if (one.Number >= chunks.Length) throw FilesChanged();
            var texts = new List<string>();
            var place = chunks[one.Number].FirstDocument;
            foreach (var document in one.Chunk.Read().Documents.Where(document => document.Text.Length > 0))
            {
                if (place >= Documents.Count) throw FilesChanged();
                texts.Add(_split.Sides(document, place++).Train);
            }
            return texts;
        }
    }

    /// <summary>
    /// Last reading: the tokens, written into the preparation's folder. On each side every text stands once before the
    /// first copy.
    /// </summary>
    /// <exception cref="DataException">The files have changed since the first reading.</exception>
    public PreparedSource Encode(Tokenizer tokenizer, CancellationToken cancel)
    {
        var validation = Path.Combine(_folder, PreparedData.ValidationFile(_source.Name));
        var stem = Stem(_folder, _source);
        var written = new SourceEncoding(_survey, _split, tokenizer, cancel).Run(
            (Path.Combine(_folder, PreparedData.TrainFile(_source.Name)), validation),
            $"{stem}.tokens{StageFile.Ending}", _corpusHash, _documents.Copies > 0);
        // Of a shard in this order another shuffle makes the same.
        if (!_source.Corpus.IsShuffled)
            ShardShuffle.Shuffle(validation, tokenizer, written.UniqueValidation, cancel);
        return new(
            _source.Name, _corpusHash, written.Train!.Tokens, written.UniqueTrain, written.Validation!.Tokens,
            written.Train.TextBytes, written.Validation.TextBytes,
            Report with { Copies = _documents.Copies, Notes = _notes });
    }

    private static string Stem(string folder, SourceRequest source) =>
        Path.Combine(folder, StageFile.Folder, source.Name.Length > 0 ? source.Name : "corpus");

    private string NameOf(long place) =>
        _survey.Corpus.Documents.Where(document => document.Text.Length > 0).ElementAt((int)place).Name;

    private string CopiesNote()
    {
        var loose = _documents.Copies - _documents.ExactCopies;
        return $"{_documents.Copies} of {Documents.Count} documents repeat another's text "
            + $"({DocumentSplit.Percent((double)_documents.CopyBytes / Report.Bytes)} of the bytes"
            + (loose > 0 ? $"; {loose} of them differ in white space" : "")
            + "): they are trained on, but unique tokens and epochs count each text once.";
    }
}
