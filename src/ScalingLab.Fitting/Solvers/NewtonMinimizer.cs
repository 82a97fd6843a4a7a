namespace ScalingLab.Fitting.Solvers;

/// <summary>Where a descent ended.</summary>
internal sealed record MinimizerResult(double[] Theta, double Value, bool Converged, int Iterations);

/// <summary>
/// Newton's method on the exact Hessian, damped in the metric of the reweighted Gauss-Newton matrix (Levenberg's idea
/// in a metric that follows the law's narrow valleys), inside a box; where the Hessian is not positive definite, a
/// reweighted Gauss-Newton step. Huber's cost with a small delta is piecewise quadratic in the residuals: once the set
/// of points within delta is the right one, the undamped step is all but exact.
/// </summary>
internal sealed class NewtonMinimizer
{
    private const int Size = ObjectiveDerivatives.Size;
    private const int MaxIterations = 400;

    private readonly ParametricProblem _problem;
    private readonly ParameterBounds _bounds;
    private readonly double[]? _along;

    /// <summary>
    /// With <paramref name="along"/>, c, no step changes c'theta: the minimum under that one linear restriction, from a
    /// start inside the box.
    /// </summary>
    public NewtonMinimizer(ParametricProblem problem, ParameterBounds bounds, double[]? along = null) =>
        (_problem, _bounds, _along) = (problem, bounds, along);

