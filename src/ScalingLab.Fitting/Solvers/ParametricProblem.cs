using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;

namespace ScalingLab.Fitting.Solvers;

/// <summary>
/// The parametric law as a minimisation in five well-scaled unknowns: theta = (ln E, ln A', ln B', alpha, beta), where
/// A' and B' are the terms' sizes at the centre of the data (ln N and ln D are centred), so that no unknown is large
/// and the terms stay positive. ln L = log-sum-exp(ln E, ln A' - alpha x, ln B' - beta y) as in Hoffmann et al. 2022,
/// eq. 10.
/// </summary>
internal sealed class ParametricProblem
{
    /// <summary>Numbers in theta.</summary>
    public const int Unknowns = 5;

    private readonly double[] _x;
    private readonly double[] _y;
    private readonly double[] _target;
    private readonly double[]? _weight;
    private readonly bool _logResiduals;

    /// <param name="observations">The rows.</param>
    /// <param name="residuals">Of ln L or of L.</param>
    /// <param name="tied">Whether beta follows alpha: then theta[4] is theta[3], and every slope in it is counted
    /// there.</param>
    /// <param name="stop">Ends whatever goes over the rows.</param>
    public ParametricProblem(IReadOnlyList<LossObservation> observations, ResidualKind residuals, bool tied = false,
        CancellationToken stop = default)
    {
        IsTied = tied;
        Stop = stop;
        // One look at each row, for a judgement makes some hundred problems of nearly all of them.
        var count = observations.Count;
        (_x, _y, _target) = (new double[count], new double[count], new double[count]);
        (LowestLoss, HighestLoss) = (double.PositiveInfinity, double.NegativeInfinity);
        double sumN = 0, sumD = 0;
        for (var index = 0; index < count; index++)
        {
            var one = observations[index];
            (_x[index], _y[index], _target[index]) = (Math.Log(one.Parameters), Math.Log(one.Tokens), one.Loss);
            (sumN, sumD) = (sumN + _x[index], sumD + _y[index]);
            (LowestLoss, HighestLoss) = (Math.Min(LowestLoss, one.Loss), Math.Max(HighestLoss, one.Loss));
        }

        (CentreN, CentreD) = (sumN / count, sumD / count);
        _logResiduals = residuals == ResidualKind.Log;
        for (var index = 0; index < count; index++)
        {
            (_x[index], _y[index]) = (_x[index] - CentreN, _y[index] - CentreD);
            _target[index] = _logResiduals ? Math.Log(_target[index]) : _target[index];
        }

        // Below this the mean cost is rounding, and no step can be told from another.
        var scale = _logResiduals ? 1 : HighestLoss;
        RoundingFloor = 1e-29 * scale * scale;
        Count = count;
    }

    // Room for rows drawn from another problem's, which keeps its centre.
    private ParametricProblem(ParametricProblem from)
    {
        (IsTied, Stop, CentreN, CentreD, _logResiduals) =
            (from.IsTied, from.Stop, from.CentreN, from.CentreD, from._logResiduals);
        (LowestLoss, HighestLoss, RoundingFloor) = (from.LowestLoss, from.HighestLoss, from.RoundingFloor);
        (_x, _y, _target, _weight) =
            (new double[from.Count], new double[from.Count], new double[from.Count], new double[from.Count]);
    }

    public int Count { get; private set; }

    public bool IsTied { get; }

    public double CentreN { get; }

    public double CentreD { get; }

    public double LowestLoss { get; }

    public double HighestLoss { get; }

    public double RoundingFloor { get; }

    public CancellationToken Stop { get; }

    public ReadOnlySpan<double> X => _x.AsSpan(0, Count);

    public ReadOnlySpan<double> Y => _y.AsSpan(0, Count);

    /// <summary>The observed loss of a point, nats/token.</summary>
    public double Loss(int index) => _logResiduals ? Math.Exp(_target[index]) : _target[index];

    /// <summary>
    /// What a residual of this point weighs in a least-squares fit of the loss itself: 1 / L^2 stands for log
    /// residuals.
    /// </summary>
    public double LinearWeight(int index)
    {
        var loss = Loss(index);
        return _logResiduals ? 1 / (loss * loss) : 1;
    }

    public ParametricLaw Law(ReadOnlySpan<double> theta) => new(
        Math.Exp(theta[0]),
        Math.Exp(theta[1] + (theta[3] * CentreN)),
        Math.Exp(theta[2] + (theta[4] * CentreD)),
        theta[3],
        theta[4]);

    /// <summary>
    /// The unknowns of a law; a term of 0 becomes the smallest that the box allows once clamped to it.
    /// </summary>
    public double[] Theta(ParametricLaw law) =>
    [
        Math.Log(law.E),
        Math.Log(law.A) - (law.Alpha * CentreN),
        Math.Log(law.B) - (law.Beta * CentreD),
        law.Alpha,
        law.Beta,
    ];

