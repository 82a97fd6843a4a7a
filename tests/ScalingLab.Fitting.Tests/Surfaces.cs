using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Observations;

namespace ScalingLab.Fitting.Tests;

/// <summary>Sweeps made from a known law, and what their tests share.</summary>
internal static class Surfaces
{
    public static ParametricLaw Chinchilla { get; } = new(1.69, 406.4, 410.7, 0.34, 0.28);

    /// <summary>Every size with every number of tokens, C = 6ND, no budgets.</summary>
    public static List<LossObservation> Grid(ParametricLaw law, int sizes = 7, int lengths = 7) =>
        [.. from i in Enumerable.Range(0, sizes)
            from j in Enumerable.Range(0, lengths)
            let n = 1e7 * Math.Pow(1000, i / (sizes - 1.0))
            let d = 3e8 * Math.Pow(1000, j / (lengths - 1.0))
            select new LossObservation(n, d, 6 * n * d, law.Loss(n, d))];

    /// <summary>
    /// Sizes spaced evenly in ln N round the law's optimum at each budget. Off-centre shifts the sizes by that much in
    /// ln N.
    /// </summary>
    public static List<LossObservation> IsoFlop(
        ParametricLaw law, IEnumerable<double> budgets, int sizes = 7, double halfWidth = 1.2, double offCentre = 0) =>
        [.. from budget in budgets
            from i in Enumerable.Range(0, sizes)
            let u = halfWidth * ((2.0 * i / (sizes - 1)) - 1)
            let n = law.Optimum(budget).Parameters * Math.Exp(u + offCentre)
            let d = budget / (6 * n)
            select new LossObservation(n, d, budget, law.Loss(n, d), budget)];

    /// <summary>The same sweep with multiplicative noise of the given size (standard deviation of ln L).</summary>
    public static List<LossObservation> Noisy(IEnumerable<LossObservation> sweep, double size, int seed)
    {
        var random = new Random(seed);
        return [.. sweep.Select(one => one with { Loss = one.Loss * Math.Exp(size * Normal(random)) })];
    }

    /// <summary>The unknowns with one of them moved.</summary>
    public static double[] Moved(double[] theta, int index, double step)
    {
        double[] moved = [.. theta];
        moved[index] += step;
        return moved;
    }

    /// <summary>Asserts that a number above 0 is off by no more than that share.</summary>
    public static void AssertRelative(double expected, double? actual, double tolerance) =>
        Assert.InRange(actual!.Value / expected, 1 - tolerance, 1 + tolerance);

    /// <summary>Normal with mean 0 and standard deviation 1 (Box and Muller 1958).</summary>
    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
