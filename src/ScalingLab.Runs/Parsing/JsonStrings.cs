using System.Text.Json;

namespace ScalingLab.Runs.Parsing;

/// <summary>
/// The texts and names of a grid's JSON, before anything of it is used: JSON can spell what is no text.
/// </summary>
internal static class JsonStrings
{
    /// <summary>
    /// Adds a problem for every text or name with half of a surrogate pair (<c>"\ud800"</c>) or a NUL character.
    /// </summary>
    /// <param name="element">What is looked through.</param>
    /// <param name="path">Its place in the file.</param>
    /// <param name="problems">Takes what is found.</param>
    public static void Check(JsonElement element, string path, List<Problem> problems)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    if (CheckText(() => property.Name, path, problems) is { } name)
                        Check(property.Value, path.Length == 0 ? name : $"{path}.{name}", problems);
                }

                break;
            case JsonValueKind.Array:
                foreach (var (i, item) in element.EnumerateArray().Index()) Check(item, $"{path}[{i}]", problems);
                break;
            case JsonValueKind.String:
                CheckText(() => element.GetString()!, path, problems);
                break;
        }
    }

    private static string? CheckText(Func<string> read, string path, List<Problem> problems)
    {
        var place = path.Length == 0 ? "the grid" : path;
        try
        {
            var text = read();
            if (!text.Contains('\0', StringComparison.Ordinal)) return text;
            problems.Add(
                new Problem(place, "holds a NUL character (\\u0000), which no name, word or path has; remove it"));
        }
        catch (InvalidOperationException)
        {
            problems.Add(new Problem(place, "holds half of a character (a lone surrogate such as \\ud800); write the "
                + "character itself"));
        }

        return null;
    }
}
