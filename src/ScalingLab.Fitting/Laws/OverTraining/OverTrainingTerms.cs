using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Solvers;

namespace ScalingLab.Fitting.Laws.OverTraining;

/// <summary>
/// The over-training law as terms: a M^eta C^-eta = a (6 N^2)^-eta and b M^-eta C^-eta = b (6 D^2)^-eta, so theta = (ln
/// E, ln a', ln b', eta) with a' and b' the terms' sizes at the centre of the data.
/// </summary>
internal sealed class OverTrainingTerms : LossTerms
{
    private readonly double[] _x;
    private readonly double[] _y;
    private readonly double _centreX;
    private readonly double _centreY;
    private readonly double _level;

    public OverTrainingTerms(IReadOnlyList<LossObservation> observations)
    {
        double[] x = [.. observations.Select(one => Math.Log(6) + (2 * Math.Log(one.Parameters)))];
        double[] y = [.. observations.Select(one => Math.Log(6) + (2 * Math.Log(one.Tokens)))];
        (_centreX, _centreY) = (x.Average(), y.Average());
        _x = [.. x.Select(one => one - _centreX)];
        _y = [.. y.Select(one => one - _centreY)];
        LowestLoss = observations.Min(one => one.Loss);
        _level = observations.Average(one => one.Loss);
    }

    public double LowestLoss { get; }

    public override int Unknowns => 4;

    public override int Terms => 3;

    public override ParameterBounds Bounds
    {
        get
        {
            var middle = Math.Log(LowestLoss);
            var (low, high) = (middle + Math.Log(1e-10), middle + Math.Log(1e10));
            return new(
                [low, low, low, ParameterBounds.SmallestExponent / 2],
                [high, high, high, ParameterBounds.LargestExponent / 2]);
        }
    }

    public override double[] LongestStep => [1.5, 1.5, 1.5, 0.2];

    /// <summary>Floors, exponents and shares of the two terms.</summary>
    public IEnumerable<double[]> Starts()
    {
        foreach (var floor in new[] { 0.1, 0.5, 0.85 })
        {
            foreach (var eta in new[] { 0.03, 0.1, 0.17, 0.3 })
            {
                foreach (var share in new[] { 0.2, 0.5, 0.8 })
                {
                    var rest = _level - (floor * LowestLoss);
                    yield return [Math.Log(floor * LowestLoss), Math.Log(share * rest), Math.Log((1 - share) * rest),
                        eta];
                }
            }
        }
    }

    public OverTrainingLaw Law(double[] theta) => new(
        Math.Exp(theta[0]), Math.Exp(theta[1] + (theta[3] * _centreX)), Math.Exp(theta[2] + (theta[3] * _centreY)),
        theta[3]);

    public override void Evaluate(int point, ReadOnlySpan<double> theta, Span<double> z, Span<double> slopes)
    {
        z[0] = theta[0];
        z[1] = theta[1] - (theta[3] * _x[point]);
        z[2] = theta[2] - (theta[3] * _y[point]);
        slopes[0] = 1;
        slopes[4 + 1] = 1;
        slopes[4 + 3] = -_x[point];
        slopes[8 + 2] = 1;
        slopes[8 + 3] = -_y[point];
    }

    public override bool TrySum(ReadOnlySpan<double> theta, double delta, double[] targets, bool isLog,
        CostDerivatives shape)
    {
        Span<double> sums = stackalloc double[ThreeTermCost.Count];
        ThreeTermCost.Sum(new ThreeTerms(theta[0], theta[1], theta[3], theta[2], theta[3]),
            new ThreeTermRows(_x, _y, targets, []), delta, isLog, sums);
        shape.Value = sums[0];
        var slopes = sums[ThreeTermCost.Slopes..];
        slopes[..3].CopyTo(shape.Gradient);
        shape.Gradient[3] = -(slopes[3] + slopes[4]);
        Place(sums[ThreeTermCost.Curvature..], shape.Hessian);
        Place(sums[ThreeTermCost.Reweighted..], shape.GaussNewton);
        return true;
    }

    // z = (theta0, theta1 - x theta3, theta2 - y theta3): the moments of a symmetric 3 x 3 in z as the upper triangle
    // of 4 x 4 in theta.
    private static void Place(ReadOnlySpan<double> moments, double[] into)
    {
        (into[0], into[1], into[2], into[5], into[6], into[10]) =
            (moments[0], moments[1], moments[2], moments[3], moments[4], moments[5]);
        (into[3], into[7], into[11]) =
            (-(moments[6] + moments[7]), -(moments[8] + moments[10]), -(moments[9] + moments[11]));
        into[15] = moments[12] + (2 * moments[13]) + moments[14];
    }
}
