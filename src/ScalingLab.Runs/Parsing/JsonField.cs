using System.Globalization;
using System.Text.Json;

namespace ScalingLab.Runs.Parsing;

/// <summary>A range of numbers that make sense for a field.</summary>
internal readonly record struct NumberRange(double Min, double Max, bool IncludesMin = true)
{
    public static NumberRange Positive(double most) => new(0, most, IncludesMin: false);

    public bool Contains(double x) => double.IsFinite(x) && (IncludesMin ? x >= Min : x > Min) && x <= Max;

    public override string ToString() => $"{(IncludesMin ? "from" : "above")} {Format(Min)} to {Format(Max)}";

    private static string Format(double x) => x >= 1e6 && Math.Log10(x) is var digits && digits == Math.Round(digits)
        ? string.Create(CultureInfo.InvariantCulture, $"1e{digits}")
        : x.ToString("G", CultureInfo.InvariantCulture);
}

/// <summary>
/// One value of a grid file with its path. What is wrong with it goes onto the file's one list of problems and the read
/// gives null, so that a single reading finds every problem.
/// </summary>
internal sealed class JsonField(JsonElement element, string path, List<Problem> problems)
{
    /// <summary>What a list is taken up to, unless told otherwise.</summary>
    public const int MaxItems = 100_000;

    public string Path => path;

    public JsonValueKind Kind => element.ValueKind;

    /// <summary>Whether an array has no items.</summary>
    public bool IsEmpty => element.GetArrayLength() == 0;

    public void AddProblem(string text) => problems.Add(new Problem(path.Length == 0 ? "the grid" : path, text));

    /// <summary>The fields of an object; unknown and repeated ones are problems. Null when it is no object.</summary>
    public IReadOnlyDictionary<string, JsonField>? Fields(IReadOnlyList<string> known)
    {
        if (Kind != JsonValueKind.Object)
        {
            AddProblem($"is {Describe()}; an object with the fields {string.Join(", ", known)} is expected");
            return null;
        }

        var fields = new Dictionary<string, JsonField>();
        foreach (var property in element.EnumerateObject())
        {
            var field =
                new JsonField(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}", problems);
            if (!known.Contains(property.Name))
                field.AddProblem($"unknown field '{property.Name}'{NearestWord.Hint(property.Name, known)}");
            else if (!fields.TryAdd(property.Name, field))
                field.AddProblem("is given twice; keep one");
        }

        return fields;
    }

    /// <summary>
    /// The items of an array that is not empty; a problem and none otherwise, or where there are more than
    /// <paramref name="most"/>.
    /// </summary>
    public IReadOnlyList<JsonField> Items(int most = MaxItems)
    {
        if (Kind != JsonValueKind.Array)
        {
            AddProblem($"is {Describe()}; an array is expected");
            return [];
        }

        var count = element.GetArrayLength();
        if (count == 0) AddProblem("is empty; give at least one value");
        if (count > most)
        {
            AddProblem(string.Create(CultureInfo.InvariantCulture, $"has {count:N0} values; at most "
                + $"{most:N0} are taken"));
            return [];
        }

        return [.. element.EnumerateArray().Select((item, i) => new JsonField(item, $"{path}[{i}]", problems))];
    }

    /// <summary>The items of an array, or the value alone.</summary>
    public IReadOnlyList<JsonField> OneOrMany() => Kind == JsonValueKind.Array ? Items() : [this];

    public string? Text()
    {
        if (Kind == JsonValueKind.String && !string.IsNullOrWhiteSpace(element.GetString())) return element.GetString();
        AddProblem(Kind == JsonValueKind.String ? "is empty; give some text"
            : $"is {Describe()}; text in quotes is expected");
        return null;
    }

    public bool Is(string text) => Kind == JsonValueKind.String && element.GetString() == text;

    public string? OneOf(IReadOnlyList<string> known)
    {
        var word = Text();
        if (word is null || known.Contains(word)) return word;
        AddProblem($"'{word}' is not known{NearestWord.Hint(word, known)}");
        return null;
    }

    public bool? Boolean()
    {
        if (Kind is JsonValueKind.True or JsonValueKind.False) return Kind == JsonValueKind.True;
        AddProblem($"is {Describe()}; true or false is expected");
        return null;
    }

    public double? Number(NumberRange range)
    {
        if (Kind != JsonValueKind.Number)
        {
            AddProblem($"is {Describe()}; a number {range} is expected");
            return null;
        }

        var x = element.GetDouble();
        if (range.Contains(x)) return x;
        AddProblem($"is {element.GetRawText()}; a number {range} is expected");
        return null;
    }

    /// <summary>A whole number, also when written as 2e6.</summary>
    public long? Integer(long least, long most)
    {
        if (Number(new NumberRange(least, most)) is not { } x) return null;
        if (x == Math.Floor(x)) return (long)x;
        AddProblem($"is {element.GetRawText()}; a whole number is expected");
        return null;
    }

    private string Describe() => Kind switch
    {
        JsonValueKind.String => $"the text \"{element.GetString()}\"",
        JsonValueKind.Number => $"the number {element.GetRawText()}",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        _ => element.GetRawText(),
    };
}
