namespace ScalingLab.Data.Streams;

/// <summary>Files that are compressed by gzip or Zstandard, as the ending of their name says.</summary>
public static class CompressedFile
{
    /// <summary>The endings, with their dots.</summary>
    public static IReadOnlyList<string> Endings { get; } = [".gz", ".zst"];

    /// <summary>The ending that says so; null where the file is as it is.</summary>
    public static string? EndingOf(string path) =>
        Endings.FirstOrDefault(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>What a file holds, uncompressed as it is read; reading throws <see cref="InvalidDataException"/> where
    /// it is damaged.</summary>
    /// <param name="file">The file, at its beginning; disposed of with what is returned.</param>
    /// <param name="path">Its name.</param>
    public static Stream Uncompressed(Stream file, string path) => EndingOf(path) switch
    {
        ".gz" => new CheckedGzipStream(file),
        ".zst" => new CheckedZstdStream(file),
        _ => file,
    };
}
