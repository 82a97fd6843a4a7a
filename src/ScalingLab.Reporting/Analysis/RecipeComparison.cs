using System.Globalization;
using ScalingLab.Fitting.Comparisons;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Analysis;

/// <summary>Two values of a recipe field, compared over the runs that agree in all else.</summary>
/// <param name="Field">The field, as in runs.csv.</param>
/// <param name="From">The value that is taken for the ordinary one: the grid's first.</param>
/// <param name="To">The other.</param>
/// <param name="Where">The other fields' values, where they are held; empty: over all of them.</param>
/// <param name="Difference">Loss of the other minus loss of the first, nats/token.</param>
internal sealed record RecipeContrast(string Field, string From, string To, string Where, PairedDifference Difference)
{
    /// <summary>
    /// How much compute the other is worth at equal loss; null where the runs have no two lengths or budgets over which
    /// loss falls.
    /// </summary>
    public ComputeMultiplier? Multiplier { get; init; }

    /// <summary>Seeds that the pairs have.</summary>
    public int Seeds { get; init; }

    /// <summary>
    /// The pair, first and other, without which the rest would be decided; null where the comparison is decided, or no
    /// single pair is in the way.</summary>
    public (RunRow From, RunRow To)? BlockingPair { get; init; }

    /// <summary>
    /// Further seeds that would decide it if mean and scatter stay as they are; null where it is decided, or nobody
    /// would train so many.
    /// </summary>
    public int? MoreSeeds => Difference.IsSure || Difference.PairsToDecide is not { } pairs ? null
        : Math.Max(1, (int)Math.Ceiling((pairs - Difference.Pairs) * (double)Seeds / Difference.Pairs));
}

/// <summary>The values of the learning rate that a recipe was given, seed by seed.</summary>
/// <param name="Recipe">The recipe without the learning rate.</param>
/// <param name="Chosen">How often each value was chosen.</param>
/// <param name="AtEdge">Whether the one chosen most often is the smallest or the largest tried, so that a better one
/// may lie beyond.</param>
internal sealed record TunedRecipe(string Recipe, IReadOnlyList<(string Value, int Times)> Chosen, bool AtEdge);

