using System.Text;
using ScalingLab.Data.Streams;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Corpora;

/// <summary>
/// The files of a corpus that is given as files and folders. A file that is named is read whatever its extension. A
/// folder gives, at any depth, its files with one of the corpus's extensions; names that start with a dot are left out
/// and linked folders are not followed. What a folder holds and does not give is listed with its reason.
/// Any file but Parquet may be compressed by gzip or Zstandard: it then ends in .gz or .zst, behind its extension.
/// </summary>
/// <param name="kind">The corpus's name, for messages.</param>
/// <param name="extensions">With their dots, in lower case.</param>
/// <param name="holds">What a plain file holds.</param>
/// <param name="within">The folder that every file must lie in when links are resolved; null for anywhere.</param>
internal sealed class CorpusFiles(string kind, IReadOnlyList<string> extensions, FileKind holds, string? within)
{
    private const int HeadBytes = 4096;

    private readonly Dictionary<string, CorpusFile> _files = new(StringComparer.Ordinal);
    private readonly List<SkippedFile> _skipped = [];
    private readonly List<string> _problems = [];

    /// <summary>Finds the files, in the order of their names.</summary>
    /// <exception cref="DataException">Lists every missing, unreadable or empty file.</exception>
    public CorpusListing List(IReadOnlyList<string> paths)
    {
        if (paths.Count == 0) _problems.Add($"The corpus {kind} names no file or folder: name at least one.");
        foreach (var path in paths)
        {
            var full = Path.GetFullPath(path);
            if (Directory.Exists(full))
            {
                if (within is null || InputFile.IsInside(within, full)) AddFolder(path, full);
                else _problems.Add($"{path}: a link leads to {InputFile.ResolveLinks(full)}, outside of {within}; "
                    + "allow it with --allow-paths.");
            }
            else if (!File.Exists(full)) _problems.Add($"{path}: there is no such file or folder.");
            else if (Fault(full, within) is { } fault) _problems.Add($"{path}: {fault.Problem}");
            else Add(Path.GetFileName(full), full);
        }
        if (_problems.Count > 0) throw new DataException(_problems);
        var ordered = _files.Values.OrderBy(file => file.Name, StringComparer.Ordinal)
            .ThenBy(file => file.Path, StringComparer.Ordinal);
        return new([.. ordered], _skipped);
    }

