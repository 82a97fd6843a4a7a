using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Solvers;

namespace ScalingLab.Fitting.Laws.Parametric;

/// <summary>
/// Places to start a descent from: a grid of exponents, and a few drawn ones. For given exponents the law is linear in
/// E, A and B, so their best non-negative values come from a three-column least-squares fit (variable projection)
/// instead of more grid axes.
/// </summary>
internal static class ParametricStarts
{
    private static readonly double[] Exponents = [0.03, 0.08, 0.16, 0.3, 0.5, 0.85, 1.5];

    public static List<double[]> For(ParametricProblem problem, ParametricPins pins, int seed, int drawn = 15)
    {
        var starts = new List<double[]>();
        foreach (var alpha in pins.HeldAlpha is { } known ? [known] : Exponents)
        {
            foreach (var beta in pins.IsTied ? [alpha] : pins.HeldBeta is { } other ? [other] : Exponents)
                starts.Add(Projected(problem, alpha, beta, pins.E));
        }

        var random = new SplitMix64(seed, -1);
        for (var index = 0; index < drawn; index++)
        {
            var alpha = 0.02 * Math.Pow(100, random.NextDouble());
            var beta = 0.02 * Math.Pow(100, random.NextDouble());
            alpha = pins.HeldAlpha ?? alpha;
            starts.Add(Projected(problem, alpha, pins.IsTied ? alpha : pins.HeldBeta ?? beta, pins.E));
        }

        return starts;
    }

    private static double[] Projected(ParametricProblem problem, double alpha, double beta, double? floor)
    {
        problem.Stop.ThrowIfCancellationRequested();
        // Normal equations of weight * (E + A' u + B' v - L)^2; u and v are about 1 at the centre, so three columns of
        // like size.
        Span<double> gram = stackalloc double[9];
        Span<double> right = stackalloc double[3];
        Span<double> columns = stackalloc double[3];
        Span<double> best = stackalloc double[3];
        gram.Clear();
        right.Clear();
        for (var index = 0; index < problem.Count; index++)
        {
            (columns[0], columns[1], columns[2]) =
                (1, Math.Exp(-alpha * problem.X[index]), Math.Exp(-beta * problem.Y[index]));
            var weight = problem.LinearWeight(index);
            for (var row = 0; row < 3; row++)
            {
                right[row] += weight * columns[row] * (problem.Loss(index) - (floor ?? 0));
                for (var column = 0; column < 3; column++)
                    gram[(row * 3) + column] += weight * columns[row] * columns[column];
            }
        }

        // A known floor is no unknown of theirs.
        if (floor is not null)
            (gram[1], gram[2], gram[3], gram[6], right[0]) = (0, 0, 0, 0, 0);
        NonNegativeLeastSquares.Solve(gram, right, best);
        var least = 1e-3 * problem.LowestLoss;
        return [Math.Log(floor ?? Math.Max(best[0], least)), Math.Log(Math.Max(best[1], least)),
            Math.Log(Math.Max(best[2], least)), alpha, beta];
    }
}
