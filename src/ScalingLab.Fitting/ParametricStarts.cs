using MathNet.Numerics.LinearAlgebra;

namespace ScalingLab.Fitting;

/// <summary>
/// Places to start a descent from: a grid of exponents, and a few drawn ones. For given exponents the law is linear in E, A and B, so their
/// best non-negative values come from a three-column least-squares fit (variable projection) instead of more grid axes.
/// </summary>
internal static class ParametricStarts
{
    private static readonly double[] Exponents = [0.03, 0.08, 0.16, 0.3, 0.5, 0.85, 1.5];

    public static List<double[]> For(ParametricProblem problem, int seed, int drawn = 15)
    {
        var starts = new List<double[]>();
        foreach (var alpha in Exponents)
        {
            foreach (var beta in Exponents)
                starts.Add(Projected(problem, alpha, beta));
        }

        var random = new SplitMix64(seed, -1);
        for (var index = 0; index < drawn; index++)
        {
            var alpha = 0.02 * Math.Pow(100, random.NextDouble());
            var beta = 0.02 * Math.Pow(100, random.NextDouble());
            starts.Add(Projected(problem, alpha, beta));
        }

        return starts;
    }

    private static double[] Projected(ParametricProblem problem, double alpha, double beta)
    {
        // Normal equations of weight * (E + A' u + B' v - L)^2; u and v are about 1 at the centre, so three columns of like size.
        var gram = new double[3, 3];
        var right = new double[3];
        for (var index = 0; index < problem.Count; index++)
        {
            double[] columns = [1, Math.Exp(-alpha * problem.X[index]), Math.Exp(-beta * problem.Y[index])];
            var weight = problem.LinearWeight(index);
            for (var row = 0; row < 3; row++)
            {
                right[row] += weight * columns[row] * problem.Loss(index);
                for (var column = 0; column < 3; column++)
                    gram[row, column] += weight * columns[row] * columns[column];
            }
        }

        var best = new double[3];
        var bestGain = double.NegativeInfinity;
        // Non-negative least squares in three unknowns: the best of the seven supports whose solution is positive.
        for (var support = 1; support < 8; support++)
        {
            if (Solve(gram, right, support) is not { } solution || solution.Any(value => value < 0))
                continue;
            var gain = solution.Zip(right, (one, other) => one * other).Sum();
            if (gain > bestGain)
                (best, bestGain) = (solution, gain);
        }

        var least = 1e-3 * problem.LowestLoss;
        return [Math.Log(Math.Max(best[0], least)), Math.Log(Math.Max(best[1], least)), Math.Log(Math.Max(best[2], least)), alpha, beta];
    }

    private static double[]? Solve(double[,] gram, double[] right, int support)
    {
        int[] chosen = [.. Enumerable.Range(0, 3).Where(index => (support & (1 << index)) != 0)];
        var count = chosen.Length;
        var matrix = Matrix<double>.Build.Dense(count, count, (row, column) => gram[chosen[row], chosen[column]]);
        var vector = Vector<double>.Build.Dense(count, row => right[chosen[row]]);
        var solution = matrix.LU().Solve(vector);
        if (solution.Any(value => !double.IsFinite(value)))
            return null;
        var full = new double[3];
        for (var index = 0; index < count; index++)
            full[chosen[index]] = solution[index];
        return full;
    }
}
