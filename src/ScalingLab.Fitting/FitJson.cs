using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScalingLab.Fitting;

/// <summary>The JSON form of a fit document.</summary>
internal static class FitJson
{
    // Number handling stays strict, so a NaN or an infinity would throw here and can never be written.
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Converters = { new JsonStringEnumConverter() },
    };

    public static string Write(FitDocument document) => JsonSerializer.Serialize(document, Options) + "\n";

    public static FitDocument Read(string json) =>
        JsonSerializer.Deserialize<FitDocument>(json, Options) ?? throw new JsonException("a fit document must be a JSON object");
}
