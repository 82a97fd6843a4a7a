namespace ScalingLab.Fitting.Solvers;

/// <summary>Where a descent ended.</summary>
internal sealed record MinimizerResult(double[] Theta, double Value, bool Converged, int Iterations);

/// <summary>
/// Newton's method on the exact Hessian, damped in the metric of the reweighted Gauss-Newton matrix (Levenberg's idea
/// in a metric that follows the law's narrow valleys), inside a box; where the Hessian is not positive definite, or
/// leaves something out, a reweighted Gauss-Newton step. Huber's cost with a small delta is piecewise quadratic in the
/// residuals: once the set of points within delta is the right one, the undamped step is all but exact.
/// </summary>
/// <param name="bounds">Where the unknowns may go.</param>
/// <param name="longestStep">[unknowns]: beyond it the quadratic model is a guess.</param>
/// <param name="roundingFloor">Below this cost no step can be told from another.</param>
internal sealed class NewtonMinimizer(ParameterBounds bounds, double[] longestStep, double roundingFloor)
{
    private const int MaxIterations = 400;

    private readonly double[] _low = bounds.Low;
    private readonly double[] _high = bounds.High;
    private readonly int _size = longestStep.Length;

    /// <summary>Whether the last unknown is the one before it, which bears its slopes.</summary>
    public bool IsTied { get; init; }

    /// <summary>
    /// [unknowns], c: no step changes c'theta, so that the minimum is the one under that linear restriction, from a
    /// start inside the box. Null: none.
    /// </summary>
    public double[]? Along { get; init; }

