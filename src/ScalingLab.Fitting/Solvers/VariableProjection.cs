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
    private readonly double[] _loss;
    private readonly double[] _u;
    private readonly double[] _v;
    private readonly double[] _residual;
    private readonly double _total;
    private Place? _last;

    private VariableProjection(ParametricProblem problem, double[]? weights)
    {
        (_problem, _weights) = (problem, weights);
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
        ParametricProblem problem, double alpha, double beta, double[]? weights, ParameterBounds box)
    {
        var projection = new VariableProjection(problem, weights);
        var found = new NewtonMinimizer(new(box.Low[3..], box.High[3..]), [0.4, 0.4], problem.RoundingFloor)
            .Minimize([alpha, beta], projection.Evaluate);
        var here = projection.At(found.Theta[0], found.Theta[1]);
        // A term that is 0 has no logarithm: it goes to the lower end of the box.
        double Inside(int index, double value) => Math.Clamp(value, box.Low[index], box.High[index]);
        return found with
        {
            Theta = [Inside(0, Math.Log(here.E)), Inside(1, Math.Log(here.A)), Inside(2, Math.Log(here.B)),
                .. found.Theta],
        };
    }

    // A descent nearly always ends where it looked last.
    private Place At(double alpha, double beta) =>
        _last is { } last && last.Alpha == alpha && last.Beta == beta ? last : _last = Project(alpha, beta);

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

    // The projected cost with its exact curvature and that without the residuals' share (Kaufman's, never negative). An
    // exponent whose term is 0 has neither slope nor curvature, and stays where it is.
    private void Evaluate(ReadOnlySpan<double> theta, CostDerivatives into)
    {
        var here = At(theta[0], theta[1]);
        into.Value = here.Value;
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
        (into.Gradient[0], into.Gradient[1]) = (slopeAlpha / _total, slopeBeta / _total);
        Eliminate(here.Inverse, cross, (squareAlpha, product, squareBeta), into.GaussNewton);
        Eliminate(here.Inverse, exact, (squareAlpha + bendAlpha, product, squareBeta + bendBeta), into.Hessian);
    }

    // H_nn - H_nl H_ll^-1 H_ln, a mean.
    private void Eliminate(double[] inverse, ReadOnlySpan<double> cross, (double Aa, double Ab, double Bb) own,
        double[] into)
    {
        var (aa, ab, bb) = own;
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

        (into[0], into[1], into[3]) = (aa / _total, ab / _total, bb / _total);
    }

    // A and B are the terms' sizes at the centre of the data; Inverse that of the linear unknowns' Gram matrix, 0 where
    // one is held at 0.
    private sealed record Place(double Alpha, double Beta, double E, double A, double B, double Value,
        double[] Inverse);
}
