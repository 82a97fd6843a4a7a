using System.Globalization;
using System.Text;
using ScalingLab.Data.Corpora;

namespace ScalingLab.Data.Cleaning;

/// <summary>A text of a mixture.</summary>
/// <param name="Name">For people.</param>
/// <param name="Source">The text.</param>
/// <param name="Weight">Its share of the bytes, above 0; weights need not add up to 1.</param>
public sealed record MixPart(string Name, CorpusSource Source, double Weight);

/// <summary>What went into a mixture.</summary>
/// <param name="Parts">Its texts.</param>
/// <param name="Bytes">UTF-8 bytes of text of all of them.</param>
/// <param name="Limit">The text that was used up, so that the mixture could not be longer without a text twice; null
/// where its length was given.</param>
/// <param name="Notes">What a reader should know: files left out.</param>
public sealed record MixReport(IReadOnlyList<MixedPart> Parts, long Bytes, string? Limit, IReadOnlyList<string> Notes);

/// <summary>What of a text went into a mixture.</summary>
/// <param name="Name">The text.</param>
/// <param name="Weight">The share asked for, of 1.</param>
/// <param name="Share">The share that it has.</param>
/// <param name="AvailableBytes">Bytes that it has, each text counted once and for the first part that has it.</param>
/// <param name="Taken">What was taken.</param>
public sealed record MixedPart(string Name, double Weight, double Share, long AvailableBytes, TextCount Taken);

/// <summary>
/// Texts mixed by weight: of each the first documents by the order of their hashes (<see cref="HashOrder"/>), no text
/// twice (one that stands in several counts for the first of them), and next always a document of the
/// text that is furthest behind its share, so that every stretch of the mixture has about the shares of the whole.
/// </summary>
public static class Mix
{
    // A share further from its weight than this is said.
    private const double MostApart = 0.05;

    /// <summary>Writes a mixture as JSON lines, whole or not at all.</summary>
    /// <param name="parts">At least one.</param>
    /// <param name="bytes">Bytes of text of the whole; null: as many as the scarcest text allows.</param>
    /// <param name="path">The file of JSON lines.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="DataException">The texts cannot be read, are too short, or one would have no document: every
    /// problem.</exception>
    public static MixReport Write(IReadOnlyList<MixPart> parts, long? bytes, string path, CancellationToken cancel)
    {
        RecordWalk[] walks = [.. parts.Select(part => new RecordWalk(part.Source))];
        Deduplication.RequireOtherFile(path, walks);
        var sum = parts.Sum(part => part.Weight);
        double[] shares = [.. parts.Select(part => part.Weight / sum)];
        var seen = new HashSet<ulong>();
        long[] available =
            [.. walks.Select(walk => HashOrder.First(walk, Size, long.MaxValue, cancel, seen).Available)];
        RequireText(parts, available);
        var least = Enumerable.Range(0, parts.Count).MinBy(i => available[i] / shares[i]);
        var whole = bytes ?? (long)(available[least] / shares[least]);
        List<string> problems = [.. Enumerable.Range(0, parts.Count).Where(i => shares[i] * whole > available[i] + 1)
            .Select(i => string.Create(CultureInfo.InvariantCulture,
                $"{parts[i].Name}: its share of {whole:N0} bytes is {shares[i] * whole:N0}, and it has "
                + $"{available[i]:N0}, each text counted once: ask for fewer bytes, or give more text."))];
        if (problems.Count > 0) throw new DataException(problems);
        seen = [];
        bool[][] isTaken = [.. Enumerable.Range(0, parts.Count).Select(i =>
            HashOrder.First(walks[i], Size, (long)(shares[i] * whole) + 1, cancel, seen).IsTaken)];
        RequireDocuments(parts, isTaken, [.. shares.Select(share => share * whole)],
            bytes is null ? parts[least].Name : null);
        var taken = walks.Zip(isTaken, (walk, isIn) => walk.Records(cancel).Zip(isIn)
            .Where(one => one.Second).Select(one => one.First)).ToList();
        using var output = new RecordWriter(path, parts[0].Source.FieldOrColumn);
        var counts = Interleave(taken, shares, output);
        output.Finish();
        MixedPart[] mixed = [.. parts.Select((part, i) => new MixedPart(part.Name, shares[i],
            output.TextBytes == 0 ? 0 : (double)counts[i].Bytes / output.TextBytes, available[i], counts[i]))];
        return new(mixed, output.TextBytes, bytes is null ? parts[least].Name : null,
            [.. walks.SelectMany(walk => walk.Notes), .. mixed.Where(part => IsApart(part)).Select(Apart)]);
    }

    private static bool IsApart(MixedPart part) => Math.Abs(part.Share - part.Weight) > MostApart;

    private static string Apart(MixedPart part) => string.Create(CultureInfo.InvariantCulture,
        $"{part.Name} has {100 * part.Share:F1} % of the bytes, not the {100 * part.Weight:F1} % asked for: documents are ")
        + "taken whole, and these are few; more bytes come nearer.";

    // A share that is shorter than the first document of its text would be written as nothing at all.
    private static void RequireDocuments(IReadOnlyList<MixPart> parts, bool[][] isTaken, double[] shares,
        string? scarcest)
    {
        var mend = scarcest is null ? "ask for more bytes." : $"give more text of {scarcest}, which is the scarcest.";
        List<string> problems = [.. parts.Select((part, i) => (part, i)).Where(one => !isTaken[one.i].Contains(true))
            .Select(one => string.Create(CultureInfo.InvariantCulture,
                $"{one.part.Name}: its share is {shares[one.i]:N0} bytes, and its first document by hash is longer: {mend}"))];
        if (problems.Count > 0) throw new DataException(problems);
    }

    private static void RequireText(IReadOnlyList<MixPart> parts, long[] available)
    {
        List<string> problems = [.. parts.Where((_, i) => available[i] == 0).Select(part =>
            $"{part.Name}: has no text of its own: its files hold none, or all of it stands in those named before it. "
                + "Leave it out.")];
        if (problems.Count > 0) throw new DataException(problems);
    }

    private static TextCount[] Interleave(List<IEnumerable<TextRecord>> taken, double[] shares, RecordWriter output)
    {
        var readers = taken.Select(part => part.GetEnumerator()).ToList();
        try
        {
            var counts = taken.Select(_ => new TextCount(0, 0)).ToArray();
            var open = Enumerable.Range(0, readers.Count).Where(i => readers[i].MoveNext()).ToList();
            while (open.Count > 0)
            {
                var next = open.MinBy(i => counts[i].Bytes / shares[i]);
                var record = readers[next].Current;
                output.Add(record, record.Document.Text);
                counts[next] = counts[next].With(Size(record.Document.Text));
                if (!readers[next].MoveNext()) open.Remove(next);
            }
            return counts;
        }
        finally
        {
            readers.ForEach(reader => reader.Dispose());
        }
    }

    private static long Size(string text) => Encoding.UTF8.GetByteCount(text);
}
