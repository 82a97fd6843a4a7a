using System.Globalization;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Shards;

/// <summary>
/// That this machine has read a token file whole and found it to fit its checksum: workers need not read it again, run
/// after run, as long as it has the same length and was not written since.
/// </summary>
internal static class ShardStamp
{
    /// <summary>Whether the file that is there now was checked on this machine.</summary>
    /// <param name="path">The token file.</param>
    /// <param name="tokensHash">The checksum that its header has.</param>
    public static bool Holds(string path, string tokensHash)
    {
        try
        {
            return InputFile.OpenText(PlaceOf(path), FileKind.Prepared) == TextOf(path, tokensHash);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Notes that the file was checked; where that cannot be written it is checked again.</summary>
    public static void Leave(string path, string tokensHash)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(PlaceOf(path))!);
            File.WriteAllText(PlaceOf(path), TextOf(path, tokensHash));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that only reads: as good as before.
        }
    }

    // A folder may be shared, and each machine reads it over a way of its own.
    private static string PlaceOf(string path) =>
        Path.Combine(Path.GetDirectoryName(path)!, "checked", $"{Path.GetFileName(path)}.{Environment.MachineName}");

    private static string TextOf(string path, string tokensHash) => string.Create(CultureInfo.InvariantCulture,
        $"{tokensHash} {new FileInfo(path).Length} {File.GetLastWriteTimeUtc(path).Ticks}\n");
}
