using System.Text.Json;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Surveys;

/// <summary>
/// How far a stage of a preparation has come, as JSON: always whole, and on disk after what it speaks of.
/// </summary>
internal static class StageFile
{
    /// <summary>The folder of what only an unfinished preparation needs.</summary>
    public const string Folder = "unfinished";

    /// <summary>Ends the names of files that a stage can go on from.</summary>
    public const string Ending = ".stage.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    public static void Write<T>(string path, T state)
    {
        var partial = path + ".partial";
        using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, state, Json);
            file.Flush(flushToDisk: true);
        }
        File.Move(partial, path, overwrite: true);
    }

    /// <summary>What was written last; null where there is nothing, or nothing whole.</summary>
    public static T? Read<T>(string path) where T : class
    {
        try
        {
            return File.Exists(path)
                ? JsonSerializer.Deserialize<T>(InputFile.OpenText(path, FileKind.Prepared), Json) : null;
        }
        catch (Exception damaged) when (damaged is JsonException or IOException)
        {
            return null;
        }
    }
}
