namespace ScalingLab.Fitting.Solvers;

/// <summary>
/// Damped Newton in a box for a law of any few terms: the method of <see cref="NewtonMinimizer"/>, which is written out
/// for the five unknowns of one law. Where the Hessian is not positive definite, or leaves something out, the
/// reweighted Gauss-Newton matrix.
/// </summary>
internal sealed class TermsMinimizer
{
    private readonly TermsProblem _problem;
    private readonly double[] _low;
    private readonly double[] _high;
    private readonly double[] _longest;
    private readonly int _size;

    /// <summary>A held unknown keeps the value that a start gives it.</summary>
    public TermsMinimizer(TermsProblem problem, (int Index, double Value)? held = null)
    {
        _problem = problem;
        var (low, high) = problem.Law.Bounds;
        (_low, _high, _longest, _size) = ([.. low], [.. high], problem.Law.LongestStep, problem.Law.Unknowns);
        if (held is { } one)
            _low[one.Index] = _high[one.Index] = one.Value;
    }

    /// <summary>From the best of the starts, each followed to its end; at the problem's own targets.</summary>
    public IReadOnlyList<MinimizerResult> From(IEnumerable<double[]> starts)
    {
        var descents = starts.Select(start => Minimize(start, _problem.Targets)).ToList();
        if (double.IsPositiveInfinity(_problem.Delta))
            return descents;
        // One more way in: the squared-error optimum, then Huber's delta lowered step by step.
        var smooth = TermsFit.Lowest(descents).Theta;
        foreach (var stage
            in new[] { double.PositiveInfinity, 30 * _problem.Delta, 10 * _problem.Delta, 3 * _problem.Delta })
            smooth = Minimize(smooth, _problem.Targets, stage).Theta;
        descents.Add(Minimize(smooth, _problem.Targets));
        return descents;
    }

    public MinimizerResult Minimize(ReadOnlySpan<double> start, double[] targets) =>
        Minimize(start, targets, _problem.Delta);

    private MinimizerResult Minimize(ReadOnlySpan<double> start, double[] targets, double delta,
        int maxIterations = 400)
    {
        var (theta, trial, step) = (new double[_size], new double[_size], new double[_size]);
        for (var index = 0; index < _size; index++)
            theta[index] = Math.Clamp(start[index], _low[index], _high[index]);
        CostDerivatives here = new(_size), there = new(_size);
        _problem.Evaluate(theta, delta, targets, here);
        var (damping, decrement, iteration) = (1e-2, double.PositiveInfinity, 0);
        while (iteration++ < maxIterations && damping < 1e14)
        {
            if (here.Value <= _problem.RoundingFloor * 1e-3)
                break;
            var newton = Solve(here, here.Hessian, theta, damping, step);
            if (!newton)
            {
                damping = Math.Max(damping, 0.3);
                if (!Solve(here, here.GaussNewton, theta, damping, step))
                    break;
            }

            Move(theta, trial, step);
            var (slope, curvature) = Model(here, newton ? here.Hessian : here.GaussNewton, step);
            // With strong damping the step is short for its own sake: scaled back it still measures the distance to the
            // optimum.
            decrement = Math.Abs(slope) * Math.Max(1, damping);
            if (decrement <= 1e-14 * here.Value)
                break;
            _problem.Evaluate(trial, delta, targets, there);
            var gain = (here.Value - there.Value) / -(slope + (0.5 * curvature));
            if (there.Value < here.Value && gain > 1e-4)
            {
                (theta, trial) = (trial, theta);
                (here, there) = (there, here);
                damping = gain > 0.75 ? Math.Max(damping / 10, 1e-12) : gain < 0.25 ? damping * 4 : damping;
            }
            else
            {
                damping = Math.Max(damping * 6, 1e-9);
            }
        }

        var converged = decrement <= 1e-8 * here.Value || here.Value <= _problem.RoundingFloor;
        return new MinimizerResult(theta, here.Value, converged, iteration);
    }

    // Shortened as a whole where one unknown would go too far, then kept in the box.
    private void Move(double[] theta, double[] trial, double[] step)
    {
        double most = 1;
        for (var index = 0; index < _size; index++)
            most = Math.Max(most, Math.Abs(step[index]) / _longest[index]);
        for (var index = 0; index < _size; index++)
        {
            trial[index] = Math.Clamp(theta[index] + (step[index] / most), _low[index], _high[index]);
            step[index] = trial[index] - theta[index];
        }
    }

    private (double Slope, double Curvature) Model(CostDerivatives shape, double[] matrix, double[] step)
    {
        double slope = 0, curvature = 0;
        for (var row = 0; row < _size; row++)
        {
            slope += shape.Gradient[row] * step[row];
            for (var column = 0; column < _size; column++)
                curvature += matrix[(row * _size) + column] * step[row] * step[column];
        }

        return (slope, curvature);
    }

    // Solves (M + damping G) step = -gradient over the unknowns that are not held at an end, by Cholesky; false when
    // not positive definite.
    private bool Solve(CostDerivatives shape, double[] matrix, double[] theta, double damping, double[] step)
    {
        Span<int> free = stackalloc int[_size];
        var count = 0;
        for (var index = 0; index < _size; index++)
        {
            step[index] = 0;
            var held = (theta[index] <= _low[index] && shape.Gradient[index] >= 0)
                || (theta[index] >= _high[index] && shape.Gradient[index] <= 0);
            if (!held)
                free[count++] = index;
        }

        Span<double> factor = stackalloc double[count * count];
        Span<double> solution = stackalloc double[count];
        for (var row = 0; row < count; row++)
        {
            solution[row] = -shape.Gradient[free[row]];
            for (var column = 0; column <= row; column++)
            {
                var place = (free[row] * _size) + free[column];
                var entry = matrix[place] + (damping * shape.GaussNewton[place]);
                // An unknown that the points do not move would make the matrix singular: a touch more than rounding on
                // the diagonal.
                factor[(row * count) + column] =
                    row == column ? entry + ((1e-13 * shape.GaussNewton[place]) + 1e-300) : entry;
            }
        }

        if (!Cholesky.Factor(factor, count, 1e-15))
            return false;
        Cholesky.Solve(factor, solution);
        for (var row = 0; row < count; row++)
            step[free[row]] = solution[row];
        return true;
    }
}
