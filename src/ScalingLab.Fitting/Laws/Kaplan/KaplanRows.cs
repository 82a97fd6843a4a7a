using ScalingLab.Fitting.Observations;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Laws.Kaplan;

/// <summary>Rows for a law of one variable, and which they are in words.</summary>
internal sealed record ChosenRows(string From, IReadOnlyList<LossObservation> Rows)
{
    /// <summary>How far D ranges over them, as a factor.</summary>
    public double TokensSpread => Rows.Count == 0 ? 1 : Rows.Max(one => one.Tokens) / Rows.Min(one => one.Tokens);
}

/// <summary>Which rows Kaplan et al.'s laws of one variable are taken from.</summary>
internal static class KaplanRows
{
    // Sizes read off a figure differ by some per cent where they are the same.
    private const double SameSize = 1.05;

    // Lengths of whole steps differ by a little where they are meant to be the same.
    private const double SameLength = 1.02;

    private const int LeastLengths = 4;

    /// <summary>The most-trained runs of each size (replicates together).</summary>
    public static ChosenRows MostTrained(IReadOnlyList<LossObservation> observations) => new(
        "the most-trained run of each model size",
        [.. Groups(observations, one => one.Parameters, SameSize)
            .SelectMany(size => size.Max(one => one.Tokens) is var most
                ? size.Where(one => one.Tokens * SameLength >= most) : [])]);

    /// <summary>
    /// The largest size with at least four different numbers of tokens (or the most that any size has).
    /// </summary>
    public static ChosenRows LargestAdequate(IReadOnlyList<LossObservation> observations)
    {
        var sizes = Groups(observations, one => one.Parameters, SameSize)
            .Select(size => (Runs: size, Lengths: Groups(size, one => one.Tokens, SameLength).Count())).ToList();
        if (sizes.Count == 0)
            return new ChosenRows("the largest model size with enough different numbers of tokens", []);
        var enough = Math.Min(LeastLengths, sizes.Max(size => size.Lengths));
        var chosen = sizes.Last(size => size.Lengths >= enough).Runs;
        return new ChosenRows(
            Invariant(
                $"the largest model size with at least {enough} different numbers of tokens, N = {chosen.Average(one => one.Parameters):0.###e0}"),
            chosen);
    }

    /// <summary>
    /// The lowest loss of each budget; where three budgets do not hold nearly all runs, the runs that no cheaper run
    /// beats.
    /// </summary>
    public static ChosenRows LowestOfBudget(IReadOnlyList<LossObservation> observations)
    {
        var (budgets, others) = IsoFlopGroups.Split(observations);
        // A grid of sizes and lengths has budgets by chance, a few runs in each.
        if (budgets.Count >= 3 && budgets.Count < observations.Count && others.Count < 0.2 * observations.Count)
            return new ChosenRows("the lowest loss of each budget",
                [.. budgets.Select(budget => budget.Observations.MinBy(one => one.Loss)!)]);
        var frontier = new List<LossObservation>();
        foreach (var one in observations.OrderBy(one => one.Flops).ThenBy(one => one.Loss))
        {
            if (frontier.Count == 0 || one.Loss < frontier[^1].Loss)
                frontier.Add(one);
        }

        return new ChosenRows("the runs that no cheaper run beats (there are fewer than three budgets, or many runs "
            + "belong to none)", frontier);
    }

    /// <summary>Ascending groups whose values lie within a factor, divided at the widest gaps.</summary>
    public static IEnumerable<List<LossObservation>> Groups(
        IReadOnlyList<LossObservation> observations, Func<LossObservation, double> value, double width) =>
        GapSplitter.Divide([.. observations.OrderBy(value)], value, width);
}
