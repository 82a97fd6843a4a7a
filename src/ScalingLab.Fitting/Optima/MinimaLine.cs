using MathNet.Numerics.LinearAlgebra;

namespace ScalingLab.Fitting.Optima;

/// <summary>A plane in (ln N, ln D) through the cells' own minima.</summary>
internal static class MinimaLine
{
    /// <summary>
    /// Weighted least squares, each minimum by its own standard error and by what the minima scatter beyond these
    /// (found so that the weighted squares are as many as the degrees of freedom; Paule and Mandel 1982). Null where
    /// the cells lie on a line in (ln N, ln D) or are fewer than three.
    /// </summary>
    /// <param name="by">(1, ln N, ln D) of each cell.</param>
    /// <param name="minima">Logarithm of each cell's minimum.</param>
    /// <param name="errors">Its standard error.</param>
    public static double[]? Through(IReadOnlyList<double[]> by, IReadOnlyList<double> minima,
        IReadOnlyList<double> errors)
    {
        if (minima.Count < 3) return null;
        var (low, high) = (0.0, 1.0);
        var found = Solve(by, minima, errors, low);
        if (found is null || minima.Count == 3 || Squares(found, low) <= minima.Count - 3) return found;
        // The squares fall as the scatter grows: some scatter is enough.
        while (Solve(by, minima, errors, high) is { } wide && Squares(wide, high) > minima.Count - 3)
            (low, high) = (high, 4 * high);
        for (var step = 0; step < 60; step++)
        {
            var middle = (low + high) / 2;
            found = Solve(by, minima, errors, middle);
            if (found is null) return null;
            if (Squares(found, middle) > minima.Count - 3) low = middle;
            else high = middle;
        }

        return found;

        double Squares(double[] line, double extra) => minima.Select((m, c) =>
        {
            var miss = m - by[c].Zip(line, (u, b) => u * b).Sum();
            return miss * miss / ((errors[c] * errors[c]) + extra);
        }).Sum();
    }

    private static double[]? Solve(IReadOnlyList<double[]> by, IReadOnlyList<double> minima,
        IReadOnlyList<double> errors, double extra)
    {
        var (left, right) = (Matrix<double>.Build.Dense(3, 3), Vector<double>.Build.Dense(3));
        for (var c = 0; c < by.Count; c++)
        {
            var weight = 1 / Math.Max(1e-12, (errors[c] * errors[c]) + extra);
            var u = Vector<double>.Build.DenseOfArray(by[c]);
            left += weight * u.OuterProduct(u);
            right += weight * minima[c] * u;
        }

        var svd = left.Svd();
        return svd.S[2] > 1e-10 * svd.S[0] ? [.. svd.Solve(right)] : null;
    }
}
