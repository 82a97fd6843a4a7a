using System.Text;
using System.Text.Unicode;

namespace ScalingLab.Data;

/// <summary>Files and folders of UTF-8 text; a document is a file. A file that is named is read whatever its extension. A folder gives,
/// at any depth, its files that end in .txt, .text, .md, .markdown, .rst, .org, .tex or .adoc; names that start with a dot are
/// left out and linked folders are not followed.</summary>
public sealed record TextFiles(IReadOnlyList<string> Paths) : CorpusSource
{
    /// <summary>A string holds at most 2^30 UTF-16 units, so a larger file could not be one document.</summary>
    private const long MaxFileBytes = 1_000_000_000;

    private const int HeadBytes = 4096;

    private static readonly string[] Extensions = [".txt", ".text", ".md", ".markdown", ".rst", ".org", ".tex", ".adoc"];

    public override string Kind => "text";

    public override CorpusListing List()
    {
        var files = new Dictionary<string, CorpusFile>(StringComparer.Ordinal);
        var skipped = new List<SkippedFile>();
        var problems = new List<string>();
        if (Paths.Count == 0) problems.Add("The corpus text names no file or folder: name at least one.");
        foreach (var path in Paths)
        {
            var full = Path.GetFullPath(path);
            if (Directory.Exists(full)) AddFolder(path, full, files, skipped, problems);
            else if (!File.Exists(full)) problems.Add($"{path}: there is no such file or folder.");
            else if (Fault(full) is { } fault) problems.Add($"{path}: {fault}");
            else Add(Path.GetFileName(full), full, files);
        }
        if (problems.Count > 0) throw new DataException(problems);
        var ordered = files.Values.OrderBy(file => file.Name, StringComparer.Ordinal).ThenBy(file => file.Path, StringComparer.Ordinal);
        return new([.. ordered], skipped);
    }

    public override Corpus Read(CorpusListing listing, CancellationToken cancel)
    {
        var files = listing.Files.OrderBy(file => ContentHash.Number(file.Name)).ToList();
        return new(files.Select(file => ReadFile(file, cancel)), 0, listing.Skipped);
    }

    private static void AddFolder(
        string shown, string folder, Dictionary<string, CorpusFile> files, List<SkippedFile> skipped, List<string> problems)
    {
        var (found, others, blank) = (0, 0, new List<SkippedFile>());
        var open = new Stack<string>([folder]);
        while (open.TryPop(out var current))
        {
            try
            {
                foreach (var entry in new DirectoryInfo(current).EnumerateFileSystemInfos())
                {
                    if (entry.Name.StartsWith('.')) continue;
                    if (entry is DirectoryInfo inner)
                    {
                        if (inner.LinkTarget is null) open.Push(inner.FullName);
                    }
                    else if (!Extensions.Contains(entry.Extension, StringComparer.OrdinalIgnoreCase)) others++;
                    else if (Fault(entry.FullName) is not { } fault)
                    {
                        found++;
                        var inside = Path.GetRelativePath(folder, entry.FullName).Replace(Path.DirectorySeparatorChar, '/');
                        Add($"{Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}/{inside}", entry.FullName, files);
                    }
                    else if (fault.Skippable) blank.Add(new(entry.FullName, fault.Reason));
                    else problems.Add($"{entry.FullName}: {fault}");
                }
            }
            catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
            {
                problems.Add($"{current}: the folder cannot be read: {refused.Message}");
            }
        }
        if (others > 0) skipped.Add(new(folder, $"{others} files whose names end in none of {string.Join(" ", Extensions)}."));
        skipped.AddRange(blank.OrderBy(file => file.Path, StringComparer.Ordinal));
        if (found == 0)
            problems.Add($"{shown}: the folder holds no text to read (files with text, ending in {string.Join(" ", Extensions)}).");
    }

    private static void Add(string name, string path, Dictionary<string, CorpusFile> files)
    {
        var file = new FileInfo(path);
        files.TryAdd(path, new(name, path, file.Length, file.LastWriteTimeUtc));
    }

    /// <summary>Why a file is no text. Empty or binary, it is left out of a folder and said; unreadable, it stops.</summary>
    private sealed record TextFault(string Reason, bool Skippable)
    {
        public override string ToString() => Reason;
    }

    private static TextFault? Fault(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > MaxFileBytes)
                return new($"the file is larger than {MaxFileBytes / 1_000_000} MB: split it into files, a document each.", false);
            Span<byte> buffer = stackalloc byte[HeadBytes];
            var head = buffer[..stream.ReadAtLeast(buffer, HeadBytes, throwOnEndOfStream: false)];
            if (head.Contains((byte)0)) return new("the file holds zero bytes, so it is binary or UTF-16: convert it to UTF-8.", true);
            var whole = head.Length < HeadBytes;
            return whole && head.IndexOfAnyExcept(" \t\r\n\uFEFF"u8) < 0 ? new("the file is empty or white space.", true) : null;
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
        {
            return new($"the file cannot be read: {refused.Message}", false);
        }
    }

    private static Document ReadFile(CorpusFile file, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        try
        {
            var bytes = File.ReadAllBytes(file.Path).AsSpan();
            if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
            return new(file.Name, Encoding.UTF8.GetString(bytes)) { ReplacedSequences = InvalidSequences(bytes) };
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
        {
            throw new DataException($"{file.Path}: the file cannot be read: {refused.Message}", refused);
        }
    }

    /// <summary>Counts what the decoder replaces: each maximal invalid sequence once (Unicode 15, section 3.9).</summary>
    private static long InvalidSequences(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes)) return 0;
        long invalid = 0;
        while (bytes.Length > 0)
        {
            if (Rune.DecodeFromUtf8(bytes, out _, out var used) != System.Buffers.OperationStatus.Done) invalid++;
            bytes = bytes[used..];
        }
        return invalid;
    }
}
