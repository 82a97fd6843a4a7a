using ScalingLab.Data.Markup;
using ScalingLab.Data.Streams;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Corpora;

/// <summary>
/// Files and folders of UTF-8 text, or of UTF-16 with a byte order mark; a document is a file, plain or compressed by
/// gzip or Zstandard. A file that is named is read whatever its extension. A folder gives, at any depth, its files that
/// end in .txt, .text, .md, .markdown, .rst, .org, .tex or .adoc (where markup is taken out: in .html, .htm or .xhtml;
/// in .md or .markdown), or in these and .gz or .zst; names that start with a dot are left out and linked folders are
/// not followed.
/// </summary>
public sealed record TextFiles(IReadOnlyList<string> Paths) : CorpusSource
{
    private const int LikelyCompression = 5;

    private static readonly string[] Extensions =
        [".txt", ".text", ".md", ".markdown", ".rst", ".org", ".tex", ".adoc"];

    public override string Kind => "text";

    public override CorpusListing List() =>
        new CorpusFiles(Kind, ExtensionsOf(Strip), FileKind.Text, Within).List(Paths);

    private protected override Corpus ReadMarked(CorpusListing listing, CancellationToken cancel)
    {
        var files = listing.Files.OrderBy(file => ContentHash.ToNumber(file.Name)).ToList();
        return new(start => Groups(files, cancel).Skip(start.File));
    }

    private static string[] ExtensionsOf(MarkupKind strip) => strip switch
    {
        MarkupKind.Html => [".html", ".htm", ".xhtml"],
        MarkupKind.Markdown => [".md", ".markdown"],
        _ => Extensions,
    };

    /// <summary>Files in a row, of a chunk's bytes together.</summary>
    private static IEnumerable<CorpusChunk> Groups(List<CorpusFile> files, CancellationToken cancel)
    {
        var group = 0;
        for (int first = 0, next; first < files.Count; first = next)
        {
            var bytes = 0L;
            for (next = first; next < files.Count && bytes < CorpusChunk.WantedBytes; next++)
                bytes += files[next].Bytes * (CorpusFiles.IsCompressed(files[next].Path) ? LikelyCompression : 1);
            var ofOne = files.GetRange(first, next - first);
            yield return new(new(group++, 0), bytes,
                () => new([.. ofOne.Select(file => ReadFile(file, cancel))], []));
        }
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