/// <summary>
/// Recipes compared by their losses, pair by pair: same model, length, seed and other fields. Where the sweep varies
/// the learning rate too, each recipe is compared at its own: for every seed the value with the lowest mean loss over
/// the other seeds, so that no run is both chosen by its loss and judged by it (cross-validation; Stone 1974).
/// </summary>
/// <param name="Contrasts">Every field that varies, each of its values against its first: over all runs, then, where
/// other fields vary, for each of their values apart.</param>
/// <param name="Tuning">The field that was tuned; null where none was.</param>
/// <param name="Tuned">What was chosen for each recipe; empty where nothing was tuned.</param>
internal sealed record RecipeComparison(IReadOnlyList<RecipeContrast> Contrasts, string? Tuning,
    IReadOnlyList<TunedRecipe> Tuned)
{
    /// <summary>The runs that were compared: completed, each recipe's at its own value of the tuned field.</summary>
    public IReadOnlyList<RunRow> Compared { get; private init; } = [];

    private static readonly string[] Tunable = ["learning_rate_scale", "learning_rate"];

    public static RecipeComparison Create(IReadOnlyList<RunRow> runs)
    {
        var fields = runs.SelectMany(r => r.Varies).GroupBy(v => v.Field)
            .Select(g => (Field: g.Key, Values: g.Select(v => v.Value).Distinct().ToList()))
            .Where(f => f.Values.Count > 1).ToList();
        var tuning = Tunable.FirstOrDefault(t => fields.Exists(f => f.Field == t));
        var places = new Places(RunLength.Among(runs), tuning);
        var judged = tuning is null
            ? [.. runs.Where(r => r is { State: RunState.Completed, LossValidation: not null })
                .Select(r => new ComparedRun(places.For(r), r, r.LossValidation!.Value))]
            : Tune(runs, tuning, places);
        var tried = fields.Find(f => f.Field == tuning).Values ?? [];
        return new RecipeComparison(
            [.. fields.Where(f => f.Field != tuning && f.Field != RunRow.UniqueTokensField)
                .SelectMany(f => f.Values.Skip(1).SelectMany(value => Compare(judged, f.Field, f.Values[0], value)))],
            tuning,
            tuning is null ? [] : Choices(judged, tuning, tried))
        {
            Compared = [.. judged.Select(j => j.Run)],
        };
    }

    private static IEnumerable<RecipeContrast> Compare(IReadOnlyList<ComparedRun> judged, string field, string from,
        string to)
    {
        var pairs = Pairs(judged, field, from, to);
        if (pairs.Count == 0) yield break;
        yield return Contrast(field, from, to, "", pairs);
        var apart = pairs.GroupBy(p => p.Place.Recipe).ToList();
        if (apart.Count < 2) yield break;
        foreach (var one in apart)
            yield return Contrast(field, from, to, one.Key.Replace("\n", ", ", StringComparison.Ordinal), [.. one]);
    }

    private static RecipeContrast Contrast(string field, string from, string to, string where,
        IReadOnlyList<Pair> pairs)
    {
        var differences = pairs.Select(p => p.To.Loss - p.From.Loss).ToList();
        return new RecipeContrast(field, from, to, where, PairedDifference.From(differences))
        {
            Multiplier = ComputeMultiplier.Estimate([.. pairs.Select(p =>
                new LossPair(p.Place.Recipe, p.Place.Seed, p.From.Run.Flops, p.From.Loss, p.To.Run.Flops, p.To.Loss))]),
            Seeds = pairs.Select(p => p.Place.Seed).Distinct().Count(),
            BlockingPair = PairedDifference.BlockingPair(differences) is { } at
                ? (pairs[at].From.Run, pairs[at].To.Run) : null,
        };
    }

    /// <summary>
    /// For each recipe, cell and seed the run at the learning rate that is best over the other seeds.
    /// </summary>
    private static List<ComparedRun> Tune(IReadOnlyList<RunRow> runs, string tuning, Places places)
    {
        var judged = new List<ComparedRun>();
        foreach (var recipe in runs.GroupBy(r => places.For(r) with { Seed = 0 }))
        {
            foreach (var seed in recipe.Select(r => r.Seed).Distinct())
            {
                // A value that failed for any other seed is none to recommend.
                var others = recipe.Where(r => r.Seed != seed).GroupBy(r => Value(r, tuning))
                    .Where(g => g.All(r => r is { State: RunState.Completed, LossValidation: not null })).ToList();
                if (others.Count == 0) continue;
                var best = others.MinBy(g => g.Average(r => r.LossValidation!.Value))!.Key;
                if (recipe.FirstOrDefault(r => r.Seed == seed && Value(r, tuning) == best) is
                    { LossValidation: { } loss } run)
                    judged.Add(new ComparedRun(places.For(run), run, loss));
            }
        }

        return judged;
    }

    private static List<Pair> Pairs(IReadOnlyList<ComparedRun> judged, string field, string from, string to)
    {
        var first = judged.Where(j => Value(j.Run, field) == from).ToDictionary(j => j.Place.Without(field));
        return [.. judged.Where(j => Value(j.Run, field) == to && first.ContainsKey(j.Place.Without(field)))
            .Select(j => new Pair(j.Place.Without(field), first[j.Place.Without(field)], j))];
    }

    private static List<TunedRecipe> Choices(IReadOnlyList<ComparedRun> judged, string tuning,
        IReadOnlyList<string> tried)
    {
        var byRate = tried.OrderBy(v => double.Parse(v, CultureInfo.InvariantCulture)).ToList();
        return [.. judged.GroupBy(j => j.Run.VariantWithout(tuning)).Select(g =>
        {
            var chosen = g.GroupBy(j => Value(j.Run, tuning)).OrderByDescending(v => v.Count())
                .Select(v => (v.Key, v.Count())).ToList();
            return new TunedRecipe(g.Key, chosen, chosen[0].Key == byRate[0] || chosen[0].Key == byRate[^1]);
        })];
    }

    /// <summary>The value of a varied field; empty where the run has none.</summary>
    public static string Value(RunRow run, string field) =>
        run.Varies.FirstOrDefault(v => v.Field == field)?.Value ?? "";

    private sealed record ComparedRun(RunPlace Place, RunRow Run, double Loss);

    private sealed record Pair(RunPlace Place, ComparedRun From, ComparedRun To);

    /// <summary>The places of the runs of a sweep, which the tuned field does not tell apart.</summary>
    private sealed class Places(Func<RunRow, RunLength> length, string? tuning)
    {
        public RunPlace For(RunRow run) => new(
            run.Model, run.Context, length(run), run.Seed,
            string.Join('\n', run.Varies.Where(v => v.Field != tuning).Select(v => $"{v.Field}={v.Value}")));
    }

    /// <summary>What two runs of a pair share.</summary>
    private sealed record RunPlace(string Model, int Context, RunLength Length, int Seed, string Recipe)
    {
        public RunPlace Without(string field) =>
            this with
            { Recipe =
                string.Join('\n',
                    Recipe.Split('\n').Where(v => !v.StartsWith(field + "=", StringComparison.Ordinal))) };
    }
}
