using System.Globalization;
using System.Text.Json;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Runs.Grids;

/// <summary>Puts the values of a command line into a grid's JSON; everything else of it stays as it is.</summary>
internal static class GridOverrides
{
    /// <summary>
    /// The JSON with each override in place, in their order. An override whose place is not there is a problem and
    /// changes nothing.
    /// </summary>
    public static JsonElement Apply(JsonElement root, IReadOnlyList<GridOverride> overrides, List<Problem> problems)
    {
        foreach (var one in overrides) root = Apply(root, one, problems);
        return root;
    }

    private static JsonElement Apply(JsonElement root, GridOverride one, List<Problem> problems)
    {
        if (root.ValueKind == JsonValueKind.Object && one.Path is ["lengths", var kind] && !GridOverride.IsIndex(kind))
            one = one with { Path = ["lengths"], Value = Lengths(kind, one.Value) };
        if (Obstacle(root, one) is { } problem)
        {
            problems.Add(new Problem(one.Place, problem));
            return root;
        }

        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream)) Write(writer, root, one, 0);
        return JsonElement.Parse(stream.ToArray());
    }

    /// <summary><c>lengths.flops=1e16,1e17</c>: one length a value.</summary>
    private static JsonElement Lengths(string kind, JsonElement value)
    {
        IEnumerable<JsonElement> values = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [value];
        return JsonSerializer.SerializeToElement(
            values.Select(v => new Dictionary<string, JsonElement> { [kind] = v }));
    }

    /// <summary>
    /// Why the path leads nowhere; null where it leads to a value, or to a field that can be added to an object.
    /// </summary>
    private static string? Obstacle(JsonElement root, GridOverride one)
    {
        var here = root;
        for (var i = 0; i < one.Path.Count; i++)
        {
            var (step, leavesOut) = (one.Path[i], one.Value.ValueKind == JsonValueKind.Null);
            switch (here.ValueKind)
            {
                case JsonValueKind.Array:
                    var count = here.GetArrayLength();
                    if (!int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                        || index >= count)
                        return $"the list has the places 0 to {count - 1}, and no '{step}'";
                    here = here[index];
                    break;
                case JsonValueKind.Object when here.TryGetProperty(step, out var inner):
                    here = inner;
                    break;
                case JsonValueKind.Object:
                    if (leavesOut) return "is not in the grid, so that it cannot be left out"
                        + NearestWord.Hint(step, [.. here.EnumerateObject().Select(p => p.Name)]);
                    return one.Path.Skip(i).Any(GridOverride.IsIndex)
                        ? "names a place in a list that is not in the grid; give the whole list" : null;
                default:
                    return $"'{step}' cannot be put into {here.GetRawText()}, which is neither an object nor a list";
            }
        }

        return null;
    }

    private static void Write(Utf8JsonWriter writer, JsonElement? here, GridOverride one, int depth)
    {
        if (depth == one.Path.Count)
        {
            one.Value.WriteTo(writer);
            return;
        }

        var (step, leavesOut) =
            (one.Path[depth], depth == one.Path.Count - 1 && one.Value.ValueKind == JsonValueKind.Null);
        if (here is { ValueKind: JsonValueKind.Array } list)
        {
            writer.WriteStartArray();
            foreach (var (i, item) in list.EnumerateArray().Index())
            {
                if (i != int.Parse(step, CultureInfo.InvariantCulture)) item.WriteTo(writer);
                else if (!leavesOut) Write(writer, item, one, depth + 1);
            }

            writer.WriteEndArray();
            return;
        }

        var found = false;
        writer.WriteStartObject();
        foreach (var property in here?.EnumerateObject().AsEnumerable() ?? [])
        {
            var isIt = property.NameEquals(step);
            found |= isIt;
            if (isIt && leavesOut) continue;
            writer.WritePropertyName(property.Name);
            if (isIt) Write(writer, property.Value, one, depth + 1);
            else property.Value.WriteTo(writer);
        }

        if (!found)
        {
            writer.WritePropertyName(step);
            Write(writer, null, one, depth + 1);
        }

        writer.WriteEndObject();
    }
}
