using System.Text.Json;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Runs.Recipes;

/// <summary>The recipe fields that a rule decides beside learning rate and batch.</summary>
internal static class RuleFields
{
    /// <summary>
    /// The draft with those that the grid gives neither itself nor by a rival (weightDecay for weightDecayTimescale). A
    /// value that the field cannot take, as a law far outside its region may give, is a problem.
    /// </summary>
    public static RecipeDraft Apply(SizeRule rule, RecipeDraft draft, double tokens, string model,
        List<Problem> problems)
    {
        foreach (var (name, value) in rule.Fields)
        {
            if (draft.GivenFields.Contains(name) || RecipeSection.ConflictsWith(name).Any(draft.GivenFields.Contains))
                continue;
            var (wrong, field) = (new List<Problem>(), RecipeField.Find(name)!);
            var json = JsonSerializer.SerializeToElement(value(draft.RateShape, tokens), Numbers);
            if (field.Read(new JsonField(json, name, wrong)) is { } choice) draft = field.Apply(draft, choice);
            problems.AddRange(wrong.Select(w => new Problem(
                "recipe.sizeRule",
                $"the rule {rule.Name} gives {model} a {name} that {w.Text}; give {name} yourself")));
        }

        return draft;
    }

    // A law may give no number at all: as text it is refused like any other value that the field cannot take.
    private static readonly JsonSerializerOptions Numbers = new()
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };
}
