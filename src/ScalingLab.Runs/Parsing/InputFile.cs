using System.Globalization;

namespace ScalingLab.Runs.Parsing;

/// <summary>
/// The one door for files that a person, or a file from elsewhere, names: each is looked at before it is opened. Links
/// are followed to their end in every part of the path, so that none leads out of a folder unseen. Only a file with a
/// length is opened: a pipe would wait for ever for a writer, a device may never end, and both have none, as an empty
/// file has. No more is read than its <see cref="FileKind"/> allows, even of a file that grows meanwhile.
/// </summary>
public static class InputFile
{
    private const int MaxLinks = 40; // as Linux follows

    /// <summary>Reads what a person named.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What it is to hold.</param>
    /// <param name="read">Reads it from its beginning.</param>
    /// <param name="place">What the problem's place is called; the path unless given.</param>
    /// <exception cref="InputException">There is no such file, or it cannot or may not be read: why.</exception>
    public static T Read<T>(string path, FileKind kind, Func<Stream, T> read, string? place = null)
    {
        place ??= path;
        if (string.IsNullOrWhiteSpace(path))
            throw new InputException(place.Length > 0 ? place : "FILE", $"is empty; give {kind.What}");
        if (Directory.Exists(path)) throw new InputException(place, $"is a folder; give {kind.What}");
        try
        {
            using var file = Open(path, kind);
            return read(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException(place, "no such file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(place, $"cannot be read: {e.Message}");
        }
    }

    /// <summary>Reads what a person named as UTF-8, or by its byte order mark.</summary>
    /// <exception cref="InputException">There is no such file, or it cannot or may not be read: why.</exception>
    public static string ReadText(string path, FileKind kind, string? place = null) => Read(path, kind, Text, place);

    /// <summary>Reads all bytes of what a person named.</summary>
    /// <exception cref="InputException">There is no such file, or it cannot or may not be read: why.</exception>
    public static byte[] ReadBytes(string path, FileKind kind, string? place = null) => Read(path, kind, file =>
    {
        using var whole = new MemoryStream();
        file.CopyTo(whole);
        return whole.ToArray();
    }, place);

    /// <summary>Opens a file and reads it as UTF-8, or by its byte order mark.</summary>
    /// <exception cref="IOException">It is refused, with <see cref="WhyRefused"/>'s reason, or cannot be
    /// read.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not read it.</exception>
    public static string OpenText(string path, FileKind kind)
    {
        using var file = Open(path, kind);
        return Text(file);
    }

    /// <summary>Opens the file for reading from its beginning to its end.</summary>
    /// <exception cref="IOException">It is refused, with <see cref="WhyRefused"/>'s reason, or cannot be
    /// read.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not read it.</exception>
    public static FileStream Open(string path, FileKind kind) =>
        WhyRefused(path, kind) is { } fault ? throw new IOException(fault) : new BoundedFile(ResolveLinks(path), kind);

    /// <summary>Why the file is not to be opened, without its name; null where it may be.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What it is to hold.</param>
    /// <param name="within">The folder that it must lie in when all links are resolved; null for anywhere.</param>
    /// <exception cref="IOException">It is not there, or cannot be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not look at it.</exception>
    public static string? WhyRefused(string path, FileKind kind, string? within = null)
    {
        File.GetAttributes(path); // says what is not there, and what may not be looked at
        var file = new FileInfo(ResolveLinks(path));
        if (within is not null && !IsInside(within, path))
            return $"a link leads to {file.FullName}, outside of {within}; put the file itself there, or allow it with "
                + "--allow-paths.";
        if (Directory.Exists(file.FullName)) return "it is a folder.";
        if (!file.Exists) return $"a link leads to {file.FullName}, which is no file.";
        if (file.Length == 0) return "the file is empty, or no regular file but a pipe or a device.";
        return file.Length > kind.MaxBytes
            ? string.Create(CultureInfo.InvariantCulture, $"the file has {file.Length / 1e6:N0} MB, and {kind.What} at "
                + $"most {kind.MaxBytes / 1e6:N0} MB.")
            : null;
    }

    /// <summary>Whether there is anything of that name.</summary>
    /// <exception cref="InputException">The user may not look there, so that nobody can tell.</exception>
    public static bool IsThere(string path)
    {
        try
        {
            File.GetAttributes(path);
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputException(path, $"cannot be looked at: {e.Message}");
        }
    }

    /// <summary>Whether a path lies in a folder, or is it, when the links in both are resolved.</summary>
    public static bool IsInside(string folder, string path) =>
        RelativePath(ResolveLinks(folder), ResolveLinks(path)) is not null;

    /// <summary>
    /// A path as that folder would name it; null where it lies elsewhere. Links are taken as they are.
    /// </summary>
    public static string? RelativePath(string folder, string path)
    {
        var relative = Path.GetRelativePath(folder, path);
        var isOut = relative == ".."
            || relative.StartsWith($"..{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            || Path.IsPathRooted(relative);
        return isOut ? null : relative;
    }

    /// <summary>
    /// The full path without links: every part of it is looked at. What is not there stays as it is named.
    /// </summary>
    /// <exception cref="IOException">The links go round in a circle.</exception>
    public static string ResolveLinks(string path)
    {
        var links = 0;
        var full = Path.GetFullPath(path);
        var real = Path.GetPathRoot(full)!;
        var parts = new Stack<string>(Parts(full).Reverse());
        while (parts.TryPop(out var part))
        {
            var next = Path.Combine(real, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }
            if (++links > MaxLinks)
                throw new IOException($"{path}: more than {MaxLinks} links lead from one to the next.");
            var led = Path.GetFullPath(target, real);
            foreach (var inner in Parts(led).Reverse()) parts.Push(inner);
            real = Path.GetPathRoot(led)!;
        }
        return real;

        static string[] Parts(string full) => full[Path.GetPathRoot(full)!.Length..].Split(Path.DirectorySeparatorChar,
            StringSplitOptions.RemoveEmptyEntries);
    }

    private static string Text(Stream file)
    {
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }

    /// <summary>
    /// A file of which no more is read than its kind allows: one that grows, or whose length is a lie, ends there with
    /// an error.
    /// </summary>
    private sealed class BoundedFile(string path, FileKind kind)
        : FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16,
            FileOptions.SequentialScan)
    {
        public override int Read(byte[] buffer, int offset, int count) => Bounded(base.Read(buffer, offset, count));

        public override int Read(Span<byte> buffer) => Bounded(base.Read(buffer));

        public override int ReadByte() => Bounded(base.ReadByte());

        private int Bounded(int read) => Position <= kind.MaxBytes
            ? read
            : throw new IOException(string.Create(
                CultureInfo.InvariantCulture,
                $"the file grows beyond {kind.MaxBytes / 1e6:N0} MB, the most of {kind.What}."));
    }
}
