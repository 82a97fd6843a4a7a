using System.Text;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Duplicates;
using ScalingLab.Data.Quality;

namespace ScalingLab.Data.Cleaning;

/// <summary>Documents to be measured, and filtered.</summary>
/// <param name="Source">The text.</param>
/// <param name="Filters">What a document has to pass to be kept; none: all are kept.</param>
public sealed record QualityRequest(CorpusSource Source, IReadOnlyList<QualityFilter> Filters)
{
    /// <summary>The file of JSON lines for what passes; null: nothing is written.</summary>
    public string? Out { get; init; }

    /// <summary>Threads; the result is the same whatever their number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}

/// <summary>What was found in documents. Nothing of it but what filters are asked for is removed.</summary>
/// <param name="Read">Documents with text.</param>
/// <param name="Kept">Those that pass every filter asked for.</param>
/// <param name="Filters">Every filter.</param>
/// <param name="Languages">Documents by language, the commonest first; "unknown" for what is none that is told.</param>
/// <param name="PersonalData">What looks like personal data.</param>
/// <param name="PersonalDataDocuments">Documents with any of it.</param>
/// <param name="Profanities">Insulting words that were met.</param>
/// <param name="ProfanityDocuments">Documents with any of them.</param>
/// <param name="ProfanityList">What is counted as such.</param>
/// <param name="Notes">What a reader should know: files left out.</param>
public sealed record QualityReport(
    TextCount Read, TextCount Kept, IReadOnlyList<FilterCount> Filters, IReadOnlyList<LanguageCount> Languages,
    PersonalData PersonalData, long PersonalDataDocuments, long Profanities, long ProfanityDocuments,
    string ProfanityList, IReadOnlyList<string> Notes);

/// <summary>What a filter does not let pass, whatever the others do.</summary>
/// <param name="Name">The filter.</param>
/// <param name="Rule">What passes.</param>
/// <param name="Source">Where the rule is from.</param>
/// <param name="IsApplied">Whether documents were removed by it.</param>
/// <param name="Failing">The documents that do not pass.</param>
public sealed record FilterCount(string Name, string Rule, string Source, bool IsApplied, TextCount Failing);

/// <summary>Documents of a language.</summary>
public sealed record LanguageCount(string Language, TextCount Count);

/// <summary>Measures documents as a stream, and writes those that pass.</summary>
public static class QualityFiltering
{
    /// <summary>Counts what each filter would remove; removes it where the request names a file.</summary>
    /// <param name="cancel">Ends it early; no file is then written.</param>
    /// <exception cref="DataException">The text cannot be read: every problem.</exception>
    public static QualityReport Run(QualityRequest request, CancellationToken cancel)
    {
        var walk = new RecordWalk(request.Source);
        Deduplication.RequireOtherFile(request.Out, walk);
        var tally = new QualityTally(request.Filters);
        using var output = request.Out is { } path ? new RecordWriter(path, request.Source.FieldOrColumn) : null;
        TextBatches.Walk(walk.Records(cancel), record => record.Document.Text, request.Threads,
            (record, _) => DocumentQuality.Of(record.Document.Text), (record, quality) =>
            {
                if (tally.Add(quality)) output?.Add(record, record.Document.Text);
            }, cancel);
        output?.Finish();
        return tally.Report(walk.Notes);
    }
}

/// <summary>What is found in one document.</summary>
internal sealed record DocumentQuality(
    long Bytes, int Words, bool[] Passes, string Language, PersonalData Personal, int Profanities,
    double RepeatedLines, double RepeatedRuns)
{
    public static DocumentQuality Of(string text)
    {
        var measures = TextMeasures.Of(text);
        return new(
            Encoding.UTF8.GetByteCount(text), measures.Words.Count,
            [.. QualityFilter.All.Select(filter => filter.Passes(measures))],
            measures.Language?.Name ?? "unknown", PersonalData.In(text), Profanity.Count(measures.Words),
            measures.RepeatedLineLetters, measures.RepeatedRuns[^1]);
    }
}

/// <summary>Counts over documents.</summary>
internal sealed class QualityTally(IReadOnlyList<QualityFilter> applied)
{
    private readonly TextCount[] _failing = [.. QualityFilter.All.Select(_ => new TextCount(0, 0))];
    private readonly bool[] _isApplied = [.. QualityFilter.All.Select(applied.Contains)];
    private readonly Dictionary<string, TextCount> _languages = [];
    private TextCount _read = new(0, 0);
    private TextCount _kept = new(0, 0);
    private PersonalData _personal = PersonalData.None;
    private (long Personal, long Profane, long Words) _documents;

    /// <summary>Counts a document; whether it is kept.</summary>
    public bool Add(DocumentQuality quality)
    {
        var isKept = true;
        for (var i = 0; i < _failing.Length; i++)
        {
            if (quality.Passes[i]) continue;
            _failing[i] = _failing[i].With(quality.Bytes);
            isKept &= !_isApplied[i];
        }
        _read = _read.With(quality.Bytes);
        if (isKept) _kept = _kept.With(quality.Bytes);
        _languages[quality.Language] =
            _languages.GetValueOrDefault(quality.Language, new TextCount(0, 0)).With(quality.Bytes);
        _personal = _personal.Plus(quality.Personal);
        _documents = (_documents.Personal + (quality.Personal.Total > 0 ? 1 : 0),
            _documents.Profane + (quality.Profanities > 0 ? 1 : 0), _documents.Words + quality.Profanities);
        return isKept;
    }

    public QualityReport Report(IReadOnlyList<string> notes) => new(
        _read, _kept,
        [.. QualityFilter.All.Select((filter, i) =>
            new FilterCount(filter.Name, filter.Rule, filter.Source, _isApplied[i], _failing[i]))],
        [.. _languages.Select(one => new LanguageCount(one.Key, one.Value))
            .OrderByDescending(one => one.Count.Documents).ThenBy(one => one.Language, StringComparer.Ordinal)],
        _personal, _documents.Personal, _documents.Words, _documents.Profane, Profanity.Description, notes);
}
