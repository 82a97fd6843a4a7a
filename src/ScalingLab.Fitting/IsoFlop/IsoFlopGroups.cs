namespace ScalingLab.Fitting;

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
    /// By the planned budget where every observation has one; else compute is divided at its widest gaps until no part spans more than a
    /// factor of 1.3, and only parts with at least three distinct sizes count as budgets. Ascending in FLOPs; Others has the rest.
    /// </summary>
    public static (IReadOnlyList<IsoFlopGroup> Budgets, IReadOnlyList<LossObservation> Others) Of(
        IReadOnlyList<LossObservation> observations)
    {
        ArgumentNullException.ThrowIfNull(observations);
        if (observations.All(one => one.BudgetFlops is not null))
        {
            return ([.. observations.GroupBy(one => one.BudgetFlops!.Value).OrderBy(group => group.Key)
                .Select(group => new IsoFlopGroup(group.Key, [.. group]))], []);
        }

        List<IsoFlopGroup> parts = [.. Divide([.. observations.OrderBy(one => one.Flops)])
            .Select(part => new IsoFlopGroup(Math.Exp(part.Average(one => Math.Log(one.Flops))), part))];
        return (
            [.. parts.Where(part => part.DistinctSizes >= 3)],
            [.. parts.Where(part => part.DistinctSizes < 3).SelectMany(part => part.Observations)]);
    }

    // A tree of the gaps, the widest on top (Vuillemin 1980), divides fifty thousand rows at once, whichever gap is the widest in turn.
    private static IEnumerable<List<LossObservation>> Divide(List<LossObservation> ascending)
    {
        if (ascending.Count == 0)
            yield break;
        var (left, right, path) = (new int[ascending.Count], new int[ascending.Count], new Stack<int>());
        for (var gap = 1; gap < ascending.Count; gap++)
        {
            while (path.TryPeek(out var before) && Width(before) < Width(gap))
                left[gap] = path.Pop();
            if (path.TryPeek(out var above))
                right[above] = gap;
            path.Push(gap);
        }

        var rest = new Stack<(int From, int To, int Widest)>([(0, ascending.Count, path.LastOrDefault())]);
        while (rest.TryPop(out var part))
        {
            if (ascending[part.To - 1].Flops <= ascending[part.From].Flops * WidestBudget)
            {
                yield return ascending[part.From..part.To];
                continue;
            }

            rest.Push((part.Widest, part.To, right[part.Widest]));
            rest.Push((part.From, part.Widest, left[part.Widest]));
        }

        double Width(int gap) => ascending[gap].Flops / ascending[gap - 1].Flops;
    }
}
