using ScalingLab.Runs.Parsing;

namespace ScalingLab.Runs.Recipes;

/// <summary>The section of a grid or rule file that varies the recipe, read for all its problems.</summary>
internal static class RecipeSection
{
    /// <summary>The fields that may not be given beside that one.</summary>
    public static IEnumerable<string> ConflictsWith(string field) =>
        Rivals.Where(r => r.Kept.Name == field).Select(r => r.Other)
        .Concat(Rivals.Where(r => r.Other == field).Select(r => r.Kept.Name));

    private static IEnumerable<(RivalField Kept, string Other)> Rivals =>
        RecipeField.All.Where(f => f.Rival is not null).Select(f => (f.Rival!, f.Name));

    public static IReadOnlyList<GridAxis> Read(JsonField value)
    {
        if (value.Fields([.. RecipeField.All.Select(f => f.Name)]) is not { } fields) return [];
        foreach (var (kept, other) in Rivals)
        {
            if (fields.ContainsKey(kept.Name) && fields.TryGetValue(other, out var rival))
                rival.AddProblem($"{kept.Why}, but {kept.Name} is given; keep one of the two");
        }

        return [.. fields.Select(f => new GridAxis(f.Key, Distinct(f.Value, RecipeField.Find(f.Key)!.Read)))
            .Where(a => a.Values.Count > 0)];
    }

    /// <summary>The values of an axis; the same value twice is a problem.</summary>
    public static IReadOnlyList<T> Distinct<T>(JsonField value, Func<JsonField, T?> read)
        where T : struct => [.. Values(value, v => read(v) is { } x ? (object)x : null).Cast<T>()];

    /// <inheritdoc cref="Distinct{T}(JsonField, Func{JsonField, T?})"/>
    public static IReadOnlyList<T> Distinct<T>(JsonField value, Func<JsonField, T?> read)
        where T : class => [.. Values(value, read).Cast<T>()];

    private static List<object> Values(JsonField value, Func<JsonField, object?> read)
    {
        var values = new List<object>();
        var seen = new HashSet<object>();
        foreach (var item in value.OneOrMany())
        {
            if (read(item) is not { } x) continue;
            if (!seen.Add(x)) item.AddProblem("is given twice; keep one");
            else values.Add(x);
        }

        return values;
    }
}
