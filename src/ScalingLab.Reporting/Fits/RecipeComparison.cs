using System.Globalization;
using ScalingLab.Fitting;
using ScalingLab.Runs;

namespace ScalingLab.Reporting;

/// <summary>Two values of a recipe field, compared over the runs that agree in all else.</summary>
/// <param name="Field">The field, as in runs.csv.</param>
/// <param name="From">The value that is taken for the ordinary one: the grid's first.</param>
/// <param name="To">The other.</param>
/// <param name="Where">The other fields' values, where they are held; empty: over all of them.</param>
/// <param name="Difference">Loss of the other minus loss of the first, nats/token.</param>
internal sealed record RecipeContrast(string Field, string From, string To, string Where, PairedDifference Difference);

/// <summary>The values of the learning rate that a recipe was given, seed by seed.</summary>
/// <param name="Recipe">The recipe without the learning rate.</param>
/// <param name="Chosen">How often each value was chosen.</param>
/// <param name="AtEdge">Whether the one chosen most often is the smallest or the largest tried, so that a better one may lie beyond.</param>
internal sealed record TunedRecipe(string Recipe, IReadOnlyList<(string Value, int Times)> Chosen, bool AtEdge);

/// <summary>
/// Recipes compared by their losses, pair by pair: same model, length, seed and other fields. Where the sweep varies the learning rate too, each recipe is
/// compared at its own: for every seed the value with the lowest mean loss over the other seeds, so that no run is both chosen by its loss and judged
/// by it (cross-validation; Stone 1974).
/// </summary>
/// <param name="Contrasts">Every field that varies, each of its values against its first: over all runs, then, where other fields vary, for each of
/// their values apart.</param>
/// <param name="Tuning">The field that was tuned; null where none was.</param>
/// <param name="Tuned">What was chosen for each recipe; empty where nothing was tuned.</param>
internal sealed record RecipeComparison(IReadOnlyList<RecipeContrast> Contrasts, string? Tuning, IReadOnlyList<TunedRecipe> Tuned)
{
    private static readonly string[] Tunable = ["learning_rate_scale", "learning_rate"];

    public static RecipeComparison Of(IReadOnlyList<RunRow> runs)
    {
        var fields = runs.SelectMany(r => r.Varies).GroupBy(v => v.Field)
            .Select(g => (Field: g.Key, Values: g.Select(v => v.Value).Distinct().ToList())).Where(f => f.Values.Count > 1).ToList();
        var tuning = Tunable.FirstOrDefault(t => fields.Exists(f => f.Field == t));
        var judged = tuning is null
            ? [.. runs.Where(r => r is { State: RunState.Completed, LossValidation: not null })
                .Select(r => new Judged(Place(r, null), r, r.LossValidation!.Value))]
            : Tune(runs, tuning);
        var tried = fields.Find(f => f.Field == tuning).Values ?? [];
        return new RecipeComparison(
            [.. fields.Where(f => f.Field != tuning).SelectMany(f => f.Values.Skip(1).SelectMany(value => Compare(judged, f.Field, f.Values[0], value)))],
            tuning,
            tuning is null ? [] : Choices(judged, tuning, tried));
    }

    private static IEnumerable<RecipeContrast> Compare(IReadOnlyList<Judged> judged, string field, string from, string to)
    {
        var pairs = Pairs(judged, field, from, to);
        if (pairs.Count == 0) yield break;
        yield return new RecipeContrast(field, from, to, "", PairedDifference.Of([.. pairs.Select(p => p.Difference)]));
        var apart = pairs.GroupBy(p => p.Place.Recipe).ToList();
        if (apart.Count < 2) yield break;
        foreach (var one in apart)
            yield return new RecipeContrast(field, from, to, one.Key.Replace("\n", ", ", StringComparison.Ordinal),
                PairedDifference.Of([.. one.Select(p => p.Difference)]));
    }

    /// <summary>For each recipe, cell and seed the run at the learning rate that is best over the other seeds.</summary>
    private static List<Judged> Tune(IReadOnlyList<RunRow> runs, string tuning)
    {
        var judged = new List<Judged>();
        foreach (var recipe in runs.GroupBy(r => Place(r, tuning) with { Seed = 0 }))
        {
            foreach (var seed in recipe.Select(r => r.Seed).Distinct())
            {
                // A value that failed for any other seed is none to recommend.
                var others = recipe.Where(r => r.Seed != seed).GroupBy(r => Value(r, tuning))
                    .Where(g => g.All(r => r is { State: RunState.Completed, LossValidation: not null })).ToList();
                if (others.Count == 0) continue;
                var best = others.MinBy(g => g.Average(r => r.LossValidation!.Value))!.Key;
                if (recipe.FirstOrDefault(r => r.Seed == seed && Value(r, tuning) == best) is { LossValidation: { } loss } run)
                    judged.Add(new Judged(Place(run, tuning), run, loss));
            }
        }

        return judged;
    }

    private static List<(RunPlace Place, double Difference)> Pairs(IReadOnlyList<Judged> judged, string field, string from, string to)
    {
        var first = judged.Where(j => Value(j.Run, field) == from).ToDictionary(j => j.Place.Without(field), j => j.Loss);
        return [.. judged.Where(j => Value(j.Run, field) == to && first.ContainsKey(j.Place.Without(field)))
            .Select(j => (j.Place.Without(field), j.Loss - first[j.Place.Without(field)]))];
    }

    private static List<TunedRecipe> Choices(IReadOnlyList<Judged> judged, string tuning, IReadOnlyList<string> tried)
    {
        var byRate = tried.OrderBy(v => double.Parse(v, CultureInfo.InvariantCulture)).ToList();
        return [.. judged.GroupBy(j => j.Run.VariantWithout(tuning)).Select(g =>
        {
            var chosen = g.GroupBy(j => Value(j.Run, tuning)).OrderByDescending(v => v.Count()).Select(v => (v.Key, v.Count())).ToList();
            return new TunedRecipe(g.Key, chosen, chosen[0].Key == byRate[0] || chosen[0].Key == byRate[^1]);
        })];
    }

    /// <summary>The value of a varied field; empty where the run has none.</summary>
    public static string Value(RunRow run, string field) => run.Varies.FirstOrDefault(v => v.Field == field)?.Value ?? "";

    private static RunPlace Place(RunRow run, string? tuning) => new(
        run.Model, run.Context, run.BudgetFlops, run.BudgetFlops is null ? run.Tokens : 0, run.Seed,
        string.Join('\n', run.Varies.Where(v => v.Field != tuning).Select(v => $"{v.Field}={v.Value}")));

    private sealed record Judged(RunPlace Place, RunRow Run, double Loss);

    /// <summary>What two runs of a pair share.</summary>
    private sealed record RunPlace(string Model, int Context, double? BudgetFlops, long Tokens, int Seed, string Recipe)
    {
        public RunPlace Without(string field) =>
            this with { Recipe = string.Join('\n', Recipe.Split('\n').Where(v => !v.StartsWith(field + "=", StringComparison.Ordinal))) };
    }
}
