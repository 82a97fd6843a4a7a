using ScalingLab.Reporting.Tables;

namespace ScalingLab.Reporting.Analysis;

/// <summary>
/// How long a run trains, as the grid gave it: by a budget, or by tokens. Tokens are rounded to whole steps, and steps
/// of different batches end at different tokens: lengths that differ by no more are one.
/// </summary>
/// <param name="BudgetFlops">The grid's budget; null where it gives tokens.</param>
/// <param name="Tokens">The fewest tokens of a run of this length; 0 where a budget gives them.</param>
internal sealed record RunLength(double? BudgetFlops, long Tokens)
{
    // Of 50 steps, half a step to either side.
    private const double Rounding = 1.02;

    /// <summary>The length of each of these runs.</summary>
    public static Func<RunRow, RunLength> Among(IReadOnlyList<RunRow> runs)
    {
        var given = runs.Where(r => r.BudgetFlops is null).ToList();
        var rounded = First(given);
        // A recipe has each length once: where two fall together, they are two lengths of a fine grid.
        var isFine = given.GroupBy(r => (r.Model, r.Context, r.Variant, r.Seed, rounded[r.Tokens]))
            .Any(g => g.Select(r => r.Tokens).Distinct().Count() > 1);
        return run => run.BudgetFlops is { } budget ? new RunLength(budget, 0)
            : new RunLength(null, isFine ? run.Tokens : rounded[run.Tokens]);
    }

    private static Dictionary<long, long> First(IEnumerable<RunRow> runs)
    {
        var first = new Dictionary<long, long>();
        long begin = 0;
        foreach (var tokens in runs.Select(r => r.Tokens).Distinct().Order())
        {
            if (tokens > begin * Rounding) begin = tokens;
            first[tokens] = begin;
        }

        return first;
    }
}