    /// <summary>
    /// From a start to a minimum of the Huber cost with that delta. Null weights are all 1, or those drawn.
    /// </summary>
    public MinimizerResult Minimize(ReadOnlySpan<double> start, double delta, double[]? weights = null)
    {
        var theta = Inside(start);
        var trial = new double[Size];
        ObjectiveDerivatives here = new(), there = new();
        _problem.Evaluate(theta, delta, weights, here);
        Span<double> step = stackalloc double[Size];
        var (damping, decrement, iteration) = (1e-2, double.PositiveInfinity, 0);
        while (iteration++ < MaxIterations && damping < 1e14)
        {
            if (here.Value <= _problem.RoundingFloor * 1e-3)
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
            var (slope, curvature) = Model(here, newton ? here.Hessian : here.GaussNewton, step);
            // With strong damping the step is short for its own sake: scaled back it still measures the distance to the
            // optimum.
            decrement = Math.Abs(slope) * Math.Max(1, damping);
            if (decrement <= 1e-14 * here.Value)
                break;
            _problem.Evaluate(trial, delta, weights, there);
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

    /// <summary>
    /// Where one undamped step leads once a point is taken away from a mean; the place itself where there is no such
    /// step.
    /// </summary>
    public double[] StepWithout(ObjectiveDerivatives all, ObjectiveDerivatives one, double[] theta)
    {
        var rest = new ObjectiveDerivatives();
        for (var index = 0; index < Size; index++)
            rest.Gradient[index] = (_problem.Count * all.Gradient[index]) - one.Gradient[index];
        for (var index = 0; index < Size * Size; index++)
        {
            rest.Hessian[index] = (_problem.Count * all.Hessian[index]) - one.Hessian[index];
            rest.GaussNewton[index] = (_problem.Count * all.GaussNewton[index]) - one.GaussNewton[index];
        }

        Span<double> step = stackalloc double[Size];
        if (!Solve(rest, rest.Hessian, theta, 0, step))
            return theta;
        var place = new double[Size];
        Move(theta, place, step);
        return place;
    }

    // A start as the problem can have it.
    private double[] Inside(ReadOnlySpan<double> start)
    {
        var theta = new double[Size];
        for (var index = 0; index < Size; index++)
            theta[index] = Math.Clamp(start[index], _bounds.Low[index], _bounds.High[index]);
        if (_problem.IsTied)
            theta[4] = theta[3];
        return theta;
    }

    // Writes the trial, and makes the step the one that leads there.
    private void Move(double[] theta, double[] trial, Span<double> step)
    {
        Shorten(step);
        if (_along is not null)
            KeepInside(theta, step);
        for (var index = 0; index < Size; index++)
        {
            trial[index] = Math.Clamp(theta[index] + step[index], _bounds.Low[index], _bounds.High[index]);
            step[index] = trial[index] - theta[index];
        }
    }

    // No step changes a term by more than e^1.5 or an exponent by more than 0.4: beyond that the quadratic model is a
    // guess.
    private static void Shorten(Span<double> step)
    {
        double most = 1;
        for (var index = 0; index < Size; index++)
            most = Math.Max(most, Math.Abs(step[index]) / (index < 3 ? 1.5 : 0.4));
        for (var index = 0; index < Size; index++)
            step[index] /= most;
    }

    // A restricted step that leaves the box is cut short, for a clamped one would leave the restriction.
    private void KeepInside(double[] theta, Span<double> step)
    {
        double share = 1;
        for (var index = 0; index < Size; index++)
        {
            if (step[index] != 0)
            {
                var room = (step[index] > 0 ? _bounds.High[index] : _bounds.Low[index]) - theta[index];
                share = Math.Min(share, Math.Max(room / step[index], 0));
            }
        }

        for (var index = 0; index < Size; index++)
            step[index] *= share;
    }

    private static (double Slope, double Curvature) Model(ObjectiveDerivatives shape, double[] matrix,
        ReadOnlySpan<double> step)
    {
        double slope = 0, curvature = 0;
        for (var row = 0; row < Size; row++)
        {
            slope += shape.Gradient[row] * step[row];
            curvature += matrix[(row * Size) + row] * step[row] * step[row];
            for (var column = row + 1; column < Size; column++)
                curvature += 2 * matrix[(row * Size) + column] * step[row] * step[column];
        }

        return (slope, curvature);
    }

    /// <summary>
    /// Solves (M + damping G) step = -gradient over the free unknowns by Cholesky; false when not positive definite. A
    /// restriction c takes away what the step has along (M + damping G)^-1 c, so that c'step = 0. Where beta is tied to
    /// alpha, its step is alpha's.
    /// </summary>
    private bool Solve(ObjectiveDerivatives shape, double[] matrix, double[] theta, double damping, Span<double> step)
    {
        Span<int> free = stackalloc int[Size];
        var count = 0;
        for (var index = 0; index < Size; index++)
        {
            step[index] = 0;
            var held = (theta[index] <= _bounds.Low[index] && shape.Gradient[index] >= 0)
                || (theta[index] >= _bounds.High[index] && shape.Gradient[index] <= 0);
            if (!held && !(_problem.IsTied && index == 4))
                free[count++] = index;
        }

        Span<double> factor = stackalloc double[count * count];
        for (var row = 0; row < count; row++)
        {
            for (var column = 0; column <= row; column++)
            {
                // free is ascending, so the upper triangle's entry is (free[column], free[row]).
                var place = (free[column] * Size) + free[row];
                var entry = matrix[place] + (damping * shape.GaussNewton[place]);
                factor[(row * count) + column] = row == column ? entry + (1e-13 * shape.GaussNewton[place]) : entry;
            }
        }

        if (!Cholesky.Factor(factor, count, 1e-15))
            return false;
        Substitute(factor, free[..count], shape.Gradient, step);
        for (var index = 0; index < Size; index++)
            step[index] = -step[index];
        if (_along is not null)
            Restrict(factor, free[..count], _along, step);
        if (_problem.IsTied)
            step[4] = step[3];
        return true;
    }

    private static void Restrict(ReadOnlySpan<double> factor, ReadOnlySpan<int> free, double[] along, Span<double> step)
    {
        Span<double> normal = stackalloc double[Size];
        normal.Clear();
        Substitute(factor, free, along, normal);
        double leaves = 0, size = 0;
        for (var index = 0; index < Size; index++)
            (leaves, size) = (leaves + (along[index] * step[index]), size + (along[index] * normal[index]));
        for (var index = 0; index < Size && size > 0; index++)
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
