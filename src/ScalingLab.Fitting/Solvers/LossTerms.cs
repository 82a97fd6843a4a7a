using ScalingLab.Fitting.Options;

namespace ScalingLab.Fitting.Solvers;

/// <summary>
/// A loss law as a sum of positive terms, L = sum of exp(z): each z and its slopes at each point. The unknowns stand in
/// theta, scaled so that a step of about 1 matters in each. Exact curvature needs z linear in theta; where it is not,
/// the curvature leaves out z's own.
/// </summary>
internal abstract class LossTerms
{
    public abstract int Unknowns { get; }

    public abstract int Terms { get; }

    /// <summary>Where the unknowns may go.</summary>
    public abstract ParameterBounds Bounds { get; }

    /// <summary>The longest believable step of each unknown: beyond it the quadratic model is a guess.</summary>
    public abstract double[] LongestStep { get; }

    /// <summary>
    /// Fills z (one a term) and slopes (term-major: Terms x Unknowns; cleared by the caller) at a point.
    /// </summary>
    public abstract void Evaluate(int point, ReadOnlySpan<double> theta, Span<double> z, Span<double> slopes);

    /// <summary>
    /// Sums the cost, gradient and curvatures over all points at once, where the law knows how; false: point by point.
    /// </summary>
    public virtual bool TrySum(ReadOnlySpan<double> theta, double delta, double[] targets, bool isLog,
        CostDerivatives shape) => false;

    /// <summary>The law's loss at a point, nats/token.</summary>
    public double Loss(int point, ReadOnlySpan<double> theta)
    {
        Span<double> z = stackalloc double[Terms];
        Span<double> slopes = stackalloc double[Terms * Unknowns];
        Evaluate(point, theta, z, slopes);
        double sum = 0;
        foreach (var one in z)
            sum += Math.Exp(one);
        return sum;
    }
}

/// <summary>
/// The mean Huber cost of a law's residuals, log or linear (Hoffmann et al. 2022, eq. 10, for any law that is a sum of
/// terms). The targets are handed in, so that a bootstrap may change them.
/// </summary>
internal sealed class TermsProblem
{
    private readonly bool _logResiduals;
    private readonly CancellationToken _stop;

    public TermsProblem(LossTerms law, IReadOnlyList<double> losses, ResidualKind residuals, double delta,
        CancellationToken stop = default)
    {
        _stop = stop;
        Law = law;
        Delta = delta;
        Losses = losses;
        _logResiduals = residuals == ResidualKind.Log;
        Targets = [.. losses.Select(loss => _logResiduals ? Math.Log(loss) : loss)];
        // Below this the mean cost is rounding, and no step can be told from another.
        var scale = _logResiduals ? 1 : losses.Max();
        RoundingFloor = 1e-29 * scale * scale;
    }

    public LossTerms Law { get; }

    /// <summary>Where Huber's cost turns linear; infinity for half the square.</summary>
    public double Delta { get; }

    public IReadOnlyList<double> Losses { get; }

    public double[] Targets { get; }

    public double RoundingFloor { get; }

    /// <summary>The law in the residual's unit: ln L or L.</summary>
    public double Predicted(int point, ReadOnlySpan<double> theta)
    {
        var loss = Law.Loss(point, theta);
        return _logResiduals ? Math.Log(loss) : loss;
    }

    public NewtonMinimizer Minimizer(ParameterBounds bounds) => new(bounds, Law.LongestStep, RoundingFloor);

    /// <summary>The mean cost of the residuals from these targets.</summary>
    public Cost Cost(double[] targets, double delta) => (theta, into) => Evaluate(theta, delta, targets, into);

    public void Evaluate(ReadOnlySpan<double> theta, double delta, double[] targets, CostDerivatives shape)
    {
        _stop.ThrowIfCancellationRequested();
        if (!Law.TrySum(theta, delta, targets, _logResiduals, shape))
            SumPoints(theta, delta, targets, shape);
        shape.DivideBy(targets.Length);
    }

    private void SumPoints(ReadOnlySpan<double> theta, double delta, double[] targets, CostDerivatives shape)
    {
        shape.Clear();
        var (unknowns, terms) = (Law.Unknowns, Law.Terms);
        Span<double> z = stackalloc double[terms];
        Span<double> slopes = stackalloc double[terms * unknowns];
        Span<double> jacobian = stackalloc double[unknowns];
        for (var point = 0; point < targets.Length; point++)
        {
            slopes.Clear();
            Law.Evaluate(point, theta, z, slopes);
            var predicted = Shares(z);
            jacobian.Clear();
            for (var term = 0; term < terms; term++)
            {
                for (var index = 0; index < unknowns; index++)
                    jacobian[index] += z[term] * slopes[(term * unknowns) + index];
            }

            Accumulate(shape, z, slopes, jacobian, predicted - targets[point], delta);
        }
    }

    // z becomes what each term weighs in the prediction's slope: its share of the loss (log residuals) or itself
    // (linear ones).
    private double Shares(Span<double> z)
    {
        var top = double.NegativeInfinity;
        foreach (var one in z)
            top = Math.Max(top, one);
        double sum = 0;
        for (var term = 0; term < z.Length; term++)
        {
            z[term] = Math.Exp(z[term] - top);
            sum += z[term];
        }

        var scale = _logResiduals ? 1 / sum : Math.Exp(top);
        for (var term = 0; term < z.Length; term++)
            z[term] *= scale;
        return _logResiduals ? top + Math.Log(sum) : sum * scale;
    }

    // Adds what one residual costs. Curvature: bend J J' + slope S, where S = sum of g dz dz' (less J J' for log
    // residuals).
    private void Accumulate(
        CostDerivatives shape, ReadOnlySpan<double> shares, ReadOnlySpan<double> slopes, ReadOnlySpan<double> jacobian,
        double residual, double delta)
    {
        var size = Math.Abs(residual);
        var inside = size <= delta;
        var slope = inside ? residual : Math.CopySign(delta, residual);
        var (bend, reweighted) = inside ? (1.0, 1.0) : (0.0, delta / size);
        shape.Value += inside ? 0.5 * residual * residual : delta * (size - (0.5 * delta));
        var unknowns = jacobian.Length;
        var outer = _logResiduals ? bend - slope : bend;
        Span<double> gradient = shape.Gradient, hessian = shape.Hessian, gaussNewton = shape.GaussNewton;
        Span<double> weighed = stackalloc double[shares.Length];
        for (var row = 0; row < unknowns; row++)
        {
            gradient[row] += slope * jacobian[row];
            for (var term = 0; term < shares.Length; term++)
                weighed[term] = shares[term] * slopes[(term * unknowns) + row];
            for (var column = 0; column <= row; column++)
            {
                double spread = 0;
                for (var term = 0; term < shares.Length; term++)
                    spread += weighed[term] * slopes[(term * unknowns) + column];
                var product = jacobian[row] * jacobian[column];
                hessian[(column * unknowns) + row] += (outer * product) + (slope * spread);
                gaussNewton[(column * unknowns) + row] += reweighted * product;
            }
        }
    }
}
