namespace ScalingLab.Fitting;

/// <summary>The objective's value and its local shape at one place.</summary>
internal sealed class LocalShape
{
    public const int Size = 5;

    public double Value { get; set; }

    public double[] Gradient { get; } = new double[Size];

    /// <summary>The exact Hessian, row-major; upper triangle filled.</summary>
    public double[] Hessian { get; } = new double[Size * Size];

    /// <summary>The reweighted Gauss-Newton matrix (IRLS), positive semi-definite everywhere; upper triangle filled.</summary>
    public double[] GaussNewton { get; } = new double[Size * Size];
}

/// <summary>
/// The parametric law as a minimisation in five well-scaled unknowns: theta = (ln E, ln A', ln B', alpha, beta), where A' and B'
/// are the terms' sizes at the centre of the data (ln N and ln D are centred), so that no unknown is large and the terms stay positive.
/// ln L = log-sum-exp(ln E, ln A' - alpha x, ln B' - beta y) as in Hoffmann et al. 2022, eq. 10.
/// </summary>
internal sealed class ParametricProblem
{
    private readonly double[] _x;
    private readonly double[] _y;
    private readonly double[] _target;
    private readonly bool _logResiduals;

    /// <param name="observations">The rows.</param>
    /// <param name="residuals">Of ln L or of L.</param>
    /// <param name="tied">Whether beta follows alpha: then theta[4] is theta[3], and every slope in it is counted there.</param>
    /// <param name="stop">Ends whatever goes over the rows.</param>
    public ParametricProblem(IReadOnlyList<LossObservation> observations, ResidualKind residuals, bool tied = false, CancellationToken stop = default)
    {
        IsTied = tied;
        Stop = stop;
        CentreN = observations.Average(one => Math.Log(one.Parameters));
        CentreD = observations.Average(one => Math.Log(one.Tokens));
        _x = [.. observations.Select(one => Math.Log(one.Parameters) - CentreN)];
        _y = [.. observations.Select(one => Math.Log(one.Tokens) - CentreD)];
        _logResiduals = residuals == ResidualKind.Log;
        _target = [.. observations.Select(one => _logResiduals ? Math.Log(one.Loss) : one.Loss)];
        LowestLoss = observations.Min(one => one.Loss);
        HighestLoss = observations.Max(one => one.Loss);
        // Below this the mean cost is rounding, and no step can be told from another.
        var scale = _logResiduals ? 1 : HighestLoss;
        RoundingFloor = 1e-29 * scale * scale;
    }

    public int Count => _x.Length;

    public bool IsTied { get; }

    public double CentreN { get; }

    public double CentreD { get; }

    public double LowestLoss { get; }

    public double HighestLoss { get; }

    public double RoundingFloor { get; }

    public CancellationToken Stop { get; }

    public ReadOnlySpan<double> X => _x;

    public ReadOnlySpan<double> Y => _y;

    /// <summary>The observed loss of a point, nats/token.</summary>
    public double Loss(int index) => _logResiduals ? Math.Exp(_target[index]) : _target[index];

    /// <summary>What a residual of this point weighs in a least-squares fit of the loss itself: 1 / L^2 stands for log residuals.</summary>
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

