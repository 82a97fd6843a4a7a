using ScalingLab.Runs.Recipes;

namespace ScalingLab.Runs.Grids;

/// <summary>The rule files that a grid names.</summary>
internal static class GridFileRules
{
    /// <summary>
    /// Reads them. A rule file may lie outside the grid's folder, as results do: it holds numbers, and nothing else of
    /// it is ever shown.
    /// </summary>
    /// <param name="recipe">The recipe as read.</param>
    /// <param name="folder">Where relative paths begin.</param>
    /// <param name="problems">Takes what is wrong with a file, or that there is none.</param>
    public static IReadOnlyDictionary<string, RuleFile> Read(IReadOnlyList<GridAxis> recipe, string folder,
        List<Problem> problems)
    {
        var rules = new Dictionary<string, RuleFile>();
        foreach (var named in recipe.Where(a => a.Field == "sizeRule").SelectMany(a => a.Values).Select(v => v.Text)
            .Where(RuleFile.IsNamedBy))
        {
            var full = Path.GetFullPath(named, folder);
            if (!File.Exists(full))
            {
                problems.Add(new Problem("recipe.sizeRule", $"no rule file '{named}' (looked for "
                    + $"{full}); 'lab tune' writes one"));
                continue;
            }

            try
            {
                rules[named] = RuleFile.Read(full, named);
            }
            catch (InputException e)
            {
                problems.AddRange(e.Problems.Select(p => p with { Place = $"recipe.sizeRule, {p.Place}" }));
            }
        }

        return rules;
    }
}
