using System.Globalization;
using System.Text.Json;

namespace ScalingLab.Runs;

/// <summary>A range of numbers that make sense for a field.</summary>
internal readonly record struct GridFileRange(double Least, double Most, bool LeastIsIn = true)
{
    public static GridFileRange Positive(double most) => new(0, most, LeastIsIn: false);

    public bool Holds(double x) => double.IsFinite(x) && (LeastIsIn ? x >= Least : x > Least) && x <= Most;

    public override string ToString() => $"{(LeastIsIn ? "from" : "above")} {Say(Least)} to {Say(Most)}";

    private static string Say(double x) => x >= 1e6 && Math.Log10(x) is var digits && digits == Math.Round(digits)
        ? string.Create(CultureInfo.InvariantCulture, $"1e{digits}")
        : x.ToString("G", CultureInfo.InvariantCulture);
}

/// <summary>
/// One value of a grid file with its path. What is wrong with it goes onto the file's one list of problems and the read gives null,
/// so that a single reading finds every problem.
/// </summary>
internal sealed class GridFileValue(JsonElement element, string path, List<Problem> problems)
{
    /// <summary>What a list is taken up to, unless told otherwise.</summary>
    public const int MaxItems = 100_000;

    public string Path => path;

    public JsonValueKind Kind => element.ValueKind;

    /// <summary>Whether an array has no items.</summary>
    public bool IsEmpty => element.GetArrayLength() == 0;

    public void Wrong(string text) => problems.Add(new Problem(path.Length == 0 ? "the grid" : path, text));

    /// <summary>The fields of an object; unknown and repeated ones are problems. Null when it is no object.</summary>
    public IReadOnlyDictionary<string, GridFileValue>? Fields(IReadOnlyList<string> known)
    {
        if (Kind != JsonValueKind.Object)
        {
            Wrong($"is {Say()}; an object with the fields {string.Join(", ", known)} is expected");
            return null;
        }

        var fields = new Dictionary<string, GridFileValue>();
        foreach (var property in element.EnumerateObject())
        {
            var field = new GridFileValue(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}", problems);
            if (!known.Contains(property.Name))
                field.Wrong($"unknown field '{property.Name}'{GridFileNearest.Hint(property.Name, known)}");
            else if (!fields.TryAdd(property.Name, field))
                field.Wrong("is given twice; keep one");
        }

        return fields;
    }

    /// <summary>The items of an array that is not empty; a problem and none otherwise, or where there are more than <paramref name="most"/>.</summary>
    public IReadOnlyList<GridFileValue> Items(int most = MaxItems)
    {
        if (Kind != JsonValueKind.Array)
        {
            Wrong($"is {Say()}; an array is expected");
            return [];
        }

        var count = element.GetArrayLength();
        if (count == 0) Wrong("is empty; give at least one value");
        if (count > most)
        {
            Wrong(string.Create(CultureInfo.InvariantCulture, $"has {count:N0} values; at most {most:N0} are taken"));
            return [];
        }

        return [.. element.EnumerateArray().Select((item, i) => new GridFileValue(item, $"{path}[{i}]", problems))];
    }

    /// <summary>The items of an array, or the value alone.</summary>
    public IReadOnlyList<GridFileValue> OneOrMany() => Kind == JsonValueKind.Array ? Items() : [this];

    public string? Text()
    {
        if (Kind == JsonValueKind.String && !string.IsNullOrWhiteSpace(element.GetString())) return element.GetString();
        Wrong(Kind == JsonValueKind.String ? "is empty; give some text" : $"is {Say()}; text in quotes is expected");
        return null;
    }

    public string? Word(IReadOnlyList<string> known)
    {
        var word = Text();
        if (word is null || known.Contains(word)) return word;
        Wrong($"'{word}' is not known{GridFileNearest.Hint(word, known)}");
        return null;
    }

    public bool? Truth()
    {
        if (Kind is JsonValueKind.True or JsonValueKind.False) return Kind == JsonValueKind.True;
        Wrong($"is {Say()}; true or false is expected");
        return null;
    }

    public double? Number(GridFileRange range)
    {
        if (Kind != JsonValueKind.Number)
        {
            Wrong($"is {Say()}; a number {range} is expected");
            return null;
        }

        var x = element.GetDouble();
        if (range.Holds(x)) return x;
        Wrong($"is {element.GetRawText()}; a number {range} is expected");
        return null;
    }

    /// <summary>A whole number, also when written as 2e6.</summary>
    public long? Whole(long least, long most)
    {
        if (Number(new GridFileRange(least, most)) is not { } x) return null;
        if (x == Math.Floor(x)) return (long)x;
        Wrong($"is {element.GetRawText()}; a whole number is expected");
        return null;
    }

    private string Say() => Kind switch
    {
        JsonValueKind.String => $"the text \"{element.GetString()}\"",
        JsonValueKind.Number => $"the number {element.GetRawText()}",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        _ => element.GetRawText(),
    };
}
