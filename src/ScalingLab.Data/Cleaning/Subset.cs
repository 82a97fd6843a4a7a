using System.Text;
using ScalingLab.Data.Corpora;

namespace ScalingLab.Data.Cleaning;

/// <summary>What a subset is measured in.</summary>
public enum SubsetUnit
{
    /// <summary>Documents.</summary>
    Documents,

    /// <summary>UTF-8 bytes of text.</summary>
    Bytes,

    /// <summary>Tokens of the tokenizer <c>bytes</c>: the UTF-8 bytes and one a document for its end.</summary>
    ByteTokens,
}

/// <summary>A part of some text.</summary>
/// <param name="Source">The text.</param>
/// <param name="Unit">What it is measured in.</param>
/// <param name="Most">The most that it may have.</param>
/// <param name="Out">The file of JSON lines.</param>
public sealed record SubsetRequest(CorpusSource Source, SubsetUnit Unit, long Most, string Out);

/// <summary>What was taken.</summary>
/// <param name="Read">All documents with text.</param>
/// <param name="Taken">Those that were written.</param>
/// <param name="Unit">What was asked for it.</param>
/// <param name="Asked">How much.</param>
/// <param name="Size">How much it has.</param>
/// <param name="Notes">What a reader should know: files left out.</param>
public sealed record SubsetReport(
    TextCount Read, TextCount Taken, SubsetUnit Unit, long Asked, long Size, IReadOnlyList<string> Notes);

/// <summary>
/// Whole documents by the order of their hashes (<see cref="HashOrder"/>), written in the order in which they stand.
/// </summary>
public static class Subset
{
    /// <summary>Writes a subset as JSON lines, whole or not at all.</summary>
    /// <exception cref="DataException">The text cannot be read, or there is less than that: every problem.</exception>
    public static SubsetReport Take(SubsetRequest request, CancellationToken cancel)
    {
        var walk = new RecordWalk(request.Source);
        Deduplication.RequireOtherFile(request.Out, walk);
        var (isTaken, available) = HashOrder.First(walk, SizeOf, request.Most, cancel);
        if (available < request.Most)
        {
            throw new DataException(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"{request.Most:N0} {Describe(request.Unit)} are asked for; the text has {available:N0}, each text "
                + $"counted once: ask for no more, or give more text."));
        }
        using var output = new RecordWriter(request.Out, request.Source.FieldOrColumn);
        var (read, size) = (new TextCount(0, 0), 0L);
        foreach (var (place, record) in walk.Records(cancel).Index())
        {
            if (place >= isTaken.Length) break;
            read = read.With(Encoding.UTF8.GetByteCount(record.Document.Text));
            if (!isTaken[place]) continue;
            output.Add(record, record.Document.Text);
            size += SizeOf(record.Document.Text);
        }
        output.Finish();
        return new(read, new(output.Documents, output.TextBytes), request.Unit, request.Most, size, walk.Notes);

        long SizeOf(string text) => request.Unit == SubsetUnit.Documents ? 1
            : Encoding.UTF8.GetByteCount(text) + (request.Unit == SubsetUnit.ByteTokens ? 1 : 0);
    }

    /// <summary>The unit in words.</summary>
    public static string Describe(SubsetUnit unit) => unit switch
    {
        SubsetUnit.Documents => "documents",
        SubsetUnit.Bytes => "bytes",
        _ => "byte tokens",
    };
}
