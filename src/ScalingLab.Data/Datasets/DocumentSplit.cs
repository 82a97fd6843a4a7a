using System.Globalization;
using ScalingLab.Data.Corpora;

namespace ScalingLab.Data.Datasets;

/// <summary>
/// Which text is for training and which is held out for validation, and which documents are copies. A document is held
/// out when the SHA-256 of its text, modulo a million, lies below the fraction: whatever else is in the corpus, in
/// whatever order. Texts that differ in white space alone stay together (<see cref="DuplicateGroups"/>). Where that
/// leaves one side empty, the text nearest the wanted size is held out; a lone document is cut in two.</summary>
internal sealed class DocumentSplit
{
    private const ulong Buckets = 1_000_000;

    /// <summary>How far the held-out share may lie from the one asked for before it is said.</summary>
    private const double NotedFactor = 3;

    private const int LineSearch = 2000;

    private readonly double _fraction;
    private readonly bool _cut;
    private readonly bool[] _heldOut;
    private readonly bool[] _copies;

    private DocumentSplit(double fraction, bool cut, bool[] heldOut, bool[] copies) =>
        (_fraction, _cut, _heldOut, _copies) = (fraction, cut, heldOut, copies);

    /// <summary>Documents that repeat the text of an earlier one, but for white space.</summary>
    public int Copies => _copies.Count(copy => copy);

    /// <param name="documents">Of one source, in its order.</param>
    /// <param name="groups">Of all sources.</param>
    /// <param name="nameOf">The name of a document by its place, for people.</param>
    /// <param name="notes">Receives what a reader of the results should know about the split.</param>
    /// <exception cref="DataException">The documents cannot be split.</exception>
    public static DocumentSplit Plan(
        IReadOnlyList<DocumentSummary> documents, DuplicateGroups groups, double fraction, Func<int, string> nameOf,
        List<string> notes)
    {
        var count = documents.Count;
        if (count == 1)
        {
            notes.Add($"The corpus is one document, so its last {Percent(fraction)} is the validation text; "
                + "a split by document needs several.");
            return new(fraction, cut: true, [false], [false]);
        }
        var copies = new bool[count];
        var texts = new HashSet<ulong>();
        for (var i = 0; i < count; i++) copies[i] = !texts.Add(documents[i].Key);
        if (texts.Count == 1)
        {
            throw new DataException(
                $"All {count} documents of the corpus hold the same text (but for white space), "
                + "so none can be held out for validation: give other text.");
        }
        var total = documents.Sum(document => document.Bytes);
        bool[] heldOut = [.. documents.Select(document => groups.HashOf(document) % Buckets < fraction * Buckets)];
        var taken = heldOut.Count(held => held);
        if (taken > 0 && taken < count)
        {
            var share = (double)documents.Where((_, i) => heldOut[i]).Sum(document => document.Bytes) / total;
            if (share > fraction * NotedFactor || share < fraction / NotedFactor)
            {
                notes.Add($"The held-out documents ({taken} of {count}) are {Percent(share)} of the text, " +
                    $"where {Percent(fraction)} was asked for: the documents are few or very unequal.");
            }
            return new(fraction, cut: false, heldOut, copies);
        }
        var chosen = Enumerable.Range(0, count).GroupBy(i => documents[i].Key)
            .MinBy(same =>
                (Math.Abs(same.Sum(i => documents[i].Bytes) - fraction * total),
                    groups.HashOf(documents[same.First()])))!;
        var few = $"{texts.Count} {(texts.Count == count ? "documents" : "different texts")}";
        notes.Add($"The corpus has only {few}, too few for a split by hash to fill both sides; " +
            $"'{nameOf(chosen.First())}' ({Percent((double)chosen.Sum(i => documents[i].Bytes) / total)} of the text) "
                + "is held out.");
        return new(fraction, cut: false, [.. documents.Select(document => document.Key == chosen.Key)], copies);
    }

    /// <summary>Whether the document at that place repeats the text of an earlier one, but for white space.</summary>
    /// <exception cref="DataException">There was no such document: the files have changed.</exception>
    public bool IsCopy(int place) => place < _copies.Length ? _copies[place] : throw SourcePreparation.FilesChanged();

    /// <summary>The two sides of the document at that place; one is empty unless it is the only document.</summary>
    /// <exception cref="DataException">The only document is too short to cut, or there was no such document: the files
    /// have changed.</exception>
    public (string Train, string Validation) Sides(Document document, int place)
    {
        if (place >= _heldOut.Length) throw SourcePreparation.FilesChanged();
        if (!_cut) return _heldOut[place] ? ("", document.Text) : (document.Text, "");
        var cut = CutPosition(document.Text);
        var sides = (Train: document.Text[..cut], Validation: document.Text[cut..]);
        if (string.IsNullOrWhiteSpace(sides.Train) || string.IsNullOrWhiteSpace(sides.Validation))
        {
            throw new DataException(
                $"{document.Name}: {document.Text.Length} characters are too few to hold out {Percent(_fraction)}: "
                    + "give more text.");
        }
        return sides;
    }

    /// <summary>
    /// After the end of a line, else of a word, near the wanted place; never within a pair of surrogates.
    /// </summary>
    private int CutPosition(string text)
    {
        var wanted = (int)(text.Length * (1 - _fraction));
        var near = text.AsSpan(wanted, Math.Min(LineSearch, text.Length - wanted) * 9 / 10);
        var end = near.IndexOf('\n');
        if (end < 0) end = near.IndexOf(' ');
        if (end >= 0) return wanted + end + 1;
        return wanted > 0 && wanted < text.Length && char.IsLowSurrogate(text[wanted]) ? wanted + 1 : wanted;
    }

    internal static string Percent(double share) => (share * 100).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}
