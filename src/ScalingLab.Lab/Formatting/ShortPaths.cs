namespace ScalingLab.Lab.Formatting;

/// <summary>Short names for files in a table.</summary>
public static class ShortPaths
{
    /// <summary>
    /// Of each path its last parts, as many as tell it from the others: "a.txt", or "c/a.txt" and "d/a.txt". A path
    /// that stands there twice has one name.</summary>
    /// <param name="paths">Full paths.</param>
    public static IReadOnlyList<string> Shorten(IReadOnlyList<string> paths)
    {
        var parts = paths.Select(path => path.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
            .ToList();
        return [.. paths.Select((path, i) =>
            Enumerable.Range(1, parts[i].Length).Select(count => Tail(parts[i], count)).FirstOrDefault(
            tail => Enumerable.Range(0, paths.Count)
            .All(other => paths[other] == path || Tail(parts[other], tail.Split('/').Length) != tail)) ?? path)];
    }

    private static string Tail(string[] parts, int count) => string.Join('/', parts[^Math.Min(count, parts.Length)..]);
}
