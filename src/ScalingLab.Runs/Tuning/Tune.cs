using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Parsing;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Runs.Tuning;

/// <summary>A tune, checked: a grid whose cells are (model, length), each with its candidates.</summary>
/// <param name="Grid">The grid.</param>
/// <param name="Options">How its cells are searched.</param>
/// <param name="Fields">What is tuned, in the order of the options.</param>
public sealed record Tune(Grid Grid, TuneOptions Options, IReadOnlyList<TuneField> Fields)
{
    /// <summary>The field that multiplies the size rule's learning rate.</summary>
    public const string RateScale = "learningRateScale";

    /// <summary>The field that multiplies the size rule's batch.</summary>
    public const string BatchScale = "batchScale";

    private static readonly FieldValue[] Factors = [.. new[] { 0.25, 0.5, 1, 2, 4 }.Select(FieldValue.FromNumber)];

    /// <summary>The recipe's fields that are held, those that the grid gives.</summary>
    public IReadOnlyList<RecipeChoice> Held =>
        [.. Grid.Recipe.Where(a => Fields.All(f => f.Name != a.Field))
            .Select(a => new RecipeChoice(a.Field, a.Values[0].Text))];

    /// <summary>The name of the rule that the factors are of.</summary>
    public string RelativeTo =>
        Grid.Recipe.FirstOrDefault(a => a.Field == "sizeRule")?.Values[0].Text ?? SizeRule.Auto.Name;

    /// <summary>Checks a grid for tuning.</summary>
    /// <exception cref="InputException">It cannot be tuned so: every problem.</exception>
    public static Tune Create(Grid grid, TuneOptions options)
    {
        List<Problem> problems = [.. options.Problems()];
        var fields = options.Fields.Distinct().Select(name => Field(grid, name, problems)).OfType<TuneField>().ToList();
        foreach (var axis in grid.Recipe.Where(a => a.Values.Count > 1 && !options.Fields.Contains(a.Field)))
        {
            problems.Add(new Problem(
                $"recipe.{axis.Field}",
                $"has {axis.Values.Count} values, but is not tuned; give one, or name it: --fields "
                    + $"{string.Join(',', options.Fields)},{axis.Field}"));
        }

        if (problems.Count == 0 && !fields.Exists(f => f.IsNumber))
            problems.Add(new Problem("--fields", $"of {string.Join(", ", options.Fields)} no law can be found; name one "
                + $"of {RateScale}, {BatchScale}, {string.Join(", ", RuleFile.OtherFields)} too"));
        Check(grid, options, problems);
        return problems.Count > 0 ? throw new InputException(problems) : new Tune(grid, options, fields);
    }

    private static void Check(Grid grid, TuneOptions options, List<Problem> problems)
    {
        var rivals = new[] { (RateScale, "learningRate"), (BatchScale, "batchTokens") };
        foreach (var (scale, given) in rivals)
        {
            if (options.Fields.Contains(scale) && grid.Recipe.Any(a => a.Field == given))
                problems.Add(new Problem($"recipe.{given}", $"is what the tune looks for; remove it, or leave {scale} "
                    + "out of --fields"));
        }

        if (grid.Recipe.Any(a => a.Field == "parametrisation"
            && a.Values.Any(v => v.Text == EnumNames.ToName(Parametrisation.Mup))))
            problems.Add(new Problem("recipe.parametrisation", "mup carries the rate of one width to the others, so a "
                + "law of N finds nothing; remove it"));
        if (grid.Data.UniqueTokens.Count > 1)
            problems.Add(new Problem("data.uniqueTokens", "is an axis of its own; a tune takes one value"));
        if (grid.Data.Packing.Count > 1)
            problems.Add(new Problem("data.packing", "is an axis of its own; a tune takes one value"));
        if (grid.Models.Select(m => ParameterCount.For(m.Shape).WithHead).Distinct().Count() < 2)
            problems.Add(new Problem("models", "gives one size; a law of N and D needs two at least, four for an "
                + "interval worth having"));
    }

    private static TuneField? Field(Grid grid, string name, List<Problem> problems)
    {
        if (RecipeField.Find(name) is null)
        {
            problems.Add(new Problem("--fields", $"unknown field "
                + $"'{name}'{NearestWord.Hint(name, [.. RecipeField.All.Select(f => f.Name)])}"));
            return null;
        }

        var given = grid.Recipe.FirstOrDefault(a => a.Field == name)?.Values;
        if (name is "learningRate" or "batchTokens" or "sizeRule" or "evaluationTokens" or "parametrisation"
            or "baseWidth")
        {
            problems.Add(new Problem("--fields", name switch
            {
                "learningRate" => $"learningRate follows the cell; name {RateScale}, its factor",
                "batchTokens" => $"batchTokens follows the cell; name {BatchScale}, its factor",
                _ => $"{name} is nothing to tune",
            }));
            return null;
        }

        var isNumber = name is RateScale or BatchScale || RuleFile.OtherFields.Contains(name);
        var values = given ?? (name is RateScale or BatchScale ? Factors : []);
        if (values.Count < (isNumber ? 3 : 2))
        {
            problems.Add(new Problem($"recipe.{name}", values.Count == 0
                ? $"is to be tuned, but the grid gives no values for it; give "
                    + $"{(isNumber ? "three or more" : "two or more")}"
                : $"has {values.Count} {(values.Count == 1 ? "value" : "values")}; a {(isNumber ? "minimum needs three" : "choice needs two")} at least"));
            return null;
        }

        if (isNumber && values.Any(v => !(v.Number > 0)))
        {
            problems.Add(new Problem($"recipe.{name}", "has a value that is not positive; a law in logarithms has no "
                + "place for it"));
            return null;
        }

        return new TuneField(name, isNumber, isNumber ? [.. values.OrderBy(v => v.Number)] : values);
    }
}
