using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Exchange;

/// <summary>
/// The hash of a model's files as this machine has read them: they need not be read again as long as each has the same
/// length and was not written since.
/// </summary>
internal static class ModelStamp
{
    /// <summary>The hash; null where the files that are there now were not read on this machine.</summary>
    /// <param name="state">The state folder.</param>
    /// <param name="files">The model's files.</param>
    public static string? Find(string state, IReadOnlyList<string> files)
    {
        try
        {
            var text = InputFile.OpenText(PlaceOf(state, files), FileKind.Prepared);
            var hash = text.Split('\n')[0];
            return text == TextOf(hash, files) ? hash : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Notes the hash; where that cannot be written the files are read again.</summary>
    public static void Leave(string state, IReadOnlyList<string> files, string hash)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(PlaceOf(state, files))!);
            File.WriteAllText(PlaceOf(state, files), TextOf(hash, files));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that only reads: as good as before.
        }
    }

    // The state folder may be shared, and another machine may have other files at the same path.
    private static string PlaceOf(string state, IReadOnlyList<string> files) => Path.Combine(state, "models", "checked",
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            string.Join('\n', [Environment.MachineName, .. files.Select(Path.GetFullPath)]))))[..16]);

    private static string TextOf(string hash, IReadOnlyList<string> files) => $"{hash}\n"
        + string.Concat(files.Select(file => string.Create(CultureInfo.InvariantCulture,
            $"{new FileInfo(file).Length} {File.GetLastWriteTimeUtc(file).Ticks}\n")));
}
