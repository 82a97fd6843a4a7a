using System.Text.RegularExpressions;

namespace ScalingLab.Data.Corpora;

/// <summary>
/// Where a chunk stands in its corpus: the same documents stand there each time that the files are read, on every
/// machine.</summary>
/// <param name="File">The place of the file, or of the group of files, from 0.</param>
/// <param name="Chunk">The place in the file, from 0.</param>
internal readonly record struct ChunkPlace(int File, int Chunk);

/// <summary>Documents in a row, to be read once, on any thread.</summary>
/// <param name="place">Where it stands.</param>
/// <param name="bytes">Bytes of text, about.</param>
/// <param name="read">Reads it.</param>
internal sealed class CorpusChunk(ChunkPlace place, long bytes, Func<ChunkContents> read)
{
    /// <summary>Bytes of text that a chunk should have.</summary>
    public const int WantedBytes = 1 << 20;

    public ChunkPlace Place => place;

    public long Bytes => bytes;

    /// <summary>Its file where what follows in it must be read even if the records are at fault: one that is
    /// compressed, whose own damage is told before what it does to the records.</summary>
    public string? CompressedFile { get; init; }

    /// <exception cref="DataException">A file cannot be read.</exception>
    public ChunkContents Read() => read();

    /// <summary>The same with something done to each document.</summary>
    /// <param name="change">Throws FormatException where it cannot be done.</param>
    public CorpusChunk Select(Func<Document, Document> change) => new(place, bytes, () =>
    {
        var contents = read();
        var (documents, problems) = (new List<Document>(contents.Documents.Count), contents.Problems.ToList());
        foreach (var document in contents.Documents)
        {
            try
            {
                documents.Add(change(document));
            }
            catch (FormatException fault)
            {
                problems.Add($"{document.Name}: {fault.Message}");
            }
        }
        return new(documents, problems);
    }) { CompressedFile = CompressedFile };

    /// <summary>The same with no text in some of the documents.</summary>
    /// <param name="isEmptied">Given a document's place among the chunk's, from 0.</param>
    public CorpusChunk Empty(Func<int, bool> isEmptied) => new(place, bytes, () =>
    {
        var contents = read();
        return contents with
        {
            Documents = [.. contents.Documents.Select((document, i) =>
                isEmptied(i) ? document with { Text = "" } : document)],
        };
    }) { CompressedFile = CompressedFile };
}

/// <summary>What a chunk holds.</summary>
/// <param name="Documents">In their order; the text of some may be empty.</param>
/// <param name="Problems">What is wrong with others, each with file and line; no more than can be told.</param>
internal sealed record ChunkContents(IReadOnlyList<Document> Documents, IReadOnlyList<string> Problems);

/// <summary>
/// What is wrong with the records of a corpus, each with file and line, up to a number that still can be read.
/// </summary>
internal sealed partial class RecordProblems
{
    private const int MaxProblems = 20;

    // More lines of a file with the same fault are said once, with their number.
    private const int MostAlike = 3;

    private readonly List<string> _problems = [];

    /// <summary>Whether to look no further.</summary>
    public bool IsFull => _problems.Count >= MaxProblems;

    public IReadOnlyList<string> Found => _problems;

    public void Add(CorpusFile file, long line, string text) => Add($"{file.Path} line {line}: {text}");

    public void Add(string problem)
    {
        if (!IsFull) _problems.Add(problem);
    }

    /// <summary>Those found so far; none are left.</summary>
    public IReadOnlyList<string> Take()
    {
        string[] taken = [.. _problems];
        _problems.Clear();
        return taken;
    }

    /// <exception cref="DataException">Lists the problems, if there are any.</exception>
    public void Throw()
    {
        if (_problems.Count == 0) return;
        var told = Told();
        throw new DataException(IsFull
            ? [.. told, $"These are the first {MaxProblems} problems; nothing was read after them."] : told);
    }

    private List<string> Told() =>
        [.. _problems.Select(problem => (Text: problem, Place: Line().Match(problem)))
            .GroupBy(one => one.Place.Success ? one.Place.Groups["file"].Value + one.Place.Groups["fault"].Value
                : one.Text)
            .SelectMany(alike => alike.Count() <= MostAlike ? alike.Select(one => one.Text)
                : [$"{alike.First().Text} The same in {alike.Count() - 1} more lines, the last of them "
                    + $"{alike.Last().Place.Groups["line"].Value}."])];

    [GeneratedRegex("^(?<file>.* line )(?<line>[0-9]+)(?<fault>: .*)$", RegexOptions.Singleline)]
    private static partial Regex Line();
}