    /// <summary>
    /// Opens a file as UTF-8: uncompressed where its name ends in .gz or .zst, and converted where it begins with the
    /// byte order mark of UTF-16 (RFC 2781, section 3.2).</summary>
    public static Stream Open(string path, FileKind holds)
    {
        var stream = Uncompressed(path, holds);
        try
        {
            Span<byte> mark = stackalloc byte[4];
            var utf16 = Utf16(mark[..stream.ReadAtLeast(mark, mark.Length, throwOnEndOfStream: false)]);
            if (stream.CanSeek) stream.Position = 0;
            else
            {
                stream.Dispose();
                stream = Uncompressed(path, holds);
            }
            return utf16 is null ? stream
                : Encoding.CreateTranscodingStream(stream, utf16,
                    new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Whether an error of reading is the file's or the machine's, to be told with the file's name.</summary>
    public static bool IsReadError(Exception error) =>
        error is UnauthorizedAccessException or IOException or InvalidDataException
        or DecoderFallbackException;

    /// <summary>Such an error in words.</summary>
    public static string Describe(string path, Exception refused) => refused switch
    {
        DecoderFallbackException =>
            "the file is damaged: it begins as UTF-16 does and holds half of a surrogate pair or of a unit.",
        InvalidDataException when !IsCompressed(path) => $"the file is damaged: {refused.Message}",
        InvalidDataException => $"the file is damaged, or no {Program(path)} though its name ends in "
            + $"{CompressedFile.EndingOf(path)}: {refused.Message}",
        _ => $"the file cannot be read: {refused.Message}{(IsCompressed(path) ? $" ({CompressedFile.EndingOf(path)})" : "")}",
    };

    private static Stream Uncompressed(string path, FileKind holds) =>
        CompressedFile.Uncompressed(InputFile.Open(path, holds), path);

    /// <summary>
    /// The encoding that a byte order mark names; null without one, and for UTF-32, whose mark begins as that of UTF-16
    /// does.
    /// </summary>
    private static UnicodeEncoding? Utf16(ReadOnlySpan<byte> head)
    {
        var isBig = head is [0xFE, 0xFF, ..];
        return isBig || (head is [0xFF, 0xFE, ..] and not [0xFF, 0xFE, 0, 0])
            ? new UnicodeEncoding(isBig, byteOrderMark: true, throwOnInvalidBytes: true) : null;
    }

    /// <summary>Whether a file is uncompressed as it is read.</summary>
    public static bool IsCompressed(string path) => CompressedFile.EndingOf(path) is not null;

    private static string Program(string path) => CompressedFile.EndingOf(path) == ".zst" ? "Zstandard" : "gzip";

    private string TextName(string name) =>
        holds == FileKind.Parquet ? name : name[..^(CompressedFile.EndingOf(name)?.Length ?? 0)];

    private void AddFolder(string shown, string folder)
    {
        var (found, skipped, refused) = (0, new List<SkippedFile>(), _problems.Count);
        var root = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
        var open = new Stack<string>([folder]);
        while (open.TryPop(out var current))
        {
            try
            {
                foreach (var entry in new DirectoryInfo(current).EnumerateFileSystemInfos())
                {
                    var name =
                        $"{root}/{Path.GetRelativePath(folder, entry.FullName).Replace(Path.DirectorySeparatorChar, '/')}";
                    if (entry.Name.StartsWith('.')) skipped.Add(new(name, "names that start with a dot"));
                    else if (entry is DirectoryInfo { LinkTarget: null }) open.Push(entry.FullName);
                    else if (entry is DirectoryInfo) skipped.Add(new(name, "linked folders, which are not followed"));
                    else if (!extensions.Contains(Path.GetExtension(TextName(entry.Name)),
                        StringComparer.OrdinalIgnoreCase))
                        skipped.Add(new(name, $"files whose names end in none of {Endings}"));
                    else if (Fault(entry.FullName, entry.LinkTarget is null ? null : within) is not { } fault)
                    {
                        found++;
                        Add(name, entry.FullName);
                    }
                    else if (fault.Kind is { } kind) skipped.Add(new(name, kind));
                    else _problems.Add($"{entry.FullName}: {fault.Problem}");
                }
            }
            catch (Exception error) when (error is UnauthorizedAccessException or IOException)
            {
                _problems.Add($"{current}: the folder cannot be read: {error.Message}");
            }
        }
        _skipped.AddRange(skipped.OrderBy(file => file.Name, StringComparer.Ordinal));
        if (found > 0 || _problems.Count > refused) return;
        var holds = skipped.Count > 0 ? string.Join("; ", SkippedFile.Describe(skipped)) : "nothing";
        _problems.Add($"{shown}: the folder holds no file to read for the corpus {kind}, which takes {Endings}. It "
            + $"holds: {holds}.");
    }

    private string Endings => string.Join(" ", extensions)
        + (holds == FileKind.Parquet ? "" : $" (or these and {string.Join(" or ", CompressedFile.Endings)})");

    /// <summary>The name is that of the text: compressing a file leaves the corpus what it was.</summary>
    private void Add(string name, string path)
    {
        var file = new FileInfo(path);
        _files.TryAdd(path, new(TextName(name), path, file.Length, file.LastWriteTimeUtc));
    }

    /// <summary>Why a file is no text.</summary>
    /// <param name="Problem">For a file that is named.</param>
    /// <param name="Kind">For files that are left out of a folder for it; null where it stops the preparation there
    /// too.</param>
    private sealed record TextFault(string Problem, string? Kind);

    private TextFault? Fault(string path, string? inside)
    {
        try
        {
            if (InputFile.WhyRefused(path, holds, inside) is { } refused)
                return new(refused, new FileInfo(InputFile.ResolveLinks(path)) is { Exists: true, Length: 0 }
                    ? "files that are empty, or pipes and devices" : null);
            using var stream = Open(path, holds);
            Span<byte> buffer = stackalloc byte[HeadBytes];
            var head = buffer[..stream.ReadAtLeast(buffer, HeadBytes, throwOnEndOfStream: false)];
            if (holds == FileKind.Parquet)
                return head.StartsWith("PAR1"u8) ? null
                    : new("the file is no Parquet: it does not begin with PAR1.", null);
            if (head.Contains((byte)0)) return DescribeZeroBytes(head);
            var whole = head.Length < HeadBytes;
            return whole && head.IndexOfAnyExcept(" \t\r\n\uFEFF"u8) < 0
                ? new("the file is empty: it holds white space alone.", "files of white space") : null;
        }
        catch (Exception error) when (IsReadError(error))
        {
            return new(Describe(path, error), null);
        }
    }

    /// <summary>
    /// In UTF-16 the zero bytes of the Latin letters, and of the spaces of every script, all stand on the same side of
    /// their pairs.
    /// </summary>
    private static TextFault DescribeZeroBytes(ReadOnlySpan<byte> head)
    {
        Span<int> zeros = [0, 0];
        for (var i = 0; i < head.Length; i++)
        {
            if (head[i] == 0) zeros[i % 2]++;
        }
        var isUtf16 = Math.Min(zeros[0], zeros[1]) == 0 && Math.Max(zeros[0], zeros[1]) >= head.Length / 20;
        return isUtf16
            ? new("the file holds zero bytes as UTF-16 does, but has no byte order mark: convert it to UTF-8.",
                "files of UTF-16 without a byte order mark, to be converted to UTF-8")
            : new("the file holds zero bytes, so it is binary.", "binary files, which hold zero bytes");
    }
}
