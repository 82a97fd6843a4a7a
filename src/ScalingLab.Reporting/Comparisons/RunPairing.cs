using ScalingLab.Fitting.Comparisons;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;

namespace ScalingLab.Reporting.Comparisons;

/// <summary>
/// What two sweeps have of one cell: shape, length, the fields that both vary, and a seed unless means over the seeds
/// are paired.
/// </summary>
/// <param name="A">A run of the first; of several seeds any of them.</param>
/// <param name="B">The same of the second.</param>
/// <param name="LossA">Loss, or mean loss over the seeds, nats/token.</param>
/// <param name="LossB">The same of the second.</param>
/// <param name="Seeds">The seed, or the seeds of both.</param>
internal sealed record RunPair(RunRow A, RunRow B, double LossA, double LossB, string Seeds)
{
    /// <summary>The loss of the second less that of the first, nats/token.</summary>
    public double Difference => LossB - LossA;
}

/// <summary>Pairs of one recipe of each sweep, told by the fields that one of them varies alone.</summary>
internal sealed record PairedRecipes(string OfA, string OfB, IReadOnlyList<RunPair> Pairs)
{
    /// <summary>Mean difference with its interval over the pairs.</summary>
    public PairedDifference Difference { get; } = PairedDifference.From([.. Pairs.Select(p => p.Difference)]);
}

/// <summary>The runs of two sweeps matched with one another.</summary>
/// <param name="Recipes">Pairs by recipe; empty: nothing matches.</param>
/// <param name="SameRuns">Runs that both sweeps have, by their names: a difference of theirs would be 0 and say
/// nothing, so they are in no pair.</param>
/// <param name="IsOverSeeds">Whether means over the seeds are paired: no seed is in both.</param>
internal sealed record RunPairing(IReadOnlyList<PairedRecipes> Recipes, int SameRuns, bool IsOverSeeds)
{
    // Tokens are rounded to whole steps, of 50 half a step to either side.
    private const double Rounding = 1.02;

    public static RunPairing Create(IReadOnlyList<RunRow> a, IReadOnlyList<RunRow> b)
    {
        var same = a.Select(r => r.RunId).Intersect(b.Select(r => r.RunId)).ToHashSet();
        IReadOnlyList<RunRow> others(IReadOnlyList<RunRow> runs) => [.. runs.Where(r => !same.Contains(r.RunId))];
        var (left, right) = (others(a), others(b));
        var shared = Varied(a).Intersect(Varied(b)).ToHashSet();
        var bySeed = Match(left, right, shared, isOverSeeds: false);
        return bySeed.Count > 0 ? new RunPairing(bySeed, same.Count, false)
            : new RunPairing(Match(left, right, shared, isOverSeeds: true), same.Count, true);
    }

    private static IEnumerable<string> Varied(IReadOnlyList<RunRow> runs) =>
        runs.SelectMany(r => r.Varies).GroupBy(v => v.Field).Where(g => g.Select(v => v.Value).Distinct().Count() > 1)
        .Select(g => g.Key);

    private static List<PairedRecipes> Match(IReadOnlyList<RunRow> a, IReadOnlyList<RunRow> b, HashSet<string> shared,
        bool isOverSeeds)
    {
        var right = b.GroupBy(r => Own(r, shared)).Select(g => (Own: g.Key, Cells: Cells([.. g], shared, isOverSeeds)))
            .ToList();
        return
        [
            .. from recipe in a.GroupBy(r => Own(r, shared))
               let cells = Cells([.. recipe], shared, isOverSeeds)
               from other in right
               let pairs = Pairs(cells, other.Cells).ToList()
               where pairs.Count > 0
               select new PairedRecipes(recipe.Key, other.Own, pairs),
        ];
    }

    // Each run of the first with the run of the second of the same cell whose length is nearest, if that is the same
    // but for rounding.
    private static IEnumerable<RunPair> Pairs(ILookup<string, Cell> a, ILookup<string, Cell> b)
    {
        foreach (var cell in a.SelectMany(group => group))
        {
            if (b[cell.Key].Where(other => IsSameLength(cell.Run, other.Run))
                .MinBy(other => Ratio(cell.Run, other.Run)) is not { } match) continue;
            yield return new RunPair(cell.Run, match.Run, cell.Loss, match.Loss, cell.Seeds == match.Seeds ? cell.Seeds
                : $"{cell.Seeds} / {match.Seeds}");
        }
    }

    private static ILookup<string, Cell> Cells(IReadOnlyList<RunRow> runs, HashSet<string> shared, bool isOverSeeds)
    {
        string Key(RunRow r) =>
            FormattableString.Invariant(
                $"{r.Layers} {r.Width} {r.Heads} {r.Vocabulary} {r.Context} {(isOverSeeds ? 0 : r.Seed)} ")
            + string.Join(' ',
                r.Varies.Where(v => shared.Contains(v.Field)).OrderBy(v => v.Field, StringComparer.Ordinal)
                .Select(v => $"{v.Field}={v.Value}"));
        return runs.GroupBy(r => (Key: Key(r), r.BudgetFlops, r.Tokens)).Select(g => new Cell(
            g.Key.Key, g.First(), g.Average(r => r.LossValidation!.Value),
            string.Join(", ", g.Select(r => r.Seed).Order().Select(s => ReportText.Whole(s)))))
            .ToLookup(c => c.Key);
    }

    private static string Own(RunRow run, HashSet<string> shared) =>
        string.Join(", ", run.Varies.Where(v => !shared.Contains(v.Field))
        .Select(v => $"{v.Field}={v.Value}"));

    private static bool IsSameLength(RunRow a, RunRow b) => Ratio(a, b) < Rounding
        || (a.BudgetFlops is { } one && b.BudgetFlops is { } other && Math.Abs(one / other - 1) < 1e-6);

    private static double Ratio(RunRow a, RunRow b) =>
        Math.Max((double)a.Tokens / b.Tokens, (double)b.Tokens / a.Tokens);

    private sealed record Cell(string Key, RunRow Run, double Loss, string Seeds);
}
