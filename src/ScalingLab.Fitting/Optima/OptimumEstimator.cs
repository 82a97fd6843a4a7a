using MathNet.Numerics.Distributions;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Optima;

/// <summary>
/// The steps of one fit: the cells' quadratics, the lowest points as a function of (N, D), and how sure they are.
/// </summary>
internal sealed class OptimumEstimator
{
    private const int LeastInterior = 4;
    private const double LeastBend = 1e-5;

    private readonly IReadOnlyList<OptimumCellData> _cells;
    private readonly OptimumOptions _options;
    private readonly int _quantities;
    private readonly LawCentre? _centre;
    private readonly CellQuadratic?[] _quadratics;
    private readonly double[]?[] _errors;

    // A cell that is no bowl, as where the best batch would be less than one sequence, says nothing of where a bowl is
    // lowest.
    private readonly IReadOnlyList<int> _convexCells;
    private readonly bool[] _interior;
    private readonly double _scatter;
    private readonly (LossSurface Surface, SurfaceShape Shape)? _surface;

    public OptimumEstimator(IReadOnlyList<OptimumCellData> cells, OptimumOptions options)
    {
        (_cells, _options, _quantities) = (cells, options, options.Quantities.Count);
        _quadratics = [.. cells.Select(c => CellQuadratic.Through(c, _quantities))];
        var freedom = _quadratics.Sum(q => q?.Freedom ?? 0);
        _scatter = freedom > 0 ? Math.Sqrt(_quadratics.Sum(q => q?.Squares ?? 0) / freedom) : 0;
        _errors = [.. _quadratics.Select(q => q?.StandardErrors(_scatter))];
        _interior = [.. cells.Select((cell, c) => _quadratics[c]?.Minimum is { } minimum
            && minimum.Zip(cell.Tried)
            .All(m => m.First > Math.Log(m.Second.Low) && m.First < Math.Log(m.Second.High)))];
        _convexCells = [.. Enumerable.Range(0, cells.Count).Where(c => _quadratics[c]?.IsConvex != false)];
        if (_convexCells.Count == 0) return;
        _centre = LawCentre.From(ConvexCells(_convexCells), _quantities);
        _surface = LossSurface.Through(ConvexCells(_convexCells), _centre, _quantities);
        Lowest = UsesMinima ? ThroughMinima(_convexCells) : _surface is { } found && Bends(found.Shape)
            ? Rows(found.Shape) : null;
    }

    public bool UsesMinima => _options.Method == OptimumMethod.Minima;

    /// <summary>For each quantity its row of G: x* = G u.</summary>
    public double[][]? Lowest { get; }

    /// <summary>Cells that the laws are fitted to.</summary>
    public int Fitted => _convexCells.Count;

    public int InteriorCells => Enumerable.Range(0, _cells.Count).Count(IsInterior);

    public IReadOnlyList<IReadOnlyList<double>>? Curvature => _surface?.Shape.Curvature.ToRowArrays();

    public double? Residual =>
        _surface is { } found && found.Surface.ResidualSquares(found.Shape) is { Weight: > 0 } misses
        ? Math.Sqrt(misses.Squares / misses.Weight) : null;

    /// <summary>Cells ten times as sharp as the common bowl, or a tenth: as far as one surface can go.</summary>
    public int SharpnessAtBound => UsesMinima ? 0 : _surface?.Surface.SharpnessAtBound ?? 0;

    public IReadOnlyList<OptimumLaw> Laws()
    {
        var draws = Draws();
        var predicted = LeaveOneOutErrors();
        return [.. Enumerable.Range(0, _quantities)
            .Select(k => Law(k, [.. draws.Select(d => _centre!.Law(k, d[k]))], predicted))];
    }

    public IReadOnlyList<OptimumCell> Cells(IReadOnlyList<OptimumLaw>? laws) => [.. _cells.Select((cell, c) =>
    {
        var own = _quadratics[c];
        return new OptimumCell
        {
            Parameters = cell.Parameters,
            Tokens = cell.Tokens,
            Runs = cell.Loss.Length,
            Diverged = cell.Diverged,
            BestLoss = cell.Loss[cell.Best],
            BestValues = [.. cell.X[cell.Best].Select(Math.Exp)],
            Tried = cell.Tried,
            Status = own is null ? MinimumStatus.TooFewPoints
                : !own.IsConvex ? MinimumStatus.NotConvex : IsInterior(c) ? MinimumStatus.Interior : MinimumStatus.Edge,
            Minimum = own?.Minimum is { } minimum ? [.. minimum.Select(Math.Exp)] : null,
            LogStandardError = _errors[c],
            MinimumLoss = own?.Loss,
            LawCost = laws is null || !IsInterior(c) ? null
                : own!.CostAt([.. laws.Select(l => Math.Log(l.At(cell.Parameters, cell.Tokens)))]),
            Rows = cell.Rows,
        };
    })];

    private IReadOnlyList<OptimumCellData> ConvexCells(IReadOnlyList<int> cells) => [.. cells.Select(c => _cells[c])];

    private bool IsInterior(int c) => _interior[c];

