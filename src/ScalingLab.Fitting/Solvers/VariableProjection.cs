namespace ScalingLab.Fitting.Solvers;

/// <summary>
/// Least squares of the loss itself by variable projection (Golub and Pereyra 1973; for scaling laws arXiv 2603.22339):
/// at given exponents the best E, A and B are a non-negative linear least-squares fit, so the search runs over (alpha,
/// beta) alone. Newton's method on the projected cost, whose Hessian is the full one with the linear unknowns
/// eliminated.
/// </summary>
internal sealed class VariableProjection
{
    private readonly ParametricProblem _problem;
    private readonly double[]? _weights;
    private readonly ParameterBounds _bounds;
    private readonly double[] _loss;
    private readonly double[] _u;
    private readonly double[] _v;
    private readonly double[] _residual;
    private readonly double _total;

    private VariableProjection(ParametricProblem problem, double[]? weights, ParameterBounds box)
    {
        (_problem, _weights, _bounds) = (problem, weights, box);
        _loss = new double[problem.Count];
        for (var index = 0; index < _loss.Length; index++)
            _loss[index] = problem.Loss(index);
        (_u, _v, _residual) = (new double[_loss.Length], new double[_loss.Length], new double[_loss.Length]);
        _total = weights?.Sum() ?? problem.Count;
    }

    /// <summary>
    /// Where the projected cost has its minimum, from the given exponents; the cost is the mean of half the squares.
    /// </summary>
    public static MinimizerResult Minimize(
        ParametricProblem problem, double alpha, double beta, double[]? weights, ParameterBounds box,
        int maxIterations = 100) =>
        new VariableProjection(problem, weights, box).Descend(
            Math.Clamp(alpha, box.Low[3], box.High[3]), Math.Clamp(beta, box.Low[4], box.High[4]), maxIterations);

    private MinimizerResult Descend(double alpha, double beta, int maxIterations)
    {
        var here = Project(alpha, beta);
        var shape = Shape(here);
        var (damping, decrement, iteration) = (1e-3, double.PositiveInfinity, 0);
        while (iteration++ < maxIterations && damping < 1e14 && here.Value > _problem.RoundingFloor * 1e-3)
        {
            var step = Step(here, shape.Slope, shape.Newton, shape.Safe, damping)
                ?? Step(here, shape.Slope, shape.Safe, shape.Safe, Math.Max(damping, 0.1));
            if (step is not { } by)
                break;
            var shorten = Math.Max(1, Math.Max(Math.Abs(by.Alpha), Math.Abs(by.Beta)) / 0.4);
            var there = Project(
                Math.Clamp(here.Alpha + (by.Alpha / shorten), _bounds.Low[3], _bounds.High[3]),
                Math.Clamp(here.Beta + (by.Beta / shorten), _bounds.Low[4], _bounds.High[4]));
            // With strong damping the step is short for its own sake: scaled back it still measures the distance to the
            // optimum.
            decrement = Math.Max(1, damping) * Math.Abs(
                (shape.Slope.Alpha * (there.Alpha - here.Alpha)) + (shape.Slope.Beta * (there.Beta - here.Beta)));
            if (there.Value < here.Value)
                (here, shape, damping) = (there, Shape(there), damping / 10);
            else
                damping = Math.Max(damping * 8, 1e-6);
            if (decrement <= 1e-14 * here.Value)
                break;
        }

        double[] theta =
        [
            Inside(0, Math.Log(here.E)),
            Inside(1, Math.Log(here.A)),
            Inside(2, Math.Log(here.B)),
            here.Alpha,
            here.Beta,
        ];
        return new MinimizerResult(theta, here.Value, decrement <= 1e-8 * here.Value
            || here.Value <= _problem.RoundingFloor, iteration);
    }

    // A term that is 0 has no logarithm: it goes to the lower end of the box.
    private double Inside(int index, double value) => Math.Clamp(value, _bounds.Low[index], _bounds.High[index]);

    private Place Project(double alpha, double beta)
    {
        _problem.Stop.ThrowIfCancellationRequested();
        Span<double> gram = stackalloc double[9];
        Span<double> right = stackalloc double[3];
        Span<double> linear = stackalloc double[3];
        Span<double> correction = stackalloc double[3];
        gram.Clear();
        right.Clear();
        for (var index = 0; index < _loss.Length; index++)
        {
            var weight = _weights?[index] ?? 1;
            var (u, v) = (Math.Exp(-alpha * _problem.X[index]), Math.Exp(-beta * _problem.Y[index]));
            (_u[index], _v[index]) = (u, v);
            gram[0] += weight;
            gram[1] += weight * u;
            gram[2] += weight * v;
            gram[4] += weight * u * u;
            gram[5] += weight * u * v;
            gram[8] += weight * v * v;
            right[0] += weight * _loss[index];
            right[1] += weight * u * _loss[index];
            right[2] += weight * v * _loss[index];
        }

        (gram[3], gram[6], gram[7]) = (gram[1], gram[2], gram[5]);
        var support = NonNegativeLeastSquares.Solve(gram, right, linear);
        // Normal equations square the condition: one step of refinement on the residuals gives the digits back.
        _ = Residuals(linear, right);
        if (support != 0 && NonNegativeLeastSquares.Solve(gram, right, support, correction))
        {
            for (var index = 0; index < 3; index++)
                linear[index] = Math.Max(0, linear[index] - correction[index]);
        }

        var value = Residuals(linear, right);
        var inverse = new double[9];
        for (var column = 0; column < 3 && support != 0; column++)
        {
            right.Clear();
            right[column] = (support >> column) & 1;
            if (NonNegativeLeastSquares.Solve(gram, right, support, correction))
                correction.CopyTo(inverse.AsSpan(column * 3));
        }

        return new Place(alpha, beta, linear[0], linear[1], linear[2], value, inverse);
    }

