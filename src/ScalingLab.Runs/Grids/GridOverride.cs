using System.Globalization;
using System.Text.Json;
using ScalingLab.Runs.Parsing;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Runs.Grids;

/// <summary>
/// A value of a grid that a command line gives in place of the file's, as users of Hydra write it:
/// <c>recipe.positions=learned</c>, <c>seeds=1,2</c>, <c>models=[23m,31m]</c>, <c>lengths.0.flops=1e16</c>;
/// <c>lengths.flops=1e16,1e17</c> gives all lengths anew; <c>recipe.warmup=null</c> leaves the field out.
/// </summary>
/// <param name="Word">As typed.</param>
/// <param name="Path">Names of fields and indices of lists.</param>
/// <param name="Value">The value; JSON's null leaves the field out.</param>
internal sealed record GridOverride(string Word, IReadOnlyList<string> Path, JsonElement Value)
{
    // Whatever is typed there is text, commas too.
    private static readonly string[] Texts = ["$schema", "name", "question", "data.field", "data.column"];

    // Lists even of one.
    private static readonly string[] Lists = ["models", "exclude", "data.sources"];

    private static readonly string[] Fields =
    [
        .. GridFile.Sections,
        .. GridFileData.Fields.Select(f => $"data.{f}"), "data.tokenizer.kind", "data.tokenizer.vocabulary",
        .. RecipeField.All.Select(f => $"recipe.{f.Name}"),
        .. GridFileSections.WorkerFields.Select(f => $"worker.{f}"),
    ];

    /// <summary>The path in a grid's own notation: <c>lengths[0].flops</c>.</summary>
    public string Place =>
        string.Concat(Path.Select((step, i) => IsIndex(step) ? $"[{step}]" : i == 0 ? step : $".{step}"));

    /// <summary>Reads the words; those that are none, name no field or say one thing twice are problems.</summary>
    public static IReadOnlyList<GridOverride> Read(IReadOnlyList<string> words, List<Problem> problems)
    {
        var read = words.Select(word => Read(word, problems)).OfType<GridOverride>().ToList();
        foreach (var twice in read.GroupBy(o => o.Place).Where(g => g.Count() > 1))
            problems.Add(new Problem(twice.Key, $"is given {twice.Count()} times on the command line; keep one (a list "
                + $"is {twice.Key}=A,B)"));
        return read;
    }

    /// <summary>Whether a step of a path is a place in a list.</summary>
    public static bool IsIndex(string step) => step.Length > 0 && step.All(char.IsAsciiDigit);

    private static GridOverride? Read(string word, List<Problem> problems)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            problems.Add(new Problem(word, "is no FIELD=VALUE such as seeds=1,2 or recipe.positions=learned; one grid "
                + "is taken at a time"));
            return null;
        }

        var (field, text) = (word[..equals].Trim(), word[(equals + 1)..].Trim());
        string[] path = field.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal)
            .Split('.');
        if (!GridFile.Sections.Contains(path[0]) || path.Any(step => step.Length == 0))
        {
            problems.Add(new Problem(field, $"unknown field '{field}'{Nearest(path)}"));
            return null;
        }

        if (text.Length == 0)
        {
            problems.Add(new Problem(field, $"has no value after '='; {field}=null leaves the field out"));
            return null;
        }

        return Parse(text, field, problems) is { } value ? new GridOverride(word, path, value) : null;
    }

    /// <summary>
    /// The field that was probably meant: by its own name where it stands alone, as <c>positions</c> for
    /// <c>recipe.positions</c>.
    /// </summary>
    private static string Nearest(string[] path)
    {
        if (path.Length > 1) return NearestWord.Hint(path[0], GridFile.Sections);
        var field = Fields.MinBy(f => NearestWord.Distance(path[0], f.Split('.')[^1]))!;
        return NearestWord.IsNear(path[0], field.Split('.')[^1]) ? $" (did you mean '{field}'?)"
            : NearestWord.Hint(path[0], GridFile.Sections);
    }

    private static JsonElement? Parse(string text, string field, List<Problem> problems)
    {
        if (text == "null") return JsonElement.Parse("null");
        if (Texts.Contains(field)) return text[0] == '"' && Json(text) is { ValueKind: JsonValueKind.String } quoted
            ? quoted : TextOf(text);
        var value = Json(text)
            ?? (Items(text) is { } items ? ListOf(items, field, problems) : One(text, field, problems));
        return value is { } one && Lists.Contains(field) && one.ValueKind != JsonValueKind.Array ? Array([one]) : value;
    }

    /// <summary>The items of a list in brackets, or bare with commas; null where the text is none.</summary>
    private static List<string>? Items(string text)
    {
        var bracketed = text[0] == '[' && text[^1] == ']';
        var parts = Split(bracketed ? text[1..^1] : text);
        return bracketed || parts?.Count > 1 ? parts : null;
    }

    private static JsonElement? ListOf(List<string> items, string field, List<Problem> problems)
    {
        var values = items.ConvertAll(item => One(item, field, problems));
        return values.TrueForAll(v => v is not null) ? Array(values.Select(v => v!.Value)) : null;
    }

    private static JsonElement? One(string text, string field, List<Problem> problems)
    {
        if (Json(text) is { } json) return json;
        if (text.Length > 0 && text[0] is not ('[' or '{' or '"')) return Number(text) ?? TextOf(text);
        var problem = new Problem(field, text.Length == 0
            ? "has an empty item in its list"
            : $"'{text}' is no JSON; a shell takes its quotes away unless the whole word stands in '...': "
                + $"'{field}={{\"key\": 1}}'");
        if (!problems.Contains(problem)) problems.Add(problem);
        return null;
    }

    // ".5" and "+3" are no JSON, but what people type.
    private static JsonElement? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && double.IsFinite(number)
            ? JsonSerializer.SerializeToElement(number) : null;

    private static JsonElement TextOf(string text) => JsonSerializer.SerializeToElement(text);

    private static JsonElement Array(IEnumerable<JsonElement> items) => JsonSerializer.SerializeToElement(items);

    private static JsonElement? Json(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// Parts between the commas that stand in no brackets and no quotes; null where those do not end.
    /// </summary>
    private static List<string>? Split(string text)
    {
        var (parts, start, depth, quoted) = (new List<string>(), 0, 0, false);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"' && (i == 0 || text[i - 1] != '\\')) quoted = !quoted;
            if (quoted) continue;
            depth += text[i] switch { '[' or '{' => 1, ']' or '}' => -1, _ => 0 };
            if (text[i] != ',' || depth != 0) continue;
            parts.Add(text[start..i].Trim());
            start = i + 1;
        }

        parts.Add(text[start..].Trim());
        return depth == 0 && !quoted ? parts : null;
    }
}