    /// <summary>From a start to a minimum.</summary>
    public MinimizerResult Minimize(ReadOnlySpan<double> start, Cost cost)
    {
        var theta = Inside(start);
        var trial = new double[_size];
        CostDerivatives here = new(_size), there = new(_size);
        cost(theta, here);
        Span<double> step = stackalloc double[_size];
        var (damping, decrement, iteration) = (1e-2, double.PositiveInfinity, 0);
        while (iteration++ < MaxIterations && damping < 1e14)
        {
            if (here.Value <= roundingFloor * 1e-3)
                break;
            // Where the Hessian curves the wrong way, the reweighted matrix alone makes the step: iteratively
            // reweighted least squares.
            var newton = Solve(here, here.Hessian, theta, damping, step);
            if (!newton)
            {
                damping = Math.Max(damping, 0.3);
                if (!Solve(here, here.GaussNewton, theta, damping, step))
                    break;
            }

            Move(theta, trial, step);
            var (slope, curvature) = Model(here.Gradient, newton ? here.Hessian : here.GaussNewton, step);
            // With strong damping the step is short for its own sake: scaled back it still measures the distance to the
            // optimum.
            decrement = Math.Abs(slope) * Math.Max(1, damping);
            if (decrement <= 1e-14 * here.Value)
                break;
            cost(trial, there);
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

        var converged = decrement <= 1e-8 * here.Value || here.Value <= roundingFloor;
        return new MinimizerResult(theta, here.Value, converged, iteration);
    }

    /// <summary>Where one undamped step leads; the place itself where there is no such step.</summary>
    public double[] UndampedStep(CostDerivatives shape, double[] theta)
    {
        Span<double> step = stackalloc double[_size];
        if (!Solve(shape, shape.Hessian, theta, 0, step))
            return theta;
        var place = new double[_size];
        Move(theta, place, step);
        return place;
    }

    // A start as the problem can have it.
    private double[] Inside(ReadOnlySpan<double> start)
    {
        var theta = new double[_size];
        for (var index = 0; index < _size; index++)
            theta[index] = Math.Clamp(start[index], _low[index], _high[index]);
        if (IsTied)
            theta[^1] = theta[^2];
        return theta;
    }

    // Writes the trial, and makes the step the one that leads there: shortened as a whole where one unknown would go
    // too far, then kept in the box.
    private void Move(double[] theta, double[] trial, Span<double> step)
    {
        double most = 1;
        for (var index = 0; index < _size; index++)
            most = Math.Max(most, Math.Abs(step[index]) / longestStep[index]);
        for (var index = 0; index < _size; index++)
            step[index] /= most;
        if (Along is not null)
            KeepInside(theta, step);
        for (var index = 0; index < _size; index++)
        {
            trial[index] = Math.Clamp(theta[index] + step[index], _low[index], _high[index]);
            step[index] = trial[index] - theta[index];
        }
    }

    // A restricted step that leaves the box is cut short, for a clamped one would leave the restriction.
    private void KeepInside(double[] theta, Span<double> step)
    {
        double share = 1;
        for (var index = 0; index < _size; index++)
        {
            if (step[index] != 0)
            {
                var room = (step[index] > 0 ? _high[index] : _low[index]) - theta[index];
                share = Math.Min(share, Math.Max(room / step[index], 0));
            }
        }

        for (var index = 0; index < _size; index++)
            step[index] *= share;
    }

    private (double Slope, double Curvature) Model(double[] gradient, double[] matrix, ReadOnlySpan<double> step)
    {
        double slope = 0, curvature = 0;
        for (var row = 0; row < _size; row++)
        {
            slope += gradient[row] * step[row];
            curvature += matrix[(row * _size) + row] * step[row] * step[row];
            for (var column = row + 1; column < _size; column++)
                curvature += 2 * matrix[(row * _size) + column] * step[row] * step[column];
        }

        return (slope, curvature);
    }

    /// <summary>
    /// Solves (M + damping G) step = -gradient over the free unknowns by Cholesky; false when not positive definite. A
    /// restriction c takes away what the step has along (M + damping G)^-1 c, so that c'step = 0.
    /// </summary>
    private bool Solve(CostDerivatives shape, double[] matrix, double[] theta, double damping, Span<double> step)
    {
        Span<int> free = stackalloc int[_size];
        var count = 0;
        for (var index = 0; index < _size; index++)
        {
            step[index] = 0;
            var held = (theta[index] <= _low[index] && shape.Gradient[index] >= 0)
                || (theta[index] >= _high[index] && shape.Gradient[index] <= 0);
            if (!held && !(IsTied && index == _size - 1))
                free[count++] = index;
        }

        Span<double> factor = stackalloc double[count * count];
        for (var row = 0; row < count; row++)
        {
            for (var column = 0; column <= row; column++)
            {
                // free is ascending, so the upper triangle's entry is (free[column], free[row]).
                var place = (free[column] * _size) + free[row];
                var entry = matrix[place] + (damping * shape.GaussNewton[place]);
                // An unknown that the points do not move would make the matrix singular: a touch more than rounding on
                // the diagonal.
                factor[(row * count) + column] =
                    row == column ? entry + ((1e-13 * shape.GaussNewton[place]) + 1e-300) : entry;
            }
        }

        if (!Cholesky.Factor(factor, count, 1e-15))
            return false;
        Substitute(factor, free[..count], shape.Gradient, step);
        for (var index = 0; index < _size; index++)
            step[index] = -step[index];
        if (Along is not null)
            Restrict(factor, free[..count], Along, step);
        if (IsTied)
            step[^1] = step[^2];
        return true;
    }

    private static void Restrict(ReadOnlySpan<double> factor, ReadOnlySpan<int> free, double[] along, Span<double> step)
    {
        Span<double> normal = stackalloc double[step.Length];
        normal.Clear();
        Substitute(factor, free, along, normal);
        double leaves = 0, size = 0;
        for (var index = 0; index < step.Length; index++)
            (leaves, size) = (leaves + (along[index] * step[index]), size + (along[index] * normal[index]));
        for (var index = 0; index < step.Length && size > 0; index++)
            step[index] -= normal[index] * leaves / size;
    }

    // Writes the solution for the free unknowns.
    private static void Substitute(ReadOnlySpan<double> factor, ReadOnlySpan<int> free, ReadOnlySpan<double> right,
        Span<double> into)
    {
        Span<double> solution = stackalloc double[free.Length];
        for (var row = 0; row < free.Length; row++)
            solution[row] = right[free[row]];
        Cholesky.Solve(factor, solution);
        for (var row = 0; row < free.Length; row++)
            into[free[row]] = solution[row];
    }
}