    // Mean cost; the residuals and their weighted sums with the columns are kept.
    private double Residuals(ReadOnlySpan<double> linear, Span<double> sums)
    {
        double squares = 0;
        sums.Clear();
        for (var index = 0; index < _loss.Length; index++)
        {
            var weight = _weights?[index] ?? 1;
            var residual = linear[0] + (linear[1] * _u[index]) + (linear[2] * _v[index]) - _loss[index];
            _residual[index] = residual;
            squares += weight * residual * residual;
            sums[0] += weight * residual;
            sums[1] += weight * residual * _u[index];
            sums[2] += weight * residual * _v[index];
        }

        return squares / (2 * _total);
    }

    // Slope and curvature of the projected cost, exact and without the residuals' share (Kaufman's, never negative),
    // each a mean.
    private ((double Alpha, double Beta) Slope, Curvature Newton, Curvature Safe) Shape(Place here)
    {
        Span<double> exact = stackalloc double[6];
        Span<double> cross = stackalloc double[6];
        exact.Clear();
        cross.Clear();
        double slopeAlpha = 0, slopeBeta = 0, squareAlpha = 0, product = 0, squareBeta = 0, bendAlpha = 0, bendBeta = 0;
        for (var index = 0; index < _loss.Length; index++)
        {
            var weight = _weights?[index] ?? 1;
            var (x, y, u, v, residual) = (_problem.X[index], _problem.Y[index], _u[index], _v[index], _residual[index]);
            var (p, q) = (-here.A * x * u, -here.B * y * v);
            slopeAlpha += weight * residual * p;
            slopeBeta += weight * residual * q;
            squareAlpha += weight * p * p;
            product += weight * p * q;
            squareBeta += weight * q * q;
            bendAlpha -= weight * residual * x * p;
            bendBeta -= weight * residual * y * q;
            cross[0] += weight * p;
            cross[1] += weight * p * u;
            cross[2] += weight * p * v;
            cross[3] += weight * q;
            cross[4] += weight * q * u;
            cross[5] += weight * q * v;
            exact[1] -= weight * residual * x * u;
            exact[5] -= weight * residual * y * v;
        }

        for (var index = 0; index < 6; index++)
            exact[index] += cross[index];
        var safe = Eliminated(here.Inverse, cross, squareAlpha, product, squareBeta);
        var newton = Eliminated(here.Inverse, exact, squareAlpha + bendAlpha, product, squareBeta + bendBeta);
        return ((slopeAlpha / _total, slopeBeta / _total), newton, safe);
    }

    // H_nn - H_nl H_ll^-1 H_ln.
    private Curvature Eliminated(double[] inverse, ReadOnlySpan<double> cross, double aa, double ab, double bb)
    {
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++)
            {
                var middle = inverse[(row * 3) + column];
                aa -= cross[row] * middle * cross[column];
                ab -= cross[row] * middle * cross[3 + column];
                bb -= cross[3 + row] * middle * cross[3 + column];
            }
        }

        return new Curvature(aa / _total, ab / _total, bb / _total);
    }

    // Null where the damped matrix is not positive definite. An exponent whose term is 0, or which sits at an end of
    // its range and wants out, stays where it is.
    private (double Alpha, double Beta)? Step(Place here, (double Alpha, double Beta) slope, Curvature matrix,
        Curvature metric, double damping)
    {
        var holdAlpha = here.A == 0 || Held(3, here.Alpha, slope.Alpha);
        var holdBeta = here.B == 0 || Held(4, here.Beta, slope.Beta);
        var aa = matrix.AlphaAlpha + (damping * metric.AlphaAlpha);
        var bb = matrix.BetaBeta + (damping * metric.BetaBeta);
        var ab = matrix.AlphaBeta + (damping * metric.AlphaBeta);
        if (holdAlpha || holdBeta)
        {
            if (holdAlpha && holdBeta)
                return (0, 0);
            var diagonal = holdAlpha ? bb : aa;
            return diagonal > 0 ? (holdAlpha ? 0 : -slope.Alpha / diagonal, holdBeta ? 0 : -slope.Beta / diagonal)
                : null;
        }

        var determinant = (aa * bb) - (ab * ab);
        return aa > 0 && bb > 0 && determinant > 1e-15 * aa * bb
            ? (((ab * slope.Beta) - (bb * slope.Alpha)) / determinant,
                ((ab * slope.Alpha) - (aa * slope.Beta)) / determinant)
            : null;
    }

    private bool Held(int index, double value, double slope) =>
        (value <= _bounds.Low[index] && slope >= 0) || (value >= _bounds.High[index] && slope <= 0);

    // A and B are the terms' sizes at the centre of the data; Inverse that of the linear unknowns' Gram matrix, 0 where
    // one is held at 0.
    private sealed record Place(double Alpha, double Beta, double E, double A, double B, double Value,
        double[] Inverse);

    private readonly record struct Curvature(double AlphaAlpha, double AlphaBeta, double BetaBeta);
}
