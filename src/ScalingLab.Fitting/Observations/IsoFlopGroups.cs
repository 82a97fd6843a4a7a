namespace ScalingLab.Fitting.Observations;

/// <summary>The runs of one budget.</summary>
public sealed record IsoFlopGroup(double Flops, IReadOnlyList<LossObservation> Observations)
{
    public int DistinctSizes => Observations.Select(one => one.Parameters).Distinct().Count();
}

/// <summary>Sorts observations into budgets.</summary>
public static class IsoFlopGroups
{
    // Runs read off a figure, or stopped at whole steps, miss their budget by some per cent.
    private const double WidestBudget = 1.3;

    /// <summary>
    /// By the planned budget where every observation has one; else compute is divided at its widest gaps until no part
    /// spans more than a factor of 1.3, and only parts with at least three distinct sizes count as budgets. Ascending
    /// in FLOPs; Others has the rest.
    /// </summary>
    public static (IReadOnlyList<IsoFlopGroup> Budgets, IReadOnlyList<LossObservation> Others) Split(
        IReadOnlyList<LossObservation> observations)
    {
        ArgumentNullException.ThrowIfNull(observations);
        if (observations.All(one => one.BudgetFlops is not null))
        {
            return ([.. observations.GroupBy(one => one.BudgetFlops!.Value).OrderBy(group => group.Key)
                .Select(group => new IsoFlopGroup(group.Key, [.. group]))], []);
        }

        List<IsoFlopGroup> parts =
            [.. GapSplitter.Divide([.. observations.OrderBy(one => one.Flops)], one => one.Flops, WidestBudget)
            .Select(part => new IsoFlopGroup(Math.Exp(part.Average(one => Math.Log(one.Flops))), part))];
        return (
            [.. parts.Where(part => part.DistinctSizes >= 3)],
            [.. parts.Where(part => part.DistinctSizes < 3).SelectMany(part => part.Observations)]);
    }
}
