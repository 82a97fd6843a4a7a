using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ScalingLab.Reporting;

/// <summary>A spec as text to read and to compare: indented, but each row of data on one line.</summary>
internal static class SpecText
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(JsonObject spec)
    {
        var copy = spec.DeepClone().AsObject();
        var tables = new List<string>();
        TakeOut(copy, tables);
        var text = new StringBuilder(copy.ToJsonString(Indented)).Append('\n');
        // Backwards, so that no text of a row can be taken for a later table's place.
        for (var i = tables.Count - 1; i >= 0; i--) text.Replace($"\"values\": \"{Place(i)}\"", $"\"values\": {tables[i]}");
        return text.ToString();
    }

    // Rows stand in arrays of objects called "values"; axis ticks, also called so, are numbers.
    private static void TakeOut(JsonNode? node, List<string> tables)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array) TakeOut(item, tables);
        }
        else if (node is JsonObject fields)
        {
            foreach (var (name, value) in fields.ToList())
            {
                if (name == "values" && value is JsonArray { Count: > 0 } rows && rows.All(r => r is JsonObject))
                {
                    fields[name] = Place(tables.Count);
                    tables.Add($"[\n{string.Join(",\n", rows.Select(r => r!.ToJsonString(OneLine)))}\n]");
                }
                else
                {
                    TakeOut(value, tables);
                }
            }
        }
    }

    private static string Place(int number) => $"(the rows of table {number.ToString(CultureInfo.InvariantCulture)})";
}
