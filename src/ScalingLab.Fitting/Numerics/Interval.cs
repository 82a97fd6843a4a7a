using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScalingLab.Fitting.Numerics;

/// <summary>A closed interval; in JSON the pair [low, high].</summary>
[JsonConverter(typeof(IntervalJson))]
public sealed record Interval(double Low, double High)
{
    [JsonIgnore]
    public double Width => High - Low;
}

/// <summary>Writes an interval as a pair.</summary>
internal sealed class IntervalJson : JsonConverter<Interval>
{
    public override Interval Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var pair = JsonSerializer.Deserialize<double[]>(ref reader, options);
        return pair is [var low, var high] ? new Interval(low, high)
            : throw new JsonException("an interval is a pair of numbers");
    }

    public override void Write(Utf8JsonWriter writer, Interval value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        JsonSerializer.Serialize(writer, value.Low, options);
        JsonSerializer.Serialize(writer, value.High, options);
        writer.WriteEndArray();
    }
}
