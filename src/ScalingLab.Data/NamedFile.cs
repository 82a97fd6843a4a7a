namespace ScalingLab.Data;

/// <summary>A file that a person, or a grid from elsewhere, names: looked at before it is opened. Links are followed to their end in every part of the path,
/// so that none leads out of a folder unseen. Only a file with a length is opened: a pipe would wait for ever for a writer, a device may never end, and both
/// have none, as an empty file has.</summary>
public static class NamedFile
{
    private const int MostLinks = 40; // as Linux follows

    /// <summary>Why the file is not to be opened, without its name; null where it may be.</summary>
    /// <param name="path">The file, which is there.</param>
    /// <param name="mostBytes">The largest that makes sense for what it is to hold.</param>
    /// <param name="within">The folder that it must lie in when all links are resolved; null for anywhere.</param>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    public static string? Fault(string path, long mostBytes, string? within = null)
    {
        var file = new FileInfo(Real(path));
        if (within is not null && !IsInside(within, path))
            return $"a link leads to {file.FullName}, outside of {within}; put the file itself there, or allow it with --allow-paths.";
        if (!file.Exists) return $"the file cannot be read: a link leads to {file.FullName}, which is no file.";
        if (file.Length == 0) return "the file is empty, or no regular file but a pipe or a device.";
        return file.Length > mostBytes ? $"the file has {file.Length / 1_000_000:N0} MB; at most {mostBytes / 1_000_000:N0} MB are read." : null;
    }

    /// <summary>Opens the file for reading from its beginning to its end.</summary>
    /// <exception cref="IOException">It is refused, with <see cref="Fault"/>'s reason, or cannot be read.</exception>
    public static FileStream Open(string path, long mostBytes = long.MaxValue, string? within = null) => Fault(path, mostBytes, within) is { } fault
        ? throw new IOException(fault)
        : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16, FileOptions.SequentialScan);

    /// <summary>Whether a path lies in a folder, or is it, when the links in both are resolved.</summary>
    public static bool IsInside(string folder, string path)
    {
        var relative = Path.GetRelativePath(Real(folder), Real(path));
        return relative != ".." && !relative.StartsWith($"..{Path.DirectorySeparatorChar}", StringComparison.Ordinal) && !Path.IsPathRooted(relative);
    }

    /// <summary>The full path without links: every part of it is looked at. What is not there stays as it is named.</summary>
    /// <exception cref="IOException">The links go round in a circle.</exception>
    public static string Real(string path)
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
            if (++links > MostLinks) throw new IOException($"{path}: more than {MostLinks} links lead from one to the next.");
            var led = Path.GetFullPath(target, real);
            foreach (var inner in Parts(led).Reverse()) parts.Push(inner);
            real = Path.GetPathRoot(led)!;
        }
        return real;

        static string[] Parts(string full) => full[Path.GetPathRoot(full)!.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
    }
}
