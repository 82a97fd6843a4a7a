using System.Globalization;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Parsing;
using ScalingLab.Runs.Planning;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Runs.Grids;

/// <summary>A sweep, expanded: the cells in the order of the grid, each run once.</summary>
/// <param name="Name">The grid's name; the results' folder.</param>
/// <param name="Question">What the sweep asks, in the grid's words, for the report.</param>
/// <param name="Cells">The runs.</param>
public sealed record Sweep(string Name, string? Question, IReadOnlyList<SweepCell> Cells)
{
    /// <summary>
    /// How its runs stand to the size rules, for <see cref="Plan"/>; empty where the sweep was not made from a grid.
    /// </summary>
    internal IReadOnlyDictionary<RunId, RuleComparison> Rules { get; init; } = new Dictionary<RunId, RuleComparison>();
}

/// <summary>Expands a grid into runs: a pure function of the grid and of the data's identity and vocabulary.</summary>
public static class GridExpansion
{
    /// <summary>A grid with more cells is refused as a mistake.</summary>
    public const int MaxCells = JsonField.MaxItems;

    /// <summary>
    /// Every cell that is not excluded, by length, model, context, unique tokens, recipe and seed in the grid's order,
    /// each run once. Tokens are C / <see cref="FlopCount.PerToken"/> for an IsoFLOP budget; steps are tokens over the
    /// batch, rounded.
    /// </summary>
    /// <exception cref="InputException">A cell cannot be trained, an exclusion matches nothing, or nothing is left:
    /// every problem.</exception>
    public static Sweep Expand(Grid grid, DataIdentity data, int vocabulary)
    {
        var problems = new List<Problem>();
        var exclusions = new GridExclusionIndex(grid.Exclude);
        var cells = Cells(grid, data, vocabulary, exclusions, problems);
        if (problems.Count == 0) CheckExclusions(cells, exclusions, problems);
        if (problems.Count > 0) throw new InputException([.. problems.Distinct()]);
        var once = new Dictionary<RunId, RuleComparison>();
        var kept = cells.Where(c => once.TryAdd(c.Cell.Spec.Id, c.Rule)).Select(c => c.Cell).ToList();
        return new Sweep(grid.Name, grid.Question, kept) { Rules = once };
    }

    /// <summary>The cells that are kept, and their problems.</summary>
    internal static IReadOnlyList<GridCell> Cells(
        Grid grid, DataIdentity data, int vocabulary, GridExclusionIndex exclusions, List<Problem> problems)
    {
        var recipes = Recipes(grid.Recipe);
        var subsets = Subsets(grid.Data, data);
        string[] given = [.. grid.Recipe.Select(axis => axis.Field)];
        var count = (double)grid.Lengths.Count * grid.Models.Count * Math.Max(1, grid.Contexts.Count) * subsets.Count
            * recipes.Count * grid.Seeds.Count;
        if (count > MaxCells)
        {
            problems.Add(new Problem("the grid", string.Create(
                CultureInfo.InvariantCulture,
                $"has {count:N0} cells before exclusions; at most {MaxCells:N0} are taken")));
            return [];
        }

        var cells = new List<GridCell>();
        foreach (var length in grid.Lengths)
        foreach (var model in grid.Models)
        foreach (var context in grid.Contexts.Count > 0 ? grid.Contexts : [model.Shape.Context])
        foreach (var (text, ofText) in subsets)
        foreach (var (apply, varies) in recipes)
        foreach (var seed in grid.Seeds)
        {
            var draft = apply(new RecipeDraft
            {
                Shape = model.Shape with { Vocabulary = vocabulary, Context = context },
                RuleFiles = grid.RuleFiles,
                Teacher = grid.Teacher,
                HasTeacher = grid.DistillFrom is not null,
                Start = grid.Start,
                HasStart = grid.StartFrom is not null,
                GivenFields = given,
            });
            var label = new GridCellLabel(model, context, length, [.. ofText, .. varies]);
            var (cell, found) = GridCell.Create(label, draft, text, seed);
            if (exclusions.Excludes(cell)) continue;
            cells.Add(cell);
            problems.AddRange(found);
        }

        return cells;
    }

    /// <summary>
    /// An exclusion that has left no cell out, or all of them together that have left none, are a problem.
    /// </summary>
    internal static void CheckExclusions(IReadOnlyList<GridCell> kept, GridExclusionIndex exclusions,
        List<Problem> problems)
    {
        problems.AddRange(exclusions.Unmatched.Select(i => new Problem(
            $"exclude[{i}]",
            "matches no cell; mend or remove it (exclude=null on the command line leaves all of them out)")));
        if (kept.Count == 0) problems.Add(new Problem("exclude", "leaves no cell; remove some of it"));
    }

    /// <summary>
    /// The text, its subsets and how it is packed. The number of unique tokens labels a cell even where there is only
    /// one: results have it as a column, for the data-constrained law.</summary>
    private static List<(DataIdentity Data, IReadOnlyList<RecipeChoice> Varies)> Subsets(GridData grid,
        DataIdentity data)
    {
        List<(DataIdentity Data, IReadOnlyList<RecipeChoice> Varies)> subsets = grid.UniqueTokens.Count == 0
            ? [(data, [])]
            : [.. grid.UniqueTokens.Select(n => (data with { UniqueTokens = n },
                (IReadOnlyList<RecipeChoice>)[
                    new RecipeChoice("uniqueTokens", n.ToString(CultureInfo.InvariantCulture))]))];
        if (grid.Packing.Count == 0) return subsets;
        return
        [
            .. subsets.SelectMany(_ => grid.Packing, (subset, packing) => (
                subset.Data with { Packing = packing },
                grid.Packing.Count > 1
                    ? (IReadOnlyList<RecipeChoice>)[
                        .. subset.Varies, new RecipeChoice("packing", EnumNames.ToName(packing))]
                    : subset.Varies)),
        ];
    }

    /// <summary>
    /// Every combination of the recipe's axes, the last axis turning fastest: what it makes of a draft.
    /// </summary>
    private static List<(Func<RecipeDraft, RecipeDraft> Apply, IReadOnlyList<RecipeChoice> Varies)> Recipes(
        IReadOnlyList<GridAxis> axes)
    {
        List<(Func<RecipeDraft, RecipeDraft> Apply, IReadOnlyList<RecipeChoice> Varies)> recipes =
            [(draft => draft, [])];
        foreach (var axis in axes)
        {
            var field = RecipeField.Find(axis.Field)!;
            var wide = axis.Values.Count > 1;
            recipes =
            [
                .. recipes.SelectMany(_ => axis.Values, (recipe, value) => (
                    (Func<RecipeDraft, RecipeDraft>)(draft => field.Apply(recipe.Apply(draft), value)),
                    wide ? (IReadOnlyList<RecipeChoice>)[.. recipe.Varies, new RecipeChoice(axis.Field, value.Text)]
                    : recipe.Varies)),
            ];
        }

        return recipes;
    }
}