    /// <summary>The unknowns of a law; a term of 0 becomes the smallest that the box allows once clamped to it.</summary>
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
            var loss = Math.Exp(theta[0]) + Math.Exp(theta[1] - (theta[3] * _x[index])) + Math.Exp(theta[2] - (theta[4] * _y[index]));
            residuals[index] = (_logResiduals ? Math.Log(loss) : loss) - _target[index];
        }

        return residuals;
    }

    /// <summary>
    /// Weighted mean cost with its gradient and curvature. A delta of infinity is the squared error; null weights are all 1.
    /// </summary>
    public void Evaluate(ReadOnlySpan<double> theta, double delta, double[]? weights, LocalShape shape) =>
        Evaluate(theta, delta, weights, shape, 0, _x.Length);

    /// <summary>The same of one point alone.</summary>
    public void EvaluateOne(ReadOnlySpan<double> theta, double delta, int index, LocalShape shape) => Evaluate(theta, delta, null, shape, index, index + 1);

    private void Evaluate(ReadOnlySpan<double> theta, double delta, double[]? weights, LocalShape shape, int from, int to)
    {
        Stop.ThrowIfCancellationRequested();
        double value = 0, total = 0;
        var gradient = shape.Gradient;
        var hessian = shape.Hessian;
        var gaussNewton = shape.GaussNewton;
        Array.Clear(gradient);
        Array.Clear(hessian);
        Array.Clear(gaussNewton);
        for (var index = from; index < to; index++)
        {
            var weight = weights is null ? 1 : weights[index];
            if (weight == 0)
                continue;
            total += weight;
            var (x, y) = (_x[index], _y[index]);
            var (z0, z1, z2) = (theta[0], theta[1] - (theta[3] * x), theta[2] - (theta[4] * y));
            var top = Math.Max(z0, Math.Max(z1, z2));
            var (g0, g1, g2) = (Math.Exp(z0 - top), Math.Exp(z1 - top), Math.Exp(z2 - top));
            var sum = g0 + g1 + g2;
            // Log residuals: g are the terms' shares of the loss; linear residuals: the terms themselves.
            var scale = _logResiduals ? 1 / sum : Math.Exp(top);
            (g0, g1, g2) = (g0 * scale, g1 * scale, g2 * scale);
            var residual = (_logResiduals ? top + Math.Log(sum) : sum * scale) - _target[index];
            var size = Math.Abs(residual);
            var inside = size <= delta;
            var slope = weight * (inside ? residual : Math.CopySign(delta, residual));
            var bend = inside ? weight : 0;
            var reweighted = inside ? weight : weight * delta / size;
            value += weight * (inside ? 0.5 * residual * residual : delta * (size - (0.5 * delta)));

            // Curvature in z: bend g g' + slope S, where S = diag(g) - g g' for log residuals and diag(g) for linear ones.
            var outer = _logResiduals ? bend - slope : bend;
            Accumulate(hessian, x, y, (outer * g0 * g0) + (slope * g0), outer * g0 * g1, outer * g0 * g2,
                (outer * g1 * g1) + (slope * g1), outer * g1 * g2, (outer * g2 * g2) + (slope * g2));
            Accumulate(gaussNewton, x, y, reweighted * g0 * g0, reweighted * g0 * g1, reweighted * g0 * g2,
                reweighted * g1 * g1, reweighted * g1 * g2, reweighted * g2 * g2);
            gradient[0] += slope * g0;
            gradient[1] += slope * g1;
            gradient[2] += slope * g2;
            gradient[3] -= slope * x * g1;
            gradient[4] -= slope * y * g2;
        }

        var mean = 1 / total;
        shape.Value = value * mean;
        for (var index = 0; index < gradient.Length; index++)
            gradient[index] *= mean;
        for (var index = 0; index < hessian.Length; index++)
        {
            hessian[index] *= mean;
            gaussNewton[index] *= mean;
        }

        if (!IsTied)
            return;
        gradient[3] += gradient[4];
        gradient[4] = 0;
        Tie(hessian);
        Tie(gaussNewton);
    }

    // theta4 = theta3: row and column 4 go into 3 of a symmetric matrix whose upper triangle is filled.
    private static void Tie(double[] matrix)
    {
        const int Size = LocalShape.Size;
        matrix[(3 * Size) + 3] += (2 * matrix[(3 * Size) + 4]) + matrix[(4 * Size) + 4];
        for (var row = 0; row < 3; row++)
            matrix[(row * Size) + 3] += matrix[(row * Size) + 4];
        for (var row = 0; row < Size; row++)
            matrix[(row * Size) + 4] = 0;
    }

    // z = (theta0, theta1 - x theta3, theta2 - y theta4): carries a symmetric 3 x 3 in z to the upper triangle of 5 x 5 in theta.
    private static void Accumulate(
        double[] into, double x, double y, double k00, double k01, double k02, double k11, double k12, double k22)
    {
        into[24] += y * y * k22;
        into[0] += k00;
        into[1] += k01;
        into[2] += k02;
        into[3] -= x * k01;
        into[4] -= y * k02;
        into[6] += k11;
        into[7] += k12;
        into[8] -= x * k11;
        into[9] -= y * k12;
        into[12] += k22;
        into[13] -= x * k12;
        into[14] -= y * k22;
        into[18] += x * x * k11;
        into[19] += x * y * k12;
    }
}
