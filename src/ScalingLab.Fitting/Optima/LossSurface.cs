using MathNet.Numerics.LinearAlgebra;

namespace ScalingLab.Fitting.Optima;

/// <summary>
/// One surface through all cells: loss = floor of the cell + s (x - x*)' H (x - x*) / 2, with x* = G u, u = (1, ln N,
/// ln D) and s the cell's sharpness. With s known it is linear in H and HG, since what x* alone adds belongs to the
/// floor: each cell then is two sums, and a draw of cells costs one small system.
/// </summary>
internal sealed class LossSurface
{
    // Cells of one tune differ in sharpness by about this much (standard deviation of the logarithm): poorly measured
    // ones are drawn to the common one.
    private const double SharpnessSpread = 0.5;
    private const int Rounds = 8;
    private const double MostSharpness = 10;

    private readonly IReadOnlyList<OptimumCellData> _cells;
    private readonly LawCentre _centre;
    private readonly int _quantities;
    private readonly (Matrix<double> Products, Vector<double> Losses)[] _sums;
    private readonly Vector<double>[][] _designs;
    private readonly double[] _sharpness;

    private LossSurface(IReadOnlyList<OptimumCellData> cells, LawCentre centre, int quantities)
    {
        (_cells, _centre, _quantities) = (cells, centre, quantities);
        _designs = [.. cells.Select(Design)];
        _sums = [.. cells.Select((cell, c) => Sums(cell, _designs[c]))];
        _sharpness = [.. cells.Select(_ => 1.0)];
    }

    /// <summary>Cells whose sharpness was found at the end of its range, a tenth or ten times the common one.</summary>
    public int SharpnessAtBound { get; private set; }

    private int Bends => _quantities * (_quantities + 1) / 2;

    /// <summary>The surface of those cells; null where they do not say one with a lowest point.</summary>
    public static (LossSurface Surface, SurfaceShape Shape)? Through(IReadOnlyList<OptimumCellData> cells,
        LawCentre centre, int quantities)
    {
        var surface = new LossSurface(cells, centre, quantities);
        int[] once = [.. cells.Select(_ => 1)];
        for (var round = 0; ; round++)
        {
            if (surface.Solve(once) is not { } shape) return null;
            if (round == Rounds) return (surface, shape);
            surface.Sharpen(shape);
        }
    }

    /// <summary>
    /// The shape when each cell counts so many times, at the sharpness found; null where there is none.
    /// </summary>
    public SurfaceShape? Solve(int[] times)
    {
        var size = Bends + (3 * _quantities);
        var (left, right) = (Matrix<double>.Build.Dense(size, size), Vector<double>.Build.Dense(size));
        for (var c = 0; c < times.Length; c++)
        {
            if (times[c] == 0) continue;
            left += times[c] * _sharpness[c] * _sharpness[c] * _sums[c].Products;
            right += times[c] * _sharpness[c] * _sums[c].Losses;
        }

        var scale = left.Diagonal().Map(d => d > 0 ? 1 / Math.Sqrt(d) : 0);
        var even = Matrix<double>.Build.Dense(size, size, (i, j) => left[i, j] * scale[i] * scale[j]);
        var svd = even.Svd();
        if (!(svd.S[size - 1] > 1e-10 * svd.S[0])) return null;
        return SurfaceShape.Create(svd.Solve(right.PointwiseMultiply(scale)).PointwiseMultiply(scale), _quantities);
    }

    /// <summary>Weighted squares that are left, the weights, and how many runs carry one.</summary>
    public (double Squares, double Weight, int Runs) ResidualSquares(SurfaceShape shape)
    {
        double squares = 0, total = 0;
        var runs = 0;
        for (var c = 0; c < _cells.Count; c++)
        {
            var cell = _cells[c];
            var misses = cell.Loss.Select((l, i) => l - (_sharpness[c] * (_designs[c][i] * shape.Beta))).ToArray();
            var weight = cell.Weights.Sum();
            var floor = misses.Select((m, i) => m * cell.Weights[i]).Sum() / weight;
            squares += misses.Select((m, i) => cell.Weights[i] * (m - floor) * (m - floor)).Sum();
            total += weight;
            runs += cell.Weights.Count(w => w > 0);
        }

        return (squares, total, runs);
    }

