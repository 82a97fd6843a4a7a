using MathNet.Numerics.LinearAlgebra;

namespace ScalingLab.Fitting.Optima;

/// <summary>
/// Loss = floor + gradient x + x'Hx / 2 through the runs of one cell, x the logarithms of the quantities less those of
/// the best run.
/// </summary>
internal sealed class CellQuadratic
{
    private readonly int _quantities;
    private readonly bool _crossed;
    private readonly Vector<double> _beta;
    private readonly Matrix<double> _spread;

    private CellQuadratic(OptimumCellData cell, int quantities, bool crossed, Vector<double> beta,
        Matrix<double> spread)
    {
        (_quantities, _crossed, _beta, _spread) = (quantities, crossed, beta, spread);
        Curvature = Matrix<double>.Build.Dense(quantities, quantities);
        foreach (var (row, column, index) in Bends())
        {
            Curvature[row, column] = beta[index];
            Curvature[column, row] = beta[index];
        }

        IsConvex = Curvature.Evd(Symmetricity.Symmetric).EigenValues.Real().Minimum() > 1e-6 * Curvature.FrobeniusNorm()
            && Curvature.FrobeniusNorm() > 1e-12;
        Step = IsConvex ? -Curvature.Solve(beta.SubVector(1, quantities)) : null;
        Minimum = Step is null ? null : [.. Step.Select((s, k) => cell.X[cell.Best][k] + s)];
    }

    /// <summary>Second derivatives, nats/token.</summary>
    public Matrix<double> Curvature { get; }

    public bool IsConvex { get; }

    /// <summary>From the best run to the minimum, in logarithms; null unless convex.</summary>
    public Vector<double>? Step { get; }

    /// <summary>Weighted squares that are left, and how many runs more than numbers there were.</summary>
    public required double Squares { get; init; }

    public required int Freedom { get; init; }

    /// <summary>Logarithms of the minimum; null unless convex.</summary>
    public double[]? Minimum { get; }

    /// <summary>Loss at the minimum.</summary>
    public double? Loss => Step is null ? null : _beta[0] + (_beta.SubVector(1, _quantities) * Step / 2);

    /// <summary>
    /// Through the runs that carry weight; null where they are fewer than the numbers to find, or do not tell them
    /// apart. Runs on a cross alone say nothing of how the quantities act on each other: then the quadratic has no
    /// cross terms.
    /// </summary>
    public static CellQuadratic? Through(OptimumCellData cell, int quantities) =>
        Through(cell, quantities, crossed: true) ?? (quantities > 1 ? Through(cell, quantities, crossed: false) : null);

    /// <summary>Standard errors of the minimum's logarithms where losses scatter by so much.</summary>
    public double[]? StandardErrors(double scatter)
    {
        if (Step is null) return null;
        // The minimum -H^-1 g moves by -H^-1 (dg + dH x).
        var moves = Matrix<double>.Build.Dense(_quantities, _beta.Count);
        for (var k = 0; k < _quantities; k++) moves[k, 1 + k] = 1;
        foreach (var (row, column, index) in Bends())
        {
            moves[row, index] += Step[column];
            if (row != column) moves[column, index] += Step[row];
        }

        var jacobian = Curvature.Solve(moves);
        var covariance = jacobian * _spread * jacobian.Transpose();
        return [.. Enumerable.Range(0, _quantities).Select(k => scatter * Math.Sqrt(Math.Max(0, covariance[k, k])))];
    }

    /// <summary>Loss above the minimum at a place given in logarithms.</summary>
    public double? CostAt(IReadOnlyList<double> place)
    {
        if (Minimum is not { } minimum) return null;
        var off = Vector<double>.Build.Dense(_quantities, k => place[k] - minimum[k]);
        return off * Curvature * off / 2;
    }

    private static CellQuadratic? Through(OptimumCellData cell, int quantities, bool crossed)
    {
        var numbers = 1 + quantities + (crossed ? quantities * (quantities + 1) / 2 : quantities);
        int[] used = [.. Enumerable.Range(0, cell.Loss.Length).Where(i => cell.Weights[i] > 0)];
        if (used.Length < numbers) return null;
        var best = cell.X[cell.Best];
        var design = Matrix<double>.Build.Dense(used.Length, numbers);
        var weights = Vector<double>.Build.Dense(used.Length, i => cell.Weights[used[i]]);
        for (var i = 0; i < used.Length; i++)
        {
            design[i, 0] = 1;
            var index = 1 + quantities;
            for (var k = 0; k < quantities; k++)
            {
                var x = cell.X[used[i]][k] - best[k];
                design[i, 1 + k] = x;
                for (var l = k; l < (crossed ? quantities : k + 1); l++)
                    design[i, index++] = (l == k ? 0.5 : 1) * x * (cell.X[used[i]][l] - best[l]);
            }
        }

        var weighted = Matrix<double>.Build.DenseOfDiagonalVector(weights) * design;
        var normal = design.TransposeThisAndMultiply(weighted);
        var svd = normal.Svd();
        if (svd.S[numbers - 1] < 1e-9 * svd.S[0]) return null;
        var inverse = normal.Inverse();
        var losses = Vector<double>.Build.Dense(used.Length, i => cell.Loss[used[i]]);
        var beta = inverse * weighted.TransposeThisAndMultiply(losses);
        var left = losses - (design * beta);
        var spread = inverse * weighted.TransposeThisAndMultiply(weighted) * inverse;
        return new CellQuadratic(cell, quantities, crossed, beta, spread)
        {
            Squares = left.PointwiseMultiply(left) * weights,
            Freedom = used.Length - numbers,
        };
    }

    private IEnumerable<(int Row, int Column, int Index)> Bends()
    {
        var index = 1 + _quantities;
        for (var k = 0; k < _quantities; k++)
        {
            for (var l = k; l < (_crossed ? _quantities : k + 1); l++) yield return (k, l, index++);
        }
    }
}
