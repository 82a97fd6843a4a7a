using System.Text.Json;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Runs.Recipes;

/// <summary>Fields of a grid's recipe as words of a command line: <c>mlp=swiglu</c>, <c>beta2=0.99</c>.</summary>
public static class RecipeArguments
{
    /// <summary>
    /// A shape and a recipe as the words change them; what they leave open is the optimizer's own or the recipe's
    /// default.
    /// </summary>
    /// <param name="shape">The shape.</param>
    /// <param name="batchSequences">Sequences in a batch.</param>
    /// <param name="steps">Steps of the run.</param>
    /// <param name="words">Field and value, in order.</param>
    /// <param name="place">What the words are called in a message.</param>
    /// <exception cref="InputException">Words that are none of a recipe: every one of them.</exception>
    public static (ModelShape Shape, TrainingRecipe Recipe) Apply(
        ModelShape shape, int batchSequences, long steps, IReadOnlyList<string> words, string place)
    {
        var problems = new List<Problem>();
        var draft = new RecipeDraft { Shape = shape };
        foreach (var word in words)
        {
            var parts = word.Split('=', 2);
            if (parts.Length != 2) problems.Add(new Problem(place, $"'{word}' is not FIELD=VALUE"));
            else if (RecipeField.Find(parts[0]) is { } field) draft = Read(field, parts[1]) is { } choice
                ? field.Apply(draft, choice) : draft;
            else problems.Add(new Problem(place, $"unknown field "
                + $"'{parts[0]}'{NearestWord.Hint(parts[0], [.. RecipeField.All.Select(f => f.Name)])}"));
        }

        if (problems.Count == 0)
            problems.AddRange(draft.Shape.Problems().Select(p => new Problem($"{place} {p.Field}", p.Problem)));
        if (problems.Count > 0) throw new InputException(problems);
        var recipe = draft.Base with { BatchSequences = batchSequences };
        return (draft.Shape,
            draft.Resolve(recipe, ruleRate: 1e-3, decayScale: 1, steps, (long)batchSequences * shape.Context));

        FieldValue? Read(RecipeField field, string text) =>
            field.Read(new JsonField(Json(text), $"{place} {field.Name}", problems));
    }

    private static JsonElement Json(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(text);
        }
    }
}
