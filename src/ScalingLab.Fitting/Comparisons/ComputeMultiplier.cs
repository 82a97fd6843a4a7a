using MathNet.Numerics.Distributions;
using ScalingLab.Fitting.Numerics;

namespace ScalingLab.Fitting.Comparisons;

/// <summary>A pair of runs that differ in what is compared alone.</summary>
/// <param name="Group">What both share of everything else that varies but size, length and seed: frontiers are drawn
/// within a group.</param>
/// <param name="Seed">Their seed.</param>
/// <param name="FromFlops">Training compute of the first, FLOPs.</param>
/// <param name="FromLoss">Its loss, nats/token.</param>
/// <param name="ToFlops">Training compute of the second.</param>
/// <param name="ToLoss">Its loss.</param>
public sealed record LossPair(string Group, int Seed, double FromFlops, double FromLoss, double ToFlops, double ToLoss);

/// <summary>What an interval of a compute multiplier is made from.</summary>
public enum MultiplierInterval
{
    /// <summary>There is none: fewer than three seeds, and fewer than four amounts of compute.</summary>
    None,

    /// <summary>What the multiplier changes by when a seed is left out.</summary>
    Seeds,

    /// <summary>What it changes by when an amount of compute is left out.</summary>
    Compute,
}

/// <summary>
/// How many times the compute the first recipe needs for the second's loss: the distance along ln C between the two
/// <see cref="LossFrontier"/>s, averaged over ln L where both have a loss.
/// </summary>
/// <param name="Factor">Above 1 the second recipe is worth so much more compute.</param>
/// <param name="Interval95">
/// Of 95 %: the delete-one jackknife's standard error of ln Factor (Quenouille 1956; Tukey 1958), times Student's t of
/// one degree of freedom fewer than there are parts to leave out.
/// </param>
/// <param name="From">What was left out in turn.</param>
/// <param name="Extrapolated">The worse recipe nowhere reaches the other's losses, so the last power law of its
/// frontier was drawn on to the highest of them. Loss falls more slowly further on, so the true distance is
/// larger.</param>
public sealed record ComputeMultiplier(double Factor, Interval? Interval95, MultiplierInterval From, bool Extrapolated)
{
    private const int LeastSeeds = 3, LeastLevels = 4;

    /// <summary>Whether the interval leaves 1 out.</summary>
    public bool IsSure => Interval95 is { } i && (i.Low > 1 || i.High < 1);

    /// <summary>Null where the loss of either recipe does not fall over at least two amounts of compute.</summary>
    public static ComputeMultiplier? Estimate(IReadOnlyList<LossPair> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        if (LogFactor(pairs) is not { } all) return null;
        var seeds = pairs.Select(p => p.Seed).Distinct().ToList();
        var (kind, without) = seeds.Count >= LeastSeeds
            ? (MultiplierInterval.Seeds, seeds.ConvertAll(s => pairs.Where(p => p.Seed != s)))
            : (MultiplierInterval.Compute, Levels(pairs).ConvertAll(level => pairs.Except(level)));
        var values = without.ConvertAll(rest => LogFactor([.. rest])?.Value).OfType<double>().ToList();
        var interval = values.Count < without.Count
            || (kind == MultiplierInterval.Compute && values.Count < LeastLevels) ? null : Jackknife(all.Value, values);
        return new ComputeMultiplier(Math.Exp(all.Value), interval, interval is null ? MultiplierInterval.None : kind,
            all.Extrapolated);
    }

    private static Interval Jackknife(double value, List<double> without)
    {
        var (n, mean) = (without.Count, without.Average());
        var error = Math.Sqrt((n - 1.0) / n * without.Sum(v => (v - mean) * (v - mean)));
        var reach = StudentT.InvCDF(0, 1, n - 1, 0.975) * error;
        return new Interval(Math.Exp(value - reach), Math.Exp(value + reach));
    }

    // ln of the multiplier, the mean over the groups; null where a frontier is missing.
    private static (double Value, bool Extrapolated)? LogFactor(IReadOnlyList<LossPair> pairs)
    {
        var groups = pairs.GroupBy(p => p.Group).Select(group =>
        {
            // Seeds of one cell are averaged before the lowest is taken.
            var cells = group.GroupBy(p => (p.FromFlops, p.ToFlops)).ToList();
            var from = LossFrontier.Through(cells.Select(c => (c.Key.FromFlops, c.Average(p => p.FromLoss))));
            var to = LossFrontier.Through(cells.Select(c => (c.Key.ToFlops, c.Average(p => p.ToLoss))));
            return from is null || to is null ? ((double Value, bool Extrapolated)?)null : Distance(from, to);
        }).ToList();
        return groups.Count == 0 || groups.Contains(null) ? null
            : (groups.Average(g => g!.Value.Value), groups.Exists(g => g!.Value.Extrapolated));
    }

    private static (double Value, bool Extrapolated) Distance(LossFrontier from, LossFrontier to)
    {
        double At(double logLoss) => from.LogFlopsAt(logLoss) - to.LogFlopsAt(logLoss);
        var (low, high) = (Math.Max(from.Lowest, to.Lowest), Math.Min(from.Highest, to.Highest));
        // No loss is on both: at the highest of the better recipe, which is the nearest to the other's.
        if (low >= high) return (At(high), true);
        // The distance is a straight line between the points of either, so the trapezium rule is exact.
        var losses = from.Points.Concat(to.Points).Select(p => p.LogLoss).Where(l => l > low && l < high).Append(low)
            .Append(high).Distinct().Order().ToList();
        var area = losses.Zip(losses.Skip(1), (a, b) => (b - a) * (At(a) + At(b)) / 2).Sum();
        return (area / (high - low), false);
    }

    // Pairs of one amount of compute, as the first recipe counts it.
    private static List<List<LossPair>> Levels(IReadOnlyList<LossPair> pairs)
    {
        var levels = new List<List<LossPair>>();
        foreach (var pair in pairs.OrderBy(p => p.FromFlops))
        {
            if (levels.Count > 0 && LossFrontier.IsSameCompute(levels[^1][0].FromFlops, pair.FromFlops)) levels[^1]
                .Add(pair);
            else levels.Add([pair]);
        }

        return levels;
    }
}
