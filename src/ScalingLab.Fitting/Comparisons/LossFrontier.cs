namespace ScalingLab.Fitting.Comparisons;

/// <summary>
/// The lowest loss over compute of one recipe, from final losses: of runs on nearly the same compute the lowest, and of
/// these those that are lower than all on less compute. Between two of them a power law joins both, which is a straight
/// line of ln L over ln C.
/// </summary>
/// <param name="Points">ln C and ln L, C rising and L falling.</param>
public sealed record LossFrontier(IReadOnlyList<(double LogFlops, double LogLoss)> Points)
{
    // Budgets are met to a whole number of steps: amounts of compute nearer than this are one.
    private const double SameCompute = 1.05;

    /// <summary>ln of the highest loss on it.</summary>
    public double Highest => Points[0].LogLoss;

    /// <summary>ln of the lowest.</summary>
    public double Lowest => Points[^1].LogLoss;

    /// <summary>
    /// The frontier through mean losses; null where loss does not fall over at least two amounts of compute.
    /// </summary>
    public static LossFrontier? Through(IEnumerable<(double Flops, double Loss)> cells)
    {
        ArgumentNullException.ThrowIfNull(cells);
        var points = new List<(double, double)>();
        foreach (var (flops, loss) in Best(cells))
        {
            if (points.Count == 0 || Math.Log(loss) < points[^1].Item2) points.Add((Math.Log(flops), Math.Log(loss)));
        }

        return points.Count < 2 ? null : new LossFrontier(points);
    }

    /// <summary>ln of the compute that reaches a loss; beyond either end the nearest power law goes on.</summary>
    public double LogFlopsAt(double logLoss)
    {
        var next = Math.Clamp(Points.TakeWhile(p => p.LogLoss > logLoss).Count(), 1, Points.Count - 1);
        var (from, to) = (Points[next - 1], Points[next]);
        return from.LogFlops + ((logLoss - from.LogLoss) / (to.LogLoss - from.LogLoss) * (to.LogFlops - from.LogFlops));
    }

    /// <summary>Whether an amount of compute that is no smaller counts as the same.</summary>
    internal static bool IsSameCompute(double flops, double larger) => larger <= flops * SameCompute;

    // The lowest loss at each amount of compute, which is the mean of those that are one.
    private static List<(double Flops, double Loss)> Best(IEnumerable<(double Flops, double Loss)> cells)
    {
        var levels = new List<List<(double Flops, double Loss)>>();
        foreach (var cell in cells.OrderBy(c => c.Flops))
        {
            if (levels.Count > 0 && IsSameCompute(levels[^1][0].Flops, cell.Flops)) levels[^1].Add(cell);
            else levels.Add([cell]);
        }

        return [.. levels.Select(level => (level.Average(c => c.Flops), level.Min(c => c.Loss)))];
    }
}
