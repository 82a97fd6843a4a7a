using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ScalingLab.Reporting.Comparisons;

/// <summary>What two grids say differently, field by field.</summary>
internal static class GridDifference
{
    // What a sweep is called and asks is not what it is.
    private static readonly string[] Ignored = ["$schema", "name", "question"];

    private static readonly string[] Sections = ["data", "recipe", "worker"];

    private static readonly JsonSerializerOptions Plain =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Fields with a value of each, as JSON; an empty one: not given, so that its default holds.</summary>
    public static IReadOnlyList<(string Field, string A, string B)> Compare(JsonNode? a, JsonNode? b)
    {
        var (left, right) = (Fields(a), Fields(b));
        return
        [
            .. left.Keys.Union(right.Keys).Order(StringComparer.Ordinal)
                .Select(field => (field, left.GetValueOrDefault(field, ""), right.GetValueOrDefault(field, "")))
                .Where(f => f.Item2 != f.Item3),
        ];
    }

    private static Dictionary<string, string> Fields(JsonNode? grid)
    {
        var fields = new Dictionary<string, string>();
        foreach (var (name, value) in grid as JsonObject ?? [])
        {
            if (Ignored.Contains(name)) continue;
            if (Sections.Contains(name) && value is JsonObject section)
                foreach (var (inner, own) in section) fields[$"{name}.{inner}"] = Text(own);
            else fields[name] = Text(value);
        }

        return fields;
    }

    private static string Text(JsonNode? value) => Plainly(value)?.ToJsonString(Plain) ?? "null";

    // 1e11 and 100000000000.0 are one number, and the order of fields says nothing.
    private static JsonNode? Plainly(JsonNode? value) => value switch
    {
        JsonObject fields =>
            new JsonObject(
                fields.OrderBy(f => f.Key, StringComparer.Ordinal)
                .Select(f => KeyValuePair.Create(f.Key, Plainly(f.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Plainly)]),
        JsonValue number
            when number.GetValueKind() == JsonValueKind.Number => JsonValue.Create(number.GetValue<double>()),
        _ => value?.DeepClone(),
    };
}
