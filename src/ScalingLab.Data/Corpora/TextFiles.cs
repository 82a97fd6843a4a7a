using ScalingLab.Data.Streams;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Corpora;

/// <summary>
/// Files and folders of UTF-8 text, or of UTF-16 with a byte order mark; a document is a file, plain or compressed by
/// gzip. A file that is named is read whatever its extension. A folder gives, at any depth, its files that end in .txt,
/// .text, .md, .markdown, .rst, .org, .tex or .adoc, or in these and .gz; names that start with a dot are left out and
/// linked folders are not followed.
/// </summary>
public sealed record TextFiles(IReadOnlyList<string> Paths) : CorpusSource
{
    private static readonly string[] Extensions =
        [".txt", ".text", ".md", ".markdown", ".rst", ".org", ".tex", ".adoc"];

    public override string Kind => "text";

    public override CorpusListing List() => new CorpusFiles(Kind, Extensions, FileKind.Text, Within).List(Paths);

    public override Corpus Read(CorpusListing listing, CancellationToken cancel)
    {
        var files = listing.Files.OrderBy(file => ContentHash.ToNumber(file.Name)).ToList();
        return new(files.Select(file => ReadFile(file, cancel)), 0, []);
    }

    private static Document ReadFile(CorpusFile file, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        try
        {
            var bytes = Bytes(file.Path).AsSpan();
            if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
            var (text, replaced) = Utf8Text.Decode(bytes);
            return new(file.Name, text) { ReplacedSequences = replaced };
        }
        catch (Exception refused) when (CorpusFiles.IsReadError(refused))
        {
            throw new DataException($"{file.Path}: {CorpusFiles.Describe(file.Path, refused)}", refused);
        }
    }

    private static byte[] Bytes(string path)
    {
        using var stream = CorpusFiles.Open(path, FileKind.Text);
        using var whole = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0; whole.Write(buffer, 0, read))
        {
            if (whole.Length + read > FileKind.Text.MaxBytes)
                throw new DataException($"{path}: the text is larger than {FileKind.Text.MaxBytes / 1_000_000} MB: "
                    + "split it into files, a document each.");
        }
        return whole.ToArray();
    }
}
