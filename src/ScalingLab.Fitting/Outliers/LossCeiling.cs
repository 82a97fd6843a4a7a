using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;

namespace ScalingLab.Fitting.Outliers;

/// <summary>
/// The highest loss that a run can have if any one other run is right. A law L = E + A/N^alpha + B/D^beta falls in N
/// and in D, and never more steeply than N^-alpha D^-beta, so a run of size N on D tokens must lie below L' max(1,
/// N'/N)^alpha max(1, D'/D)^beta for every other run (N', D', L'), whatever E, A and B are. One good neighbour is
/// enough, and bad ones can only raise the ceiling: it holds where most runs of a sweep failed, and no fit would.
/// </summary>
internal static class LossCeiling
{
    /// <summary>
    /// The steepest exponents published: beta of Besiroglu et al. 2024 (arXiv 2404.10102), 0.366; alpha is 0.34 to 0.35
    /// in all.
    /// </summary>
    public const double SteepestExponent = 0.37;

    /// <summary>
    /// A ceiling stands on one neighbour, whose own noise is in it: nearer than this, nats/token, it says nothing.
    /// </summary>
    public const double LeastTolerance = 0.1;

    /// <summary>
    /// Seeds of one recipe that trains differ by 0.2 to 0.6 % in loss; what differs by more than this is the failure
    /// itself, not noise.
    /// </summary>
    private const double MostScatter = 0.01;

    // Replicates of one cell tell their own scatter in spite of one that failed.
    private const int ManySeeds = 4;

    /// <summary>For each run that lies above its ceiling by more than the tolerance, what was predicted.</summary>
    public static IEnumerable<HighLoss> FindHighLosses(IReadOnlyList<LossObservation> observations)
    {
        var (n, d, l) =
            (Logarithms(observations, o => o.Parameters), Logarithms(observations, o => o.Tokens),
                Logarithms(observations, o => o.Loss));
        var (scatter, levels) = (Scatter(observations), Levels(observations, l));
        var tree = new CeilingTree(n, d, levels);
        for (var i = 0; i < l.Length; i++)
        {
            var (lowest, neighbour) = tree.Lowest(i);
            if (neighbour < 0)
                yield break;
            var (loss, predicted) = (observations[i].Loss, Math.Exp(lowest));
            var tolerance = Math.Max(LeastTolerance, NeighbourCheck.Scatters * scatter[i] * predicted);
            if (loss > predicted + tolerance)
                yield return new HighLoss(observations[i].Row ?? i + 1, loss, predicted, tolerance,
                    observations[neighbour].Row ?? neighbour + 1);
        }
    }

    /// <summary>
    /// The seeds' scatter of ln loss as each run may use it: the median over the replicated cells, its own only where
    /// it has many seeds.
    /// </summary>
    private static double[] Scatter(IReadOnlyList<LossObservation> observations)
    {
        var cells = observations.Select((one, index) => (one, index))
            .GroupBy(run => (run.one.Parameters, run.one.Tokens))
            .Select(cell =>
                (Runs: cell.Select(run => run.index).ToList(),
                    Spread: Spread([.. cell.Select(run => Math.Log(run.one.Loss))]))).ToList();
        double[] spreads = [.. cells.Where(cell => cell.Runs.Count > 1).Select(cell => cell.Spread).Order()];
        var all = Medians.Median(spreads);
        var scatter = new double[observations.Count];
        foreach (var (runs, spread) in cells)
        {
            var usable = runs.Count is 1 or >= ManySeeds ? all
                : MedianWithout(spreads, Array.BinarySearch(spreads, spread));
            foreach (var run in runs)
                scatter[run] = Math.Min(MostScatter, usable);
        }

        return scatter;
    }

    /// <summary>
    /// What ln loss a run says that its place gives: its own or, where its cell has many seeds, their lower quartile:
    /// the best of thirty lies two scatters below the middle by chance, and half of them may have failed.
    /// </summary>
    private static double[] Levels(IReadOnlyList<LossObservation> observations, double[] logarithms)
    {
        var levels = logarithms.ToArray();
        foreach (var cell in Enumerable.Range(0, levels.Length)
            .GroupBy(run => (observations[run].Parameters, observations[run].Tokens)))
        {
            var sorted = cell.Select(run => logarithms[run]).Order().ToList();
            if (sorted.Count < ManySeeds)
                continue;
            foreach (var run in cell)
                levels[run] = sorted[(sorted.Count - 1) / 4];
        }

        return levels;
    }

    private static double MedianWithout(double[] sorted, int left)
    {
        var count = sorted.Length - 1;
        return count == 0 ? 0 : (At((count - 1) / 2) + At(count / 2)) / 2;

        double At(int index) => sorted[index < left ? index : index + 1];
    }

    private static double Spread(double[] values)
    {
        var middle = Medians.Median(values);
        return NeighbourCheck.NormalDeviations * Medians.Median(values.Select(value => Math.Abs(value - middle)));
    }

    private static double[] Logarithms(IReadOnlyList<LossObservation> observations,
        Func<LossObservation, double> value) =>
        [.. observations.Select(one => Math.Log(value(one)))];
}
