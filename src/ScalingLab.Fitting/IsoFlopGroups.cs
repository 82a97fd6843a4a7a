namespace ScalingLab.Fitting;

/// <summary>The runs of one budget.</summary>
public sealed record IsoFlopGroup(double Flops, IReadOnlyList<LossObservation> Observations);

/// <summary>Sorts observations into budgets.</summary>
public static class IsoFlopGroups
{
    // Runs read off a figure, or stopped at whole steps, miss their budget by some per cent; neighbouring budgets are further apart than this.
    private const double SameBudget = 1.12;

    // A chain of near neighbours wider than this is a spread of compute and no budget.
    private const double WidestBudget = 1.6;

    /// <summary>
    /// By the planned budget where every observation has one, else by gaps in C: neighbours within 12 % belong together. A chain that so grows
    /// wider than a factor 1.6 is cut at tenths of a decade. Ascending in FLOPs.
    /// </summary>
    public static IReadOnlyList<IsoFlopGroup> Of(IReadOnlyList<LossObservation> observations)
    {
        ArgumentNullException.ThrowIfNull(observations);
        if (observations.All(one => one.BudgetFlops is not null))
        {
            return [.. observations.GroupBy(one => one.BudgetFlops!.Value).OrderBy(group => group.Key)
                .Select(group => new IsoFlopGroup(group.Key, [.. group]))];
        }

        return [.. Chains(observations.OrderBy(one => one.Flops)).SelectMany(Cut)
            .Select(chain => new IsoFlopGroup(Math.Exp(chain.Average(one => Math.Log(one.Flops))), chain))];
    }

    private static IEnumerable<List<LossObservation>> Chains(IEnumerable<LossObservation> ascending)
    {
        List<LossObservation> chain = [];
        foreach (var one in ascending)
        {
            if (chain.Count > 0 && one.Flops > chain[^1].Flops * SameBudget)
            {
                yield return chain;
                chain = [];
            }

            chain.Add(one);
        }

        if (chain.Count > 0)
            yield return chain;
    }

    private static IEnumerable<List<LossObservation>> Cut(List<LossObservation> chain) =>
        chain[^1].Flops <= chain[0].Flops * WidestBudget
            ? [chain]
            : chain.GroupBy(one => Math.Round(10 * Math.Log10(one.Flops))).Select(group => group.ToList());
}
