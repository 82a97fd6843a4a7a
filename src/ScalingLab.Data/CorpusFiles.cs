namespace ScalingLab.Data;

/// <summary>The files of a corpus that is given as files and folders. A file that is named is read whatever its extension. A folder gives, at
/// any depth, its files with one of the corpus's extensions; names that start with a dot are left out and linked folders are not followed.
/// Any file may be compressed by gzip: it then ends in .gz, behind its extension.</summary>
/// <param name="kind">The corpus's name, for messages.</param>
/// <param name="extensions">With their dots, in lower case.</param>
/// <param name="maxBytes">Largest plain file.</param>
internal sealed class CorpusFiles(string kind, IReadOnlyList<string> extensions, long maxBytes)
{
    private const int HeadBytes = 4096;
    private const string Gzip = ".gz";

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
            if (Directory.Exists(full)) AddFolder(path, full);
            else if (!File.Exists(full)) _problems.Add($"{path}: there is no such file or folder.");
            else if (Fault(full) is { } fault) _problems.Add($"{path}: {fault}");
            else Add(Path.GetFileName(full), full);
        }
        if (_problems.Count > 0) throw new DataException(_problems);
        var ordered = _files.Values.OrderBy(file => file.Name, StringComparer.Ordinal).ThenBy(file => file.Path, StringComparer.Ordinal);
        return new([.. ordered], _skipped);
    }

    /// <summary>Opens a file as the text it holds, uncompressed where its name ends in .gz.</summary>
    public static Stream Open(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16, FileOptions.SequentialScan);
        return IsGzip(path) ? new GzipText(file) : file;
    }

    /// <summary>Whether an error of reading is the file's or the machine's, to be told with the file's name.</summary>
    public static bool IsRefusal(Exception error) => error is UnauthorizedAccessException or IOException or InvalidDataException;

    /// <summary>Such an error in words.</summary>
    public static string Words(string path, Exception refused) => refused is InvalidDataException
        ? $"the file is damaged, or no gzip though its name ends in {Gzip}: {refused.Message}"
        : $"the file cannot be read: {refused.Message}{(IsGzip(path) ? $" ({Gzip})" : "")}";

    private static bool IsGzip(string path) => path.EndsWith(Gzip, StringComparison.OrdinalIgnoreCase);

    private static string WithoutGzip(string name) => IsGzip(name) ? name[..^Gzip.Length] : name;

    private void AddFolder(string shown, string folder)
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
                    else if (!extensions.Contains(Path.GetExtension(WithoutGzip(entry.Name)), StringComparer.OrdinalIgnoreCase)) others++;
                    else if (Fault(entry.FullName) is not { } fault)
                    {
                        found++;
                        var inside = Path.GetRelativePath(folder, entry.FullName).Replace(Path.DirectorySeparatorChar, '/');
                        Add($"{Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}/{inside}", entry.FullName);
                    }
                    else if (fault.Skippable) blank.Add(new(entry.FullName, fault.Reason));
                    else _problems.Add($"{entry.FullName}: {fault}");
                }
            }
            catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
            {
                _problems.Add($"{current}: the folder cannot be read: {refused.Message}");
            }
        }
        if (others > 0) _skipped.Add(new(folder, $"{others} files whose names end in none of {string.Join(" ", extensions)}, nor in these and {Gzip}."));
        _skipped.AddRange(blank.OrderBy(file => file.Path, StringComparer.Ordinal));
        if (found == 0)
            _problems.Add($"{shown}: the folder holds no text to read (files with text, ending in {string.Join(" ", extensions)}, or these and {Gzip}).");
    }

    /// <summary>The name is that of the text: compressing a file leaves the corpus what it was.</summary>
    private void Add(string name, string path)
    {
        var file = new FileInfo(path);
        _files.TryAdd(path, new(WithoutGzip(name), path, file.Length, file.LastWriteTimeUtc));
    }

    /// <summary>Why a file is no text. Empty or binary, it is left out of a folder and said; unreadable, it stops.</summary>
    private sealed record TextFault(string Reason, bool Skippable)
    {
        public override string ToString() => Reason;
    }

    private TextFault? Fault(string path)
    {
        try
        {
            if (new FileInfo(path).Length > maxBytes)
                return new($"the file is larger than {maxBytes / 1_000_000} MB: split it into files, a document each.", false);
            using var stream = Open(path);
            Span<byte> buffer = stackalloc byte[HeadBytes];
            var head = buffer[..stream.ReadAtLeast(buffer, HeadBytes, throwOnEndOfStream: false)];
            if (head.Contains((byte)0)) return new("the file holds zero bytes, so it is binary or UTF-16: convert it to UTF-8.", true);
            var whole = head.Length < HeadBytes;
            return whole && head.IndexOfAnyExcept(" \t\r\n\uFEFF"u8) < 0 ? new("the file is empty or white space.", true) : null;
        }
        catch (Exception refused) when (IsRefusal(refused))
        {
            return new(Words(path, refused), false);
        }
    }
}
