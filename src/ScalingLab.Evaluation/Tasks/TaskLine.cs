using System.Globalization;
using System.Text.Json;
using ScalingLab.Runs;

namespace ScalingLab.Evaluation.Tasks;

/// <summary>
/// An object of a task file with its place. What is wrong with a field goes onto the file's one list of problems and
/// the read gives null, so that a single reading finds every problem.
/// </summary>
internal sealed class TaskLine(JsonElement element, string place, List<Problem> problems)
{
    public IEnumerable<string> Names => element.EnumerateObject().Select(p => p.Name);

    public void AddProblem(string text) => problems.Add(new Problem(place, text));

    public bool Has(string name) => element.TryGetProperty(name, out _);

    /// <summary>The field's text.</summary>
    /// <param name="name">The field.</param>
    /// <param name="mayBeEmpty">Whether it may be white space alone.</param>
    public string? Text(string name, bool mayBeEmpty = false) =>
        Field(name) is { } field ? TextOf(field, $"the field '{name}'", mayBeEmpty) : null;

    /// <summary>The texts of an array, none of them empty.</summary>
    /// <param name="name">The field.</param>
    /// <param name="least">So many at least.</param>
    public IReadOnlyList<string>? Texts(string name, int least)
    {
        if (Field(name) is not { } field) return null;
        if (field.ValueKind != JsonValueKind.Array || field.GetArrayLength() < least)
        {
            AddProblem($"the field '{name}' is {Describe(field)}; an array of {least} texts or more is expected");
            return null;
        }

        List<string> texts = [.. field.EnumerateArray().Select((item, i) =>
            TextOf(item, $"item {i} of the field '{name}'", mayBeEmpty: false)).OfType<string>()];
        return texts.Count == field.GetArrayLength() ? texts : null;
    }

    /// <summary>The object in the field.</summary>
    public TaskLine? Object(string name)
    {
        if (Field(name) is not { } field) return null;
        if (field.ValueKind == JsonValueKind.Object) return new TaskLine(field, $"{place} {name}", problems);
        AddProblem($"the field '{name}' is {Describe(field)}; an object is expected");
        return null;
    }

    /// <summary>A choice's number from 0, as a number or as text.</summary>
    /// <param name="name">The field.</param>
    /// <param name="count">How many choices there are; null where that could not be read.</param>
    public int? Choice(string name, int? count)
    {
        if (Field(name) is not { } field) return null;
        if (field.ValueKind is JsonValueKind.Number or JsonValueKind.String
            && int.TryParse(field.GetRawText().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture,
                out var number)
            && number < (count ?? int.MaxValue))
            return number;
        AddProblem($"the field '{name}' is {Describe(field)}; the number of "
            + $"{(count is { } known ? $"one of the {known} choices" : "a choice")} is expected, from 0");
        return null;
    }

    private JsonElement? Field(string name)
    {
        if (element.TryGetProperty(name, out var field)) return field;
        AddProblem($"has no field '{name}'");
        return null;
    }

    private string? TextOf(JsonElement field, string what, bool mayBeEmpty)
    {
        if (field.ValueKind != JsonValueKind.String)
        {
            AddProblem($"{what} is {Describe(field)}; text is expected");
            return null;
        }

        try
        {
            var text = field.GetString()!;
            if (mayBeEmpty || !string.IsNullOrWhiteSpace(text)) return text;
            AddProblem($"{what} is empty");
        }
        catch (InvalidOperationException)
        {
            AddProblem($"{what} holds half of a surrogate pair (\\ud800 to \\udfff), which is no character");
        }

        return null;
    }

    private static string Describe(JsonElement field) => field.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => $"an array of {field.GetArrayLength()}",
        JsonValueKind.String => "text",
        JsonValueKind.Null => "null",
        _ => field.GetRawText() is { Length: > 40 } raw ? raw[..40] : field.GetRawText(),
    };
}