    /// <summary>
    /// Each cell's sharpness by least squares at that shape, drawn to the common one by how badly it is known.
    /// </summary>
    private void Sharpen(SurfaceShape shape)
    {
        var (squares, weight, runs) = ResidualSquares(shape);
        var freedom = Math.Max(1, runs - _cells.Count - shape.Beta.Count);
        var noise = squares / Math.Max(1e-300, weight) * runs / freedom;
        SharpnessAtBound = 0;
        for (var c = 0; c < _cells.Count; c++)
        {
            var known = shape.Beta * _sums[c].Products * shape.Beta;
            if (known <= 0) continue;
            var free = shape.Beta * _sums[c].Losses / known;
            var own = Math.Clamp(free, 1 / MostSharpness, MostSharpness);
            if (own != free) SharpnessAtBound++;
            var variance = noise / known / (own * own);
            _sharpness[c] = Math.Exp(Math.Log(own) / (1 + (variance / (SharpnessSpread * SharpnessSpread))));
        }

        var mean = Math.Exp(_sharpness.Average(Math.Log));
        for (var c = 0; c < _cells.Count; c++) _sharpness[c] /= mean;
    }

    private Vector<double>[] Design(OptimumCellData cell)
    {
        var u = _centre.DesignRow(cell.Parameters, cell.Tokens);
        return [.. cell.X.Select(logarithms =>
        {
            var row = Vector<double>.Build.Dense(Bends + (3 * _quantities));
            var x = logarithms.Zip(_centre.Values, (value, centre) => value - centre).ToArray();
            var index = 0;
            for (var k = 0; k < _quantities; k++)
            {
                for (var l = k; l < _quantities; l++) row[index++] = (l == k ? 0.5 : 1) * x[k] * x[l];
            }

            for (var k = 0; k < _quantities; k++)
            {
                for (var j = 0; j < 3; j++) row[index++] = -x[k] * u[j];
            }

            return row;
        })];
    }

    /// <summary>Weighted products of a cell's centred design with itself and with its losses.</summary>
    private static (Matrix<double> Products, Vector<double> Losses) Sums(OptimumCellData cell, Vector<double>[] design)
    {
        var total = cell.Weights.Sum();
        var size = design[0].Count;
        var mean = Vector<double>.Build.Dense(size);
        var loss = 0.0;
        for (var i = 0; i < design.Length; i++)
        {
            mean += cell.Weights[i] / total * design[i];
            loss += cell.Weights[i] / total * cell.Loss[i];
        }

        var (products, losses) = (Matrix<double>.Build.Dense(size, size), Vector<double>.Build.Dense(size));
        for (var i = 0; i < design.Length; i++)
        {
            if (cell.Weights[i] == 0) continue;
            var row = design[i] - mean;
            products += cell.Weights[i] * row.OuterProduct(row);
            losses += cell.Weights[i] * (cell.Loss[i] - loss) * row;
        }

        return (products, losses);
    }
}

/// <summary>
/// Where logarithms are counted from, so that sums lose no digits: ln N, ln D and the logarithms of the quantities.
/// </summary>
internal sealed record LawCentre(double Parameters, double Tokens, double[] Values)
{
    public static LawCentre From(IReadOnlyList<OptimumCellData> cells, int quantities) => new(
        cells.Average(c => Math.Log(c.Parameters)),
        cells.Average(c => Math.Log(c.Tokens)),
        [.. Enumerable.Range(0, quantities).Select(k => cells.Average(c => c.X[c.Best][k]))]);

    /// <summary>(1, ln N, ln D) less the centre.</summary>
    public double[] DesignRow(double parameters, double tokens) =>
        [1, Math.Log(parameters) - Parameters, Math.Log(tokens) - Tokens];

    /// <summary>(ln coefficient, exponent of N, exponent of D) of a quantity whose row of G is given.</summary>
    public double[] Law(int quantity, IReadOnlyList<double> row) =>
        [Values[quantity] + row[0] - (row[1] * Parameters) - (row[2] * Tokens), row[1], row[2]];
}

/// <summary>
/// Second derivatives of a surface, and where it is lowest: the logarithms of the quantities are G u.
/// </summary>
internal sealed record SurfaceShape(Vector<double> Beta, Matrix<double> Curvature, Matrix<double> Lowest)
{
    /// <summary>Null where the numbers bend downwards in some direction.</summary>
    public static SurfaceShape? Create(Vector<double> beta, int quantities)
    {
        var (curvature, index) = (Matrix<double>.Build.Dense(quantities, quantities), 0);
        for (var k = 0; k < quantities; k++)
        {
            for (var l = k; l < quantities; l++)
            {
                curvature[k, l] = beta[index];
                curvature[l, k] = beta[index++];
            }
        }

        var least = curvature.Evd(Symmetricity.Symmetric).EigenValues.Real().Minimum();
        if (!(least > 1e-6 * curvature.FrobeniusNorm())) return null;
        var slopes =
            Matrix<double>.Build.Dense(quantities, 3,
                (k, j) => beta[(quantities * (quantities + 1) / 2) + (3 * k) + j]);
        return new SurfaceShape(beta, curvature, curvature.Solve(slopes));
    }

    /// <summary>The row of G of a quantity.</summary>
    public double[] Row(int quantity) => [.. Lowest.Row(quantity)];
}