    /// <summary>The residuals there, in the order of the observations.</summary>
    public double[] Residuals(ReadOnlySpan<double> theta)
    {
        var residuals = new double[Count];
        for (var index = 0; index < residuals.Length; index++)
        {
            var loss = Math.Exp(theta[0]) + Math.Exp(theta[1] - (theta[3] * _x[index]))
                + Math.Exp(theta[2] - (theta[4] * _y[index]));
            residuals[index] = (_logResiduals ? Math.Log(loss) : loss) - _target[index];
        }

        return residuals;
    }

    /// <summary>
    /// A problem of the same law for rows drawn from these, none as yet: <see cref="Draw"/> fills it, again and again.
    /// </summary>
    public ParametricProblem ForDraws() => new(this);

    /// <summary>Takes the rows of another problem that have a weight, with it.</summary>
    public void Draw(ParametricProblem from, ReadOnlySpan<double> weights)
    {
        var count = 0;
        for (var index = 0; index < weights.Length; index++)
        {
            // Each row is written and the next one stands over it where it has no weight: no guess for the processor to
            // get wrong.
            (_x[count], _y[count], _target[count], _weight![count]) =
                (from._x[index], from._y[index], from._target[index], weights[index]);
            count += weights[index] > 0 ? 1 : 0;
        }

        Count = count;
    }

    /// <summary>
    /// Weighted mean cost with its gradient and curvature. A delta of infinity is the squared error; null weights are
    /// all 1, or those drawn.
    /// </summary>
    public void Evaluate(ReadOnlySpan<double> theta, double delta, double[]? weights, CostDerivatives shape) =>
        Evaluate(theta, delta, shape, new ThreeTermRows(X, Y, _target.AsSpan(0, Count), weights
            ?? _weight.AsSpan(0, _weight is null ? 0 : Count)));

    /// <summary>The same of one point alone.</summary>
    public void EvaluateOne(ReadOnlySpan<double> theta, double delta, int index, CostDerivatives shape) =>
        Evaluate(theta, delta, shape,
            new ThreeTermRows(_x.AsSpan(index, 1), _y.AsSpan(index, 1), _target.AsSpan(index, 1), []));

    private void Evaluate(ReadOnlySpan<double> theta, double delta, CostDerivatives shape, in ThreeTermRows rows)
    {
        Stop.ThrowIfCancellationRequested();
        Span<double> sums = stackalloc double[ThreeTermCost.Count];
        ThreeTermCost.Sum(new ThreeTerms(theta[0], theta[1], theta[3], theta[2], theta[4]), rows, delta,
            _logResiduals, sums);
        var mean = 1 / sums[1];
        foreach (ref var sum in sums)
            sum *= mean;
        shape.Value = sums[0];
        var slopes = sums[ThreeTermCost.Slopes..];
        for (var index = 0; index < Unknowns; index++)
            shape.Gradient[index] = index < 3 ? slopes[index] : -slopes[index];
        Place(sums[ThreeTermCost.Curvature..], shape.Hessian);
        Place(sums[ThreeTermCost.Reweighted..], shape.GaussNewton);
        if (!IsTied)
            return;
        shape.Gradient[3] += shape.Gradient[4];
        shape.Gradient[4] = 0;
        Tie(shape.Hessian);
        Tie(shape.GaussNewton);
    }

    // theta4 = theta3: row and column 4 go into 3 of a symmetric matrix whose upper triangle is filled.
    private static void Tie(double[] matrix)
    {
        matrix[(3 * Unknowns) + 3] += (2 * matrix[(3 * Unknowns) + 4]) + matrix[(4 * Unknowns) + 4];
        for (var row = 0; row < 3; row++)
            matrix[(row * Unknowns) + 3] += matrix[(row * Unknowns) + 4];
        for (var row = 0; row < Unknowns; row++)
            matrix[(row * Unknowns) + 4] = 0;
    }

    // z = (theta0, theta1 - x theta3, theta2 - y theta4): the moments of a symmetric 3 x 3 in z as the upper triangle
    // of 5 x 5 in theta.
    private static void Place(ReadOnlySpan<double> moments, double[] into)
    {
        (into[0], into[1], into[2], into[6], into[7], into[12]) =
            (moments[0], moments[1], moments[2], moments[3], moments[4], moments[5]);
        (into[3], into[4], into[8], into[13], into[9], into[14]) =
            (-moments[6], -moments[7], -moments[8], -moments[9], -moments[10], -moments[11]);
        (into[18], into[19], into[24]) = (moments[12], moments[13], moments[14]);
    }
}
