using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Reporting.Tuning;

/// <summary>tune.json: what was tuned, and the fit of each recipe with every number in full, snake_case.</summary>
internal static class TuneFile
{
    public const string Name = "tune.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Write(string name, TuneMetadata about, IReadOnlyList<RecipeTune> recipes)
    {
        var tune = JsonSerializer.SerializeToNode(about, Json)!.AsObject();
        tune.Insert(0, "name", name);
        var fits =
            new JsonArray(
                [.. recipes.Select(r =>
                    new JsonObject { ["recipe"] = r.Name, ["fit"] = JsonNode.Parse(r.Fit.ToJson()) })]);
        return new JsonObject { ["tune"] = tune, ["recipes"] = fits }.ToJsonString(Json) + "\n";
    }

    /// <summary>What an earlier tune.json says about the tune; nothing where there is none.</summary>
    /// <exception cref="InputException">The file is not such a document.</exception>
    public static TuneMetadata ReadAbout(string path)
    {
        if (!InputFile.IsThere(path)) return new TuneMetadata();
        try
        {
            return JsonNode.Parse(InputFile.ReadText(path, FileKind.Fit))?["tune"] is { } tune
                ? tune.Deserialize<TuneMetadata>(Json)! : new TuneMetadata();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException(path, $"is no tune ({e.Message}); remove it, and it is made anew");
        }
    }
}
