using System.Globalization;

namespace ScalingLab.Data;

/// <summary>What the split needs to know of a document.</summary>
internal readonly record struct DocumentSize(string Name, ulong TextHash, long Bytes);

/// <summary>Which text is for training and which is held out for validation. A document is held out when the SHA-256 of its text, modulo
/// a million, lies below the fraction: whatever else is in the corpus, in whatever order, and equal texts stay together.
/// Where that leaves one side empty, the document nearest the wanted size is held out; a lone document is cut in two.</summary>
internal sealed class DocumentSplit
{
    private const ulong Buckets = 1_000_000;

    /// <summary>How far the held-out share may lie from the one asked for before it is said.</summary>
    private const double NotedFactor = 3;

    private const int LineSearch = 2000;

    private readonly double _fraction;
    private readonly bool _cut;
    private readonly ulong? _chosen;

    private DocumentSplit(double fraction, bool cut, ulong? chosen) => (_fraction, _cut, _chosen) = (fraction, cut, chosen);

    /// <param name="notes">Receives what a reader of the results should know about the split.</param>
    /// <exception cref="DataException">The documents cannot be split.</exception>
    public static DocumentSplit Plan(IReadOnlyList<DocumentSize> documents, double fraction, List<string> notes)
    {
        if (documents.Count == 1)
        {
            notes.Add($"The corpus is one document, so its last {Percent(fraction)} is the validation text; "
                + "a split by document needs several.");
            return new(fraction, cut: true, null);
        }
        if (documents.All(document => document.TextHash == documents[0].TextHash))
        {
            throw new DataException(
                $"All {documents.Count} documents of the corpus hold the same text, "
                + "so none can be held out for validation: give other text.");
        }
        var total = documents.Sum(document => document.Bytes);
        var byHash = new DocumentSplit(fraction, cut: false, null);
        var heldOut = documents.Where(document => byHash.IsHeldOut(document.TextHash)).ToList();
        if (heldOut.Count > 0 && documents.Any(document => !byHash.IsHeldOut(document.TextHash)))
        {
            var share = (double)heldOut.Sum(document => document.Bytes) / total;
            if (share > fraction * NotedFactor || share < fraction / NotedFactor)
            {
                notes.Add($"The held-out documents ({heldOut.Count} of {documents.Count}) are {Percent(share)} of the text, " +
                    $"where {Percent(fraction)} was asked for: the documents are few or very unequal.");
            }
            return byHash;
        }
        var chosen = documents.GroupBy(document => document.TextHash)
            .MinBy(same => (Math.Abs(same.Sum(document => document.Bytes) - fraction * total), same.Key))!;
        notes.Add($"The corpus has only {documents.Count} documents, too few for a split by hash to fill both sides; " +
            $"'{chosen.First().Name}' ({Percent((double)chosen.Sum(document => document.Bytes) / total)} of the text) is held out.");
        return new(fraction, cut: false, chosen.Key);
    }

    /// <summary>The two sides of a document; one is empty unless it is the only document.</summary>
    /// <exception cref="DataException">The only document is too short to cut.</exception>
    public (string Train, string Validation) Sides(Document document)
    {
        if (!_cut) return IsHeldOut(ContentHash.Number(document.Text)) ? ("", document.Text) : (document.Text, "");
        var cut = CutAt(document.Text);
        var sides = (Train: document.Text[..cut], Validation: document.Text[cut..]);
        if (string.IsNullOrWhiteSpace(sides.Train) || string.IsNullOrWhiteSpace(sides.Validation))
        {
            throw new DataException(
                $"{document.Name}: {document.Text.Length} characters are too few to hold out {Percent(_fraction)}: give more text.");
        }
        return sides;
    }

    private bool IsHeldOut(ulong textHash) => _chosen is { } only ? textHash == only : textHash % Buckets < _fraction * Buckets;

    /// <summary>After the end of a line, else of a word, near the wanted place; never within a pair of surrogates.</summary>
    private int CutAt(string text)
    {
        var wanted = (int)(text.Length * (1 - _fraction));
        var near = text.AsSpan(wanted, Math.Min(LineSearch, text.Length - wanted) * 9 / 10);
        var end = near.IndexOf('\n');
        if (end < 0) end = near.IndexOf(' ');
        if (end >= 0) return wanted + end + 1;
        return wanted > 0 && wanted < text.Length && char.IsLowSurrogate(text[wanted]) ? wanted + 1 : wanted;
    }

    private static string Percent(double share) => (share * 100).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}
