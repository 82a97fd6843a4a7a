using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScalingLab.Fitting.Documents;

/// <summary>The JSON form of a fit document.</summary>
internal static class FitJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Converters = { new JsonStringEnumConverter(), new FiniteNumber() },
    };

    public static string Write<T>(T document) => JsonSerializer.Serialize(document, Options) + "\n";

    public static FitDocument Read(string json) =>
        JsonSerializer.Deserialize<FitDocument>(json, Options)
        ?? throw new JsonException("a fit document must be a JSON object");
}

/// <summary>
/// A number, or null where it is none that JSON could write: an optimum beyond all numbers is no number to a reader
/// either.
/// </summary>
internal sealed class FiniteNumber : JsonConverter<double>
{
    public override bool HandleNull => true;

    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value))
            writer.WriteNumberValue(value);
        else
            writer.WriteNullValue();
    }
}
