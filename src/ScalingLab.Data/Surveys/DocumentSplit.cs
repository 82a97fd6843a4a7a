using System.Globalization;
using ScalingLab.Data.Corpora;

namespace ScalingLab.Data.Surveys;

/// <summary>
/// Which text is for training and which is held out for validation, and which documents are copies. A document is held
/// out when the SHA-256 of its text, modulo a million, lies below the fraction: whatever else is in the corpus, in
/// whatever order. Texts that differ in white space alone stay together (<see cref="DuplicateGroups"/>). Where that
/// leaves one side empty, the text nearest the wanted size is held out; a lone document is cut in two.</summary>
internal sealed class DocumentSplit
{
    /// <summary>How far the held-out share may lie from the one asked for before it is said.</summary>
    private const double NotedFactor = 3;

    private const int LineSearch = 2000;

    private readonly double _fraction;
    private readonly bool _cut;
    private readonly DocumentFlags[] _flags;

    private DocumentSplit(double fraction, bool cut, DocumentFlags[] flags) =>
        (_fraction, _cut, _flags) = (fraction, cut, flags);

    /// <param name="table">The documents of the source.</param>
    /// <param name="documents">What is known of them by all sources' texts; what is held out is settled in it.</param>
    /// <param name="how">The share to hold out, and the group whose bytes are nearest to so many.</param>
    /// <param name="nameOf">The name of a document by its place, for people.</param>
    /// <param name="notes">Receives what a reader of the results should know about the split.</param>
    /// <exception cref="DataException">The documents cannot be split.</exception>
    public static DocumentSplit Plan(
        DiskList<DocumentSummary> table, GroupedDocuments documents,
        (double Fraction, Func<double, DuplicateGroups.Choice> Nearest) how, Func<long, string> nameOf,
        List<string> notes)
    {
        var (count, fraction, flags) = (documents.Flags.Length, how.Fraction, documents.Flags);
        if (count == 1)
        {
            notes.Add($"The corpus is one document, so its last {Percent(fraction)} is the validation text; "
                + "a split by document needs several.");
            return new(fraction, cut: true, [DocumentFlags.None]);
        }
        var texts = count - documents.Copies;
        if (texts == 1)
        {
            throw new DataException(
                $"All {count} documents of the corpus hold the same text (but for white space), "
                + "so none can be held out for validation: give other text.");
        }
        var (total, taken) = (documents.Bytes, documents.HeldOut);
        if (taken > 0 && taken < count)
        {
            var share = (double)documents.HeldOutBytes / total;
            if (share > fraction * NotedFactor || share < fraction / NotedFactor)
            {
                notes.Add($"The held-out documents ({taken} of {count}) are {Percent(share)} of the text, " +
                    $"where {Percent(fraction)} was asked for: the documents are few or very unequal.");
            }
            return new(fraction, cut: false, flags);
        }
        var chosen = how.Nearest(fraction * total);
        var few = $"{texts} {(texts == count ? "documents" : "different texts")}";
        notes.Add($"The corpus has only {few}, too few for a split by hash to fill both sides; " +
            $"'{nameOf(chosen.First)}' ({Percent((double)chosen.Bytes / total)} of the text) is held out.");
        var place = 0;
        foreach (var document in table.Read())
        {
            flags[place] &= ~DocumentFlags.HeldOut;
            if (document.Key == chosen.Key) flags[place] |= DocumentFlags.HeldOut;
            place++;
        }
        return new(fraction, cut: false, flags);
    }

    /// <summary>Whether the document at that place repeats the text of an earlier one, but for white space.</summary>
    /// <exception cref="DataException">There was no such document: the files have changed.</exception>
    public bool IsCopy(long place) => (_flags[place] & DocumentFlags.Copy) != 0;

    /// <summary>The two sides of the document at that place; one is empty unless it is the only document.</summary>
    /// <exception cref="DataException">The only document is too short to cut.</exception>
    public (string Train, string Validation) Sides(Document document, long place)
    {
        if (!_cut) return (_flags[place] & DocumentFlags.HeldOut) != 0 ? ("", document.Text) : (document.Text, "");
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