    /// <summary>
    /// Whether the least curvature shows in the losses over what was tried: a bend that is rounding is none.
    /// </summary>
    private bool Bends(SurfaceShape shape)
    {
        var half = Enumerable.Range(0, _quantities)
            .Min(k => _cells.Max(c => Math.Log(c.Tried[k].High / c.Tried[k].Low))) / 2;
        var least =
            shape.Curvature.Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric).EigenValues.Min(v => v.Real);
        return least * half * half / 2 > LeastBend * _cells.Min(c => c.Loss.Min());
    }

    private static double[][] Rows(SurfaceShape shape) =>
        [.. Enumerable.Range(0, shape.Lowest.RowCount).Select(shape.Row)];

    private double[][]? ThroughMinima(IReadOnlyList<int> cells)
    {
        var inside = cells.Where(IsInterior).ToList();
        if (inside.Count < LeastInterior) return null;
        var by = inside.Select(c => _centre!.DesignRow(_cells[c].Parameters, _cells[c].Tokens)).ToList();
        var errors = inside.Select(c => _errors[c]!).ToList();
        var rows = Enumerable.Range(0, _quantities)
            .Select(k =>
                MinimaLine.Through(by, [.. inside.Select(c => _quadratics[c]!.Minimum![k] - _centre!.Values[k])],
                    [.. errors.Select(e => e[k])]))
            .OfType<double[]>().ToArray();
        return rows.Length == _quantities ? rows : null;
    }

    /// <summary>The lowest points again for cells drawn with replacement.</summary>
    private List<double[][]> Draws()
    {
        var draws = new List<double[][]>();
        for (var draw = 0; draw < _options.Bootstrap; draw++)
        {
            var random = new SplitMix64(_options.Seed, draw);
            var times = new int[_convexCells.Count];
            for (var c = 0; c < times.Length; c++) times[random.NextIndex(times.Length)]++;
            var found = UsesMinima
                ? ThroughMinima([.. times.SelectMany((n, c) => Enumerable.Repeat(_convexCells[c], n))])
                : _surface!.Value.Surface.Solve(times) is { } shape ? Rows(shape) : null;
            if (found is not null) draws.Add(found);
        }

        return draws;
    }

    /// <summary>
    /// For each cell with an interior minimum: the logarithms of what all others predict, less its own.
    /// </summary>
    private List<double[]> LeaveOneOutErrors()
    {
        var misses = new List<double[]>();
        foreach (var held in Enumerable.Range(0, _cells.Count).Where(IsInterior))
        {
            var rest = _convexCells.Where(c => c != held).ToList();
            var found = UsesMinima
                ? ThroughMinima(rest)
                : LossSurface.Through(ConvexCells(rest), _centre!, _quantities) is { } without ? Rows(without.Shape)
                : null;
            if (found is not null) misses.Add(LogErrors(held, found));
        }

        return misses;
    }

    private double[] LogErrors(int c, double[][] lowest)
    {
        var u = _centre!.DesignRow(_cells[c].Parameters, _cells[c].Tokens);
        return [.. lowest.Select((row, k) => _centre.Values[k] + row.Zip(u, (g, by) => g * by).Sum()
            - _quadratics[c]!.Minimum![k])];
    }

    private OptimumLaw Law(int quantity, double[][] draws, List<double[]> predicted)
    {
        var (estimate, freedom) = (_centre!.Law(quantity, Lowest![quantity]), _convexCells.Count - 3);
        var enough = draws.Length >= 100 && freedom > 0;
        // A draw repeats cells, so that it scatters less than new cells would: by Student's t, and by the three numbers
        // that the fit has taken.
        var widen = _convexCells.Count / (double)Math.Max(1, freedom);
        var covariance = enough ? Covariance(draws, widen) : null;
        var own = Enumerable.Range(0, _cells.Count).Where(IsInterior).Select(c => LogErrors(c, Lowest)[quantity])
            .ToList();
        return new OptimumLaw
        {
            Quantity = _options.Quantities[quantity],
            Coefficient = Math.Exp(estimate[0]),
            ParametersExponent = estimate[1],
            TokensExponent = estimate[2],
            ParametersInterval95 = Around(1),
            TokensInterval95 = Around(2),
            Covariance = covariance,
            Freedom = Math.Max(0, freedom),
            Scatter = own.Count >= LeastInterior ? Math.Sqrt(own.Sum(m => m * m) / (own.Count - 1)) : null,
            LeaveOneOutError = predicted.Count >= LeastInterior
                ? Math.Sqrt(predicted.Average(m => m[quantity] * m[quantity])) : null,
        };

        Interval? Around(int number)
        {
            if (covariance is null) return null;
            var half = StudentT.InvCDF(0, 1, freedom, 0.975) * Math.Sqrt(covariance[number][number]);
            return new Interval(estimate[number] - half, estimate[number] + half);
        }
    }

    private static double[][] Covariance(double[][] draws, double widen)
    {
        var means = Enumerable.Range(0, 3).Select(i => draws.Average(d => d[i])).ToArray();
        return [.. Enumerable.Range(0, 3).Select(i => Enumerable.Range(0, 3).Select(j =>
            widen * draws.Sum(d => (d[i] - means[i]) * (d[j] - means[j])) / (draws.Length - 1)).ToArray())];
    }
}
