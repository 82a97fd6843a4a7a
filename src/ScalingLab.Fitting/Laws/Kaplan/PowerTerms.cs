using ScalingLab.Fitting.Solvers;

namespace ScalingLab.Fitting.Laws.Kaplan;

/// <summary>
/// L = E + A'/x^alpha as terms: theta = (ln A', alpha, ln E), the last only with a floor. A' is the power's size at the
/// centre of the data.
/// </summary>
internal sealed class PowerTerms : LossTerms
{
    private readonly double[] _x;
    private readonly double _level;

    public PowerTerms(IReadOnlyList<double> values, IReadOnlyList<double> losses, bool floor)
    {
        Centre = values.Average(Math.Log);
        _x = [.. values.Select(value => Math.Log(value) - Centre)];
        LowestLoss = losses.Min();
        _level = losses.Average();
        Terms = floor ? 2 : 1;
    }

    public double Centre { get; }

    public double LowestLoss { get; }

    public override int Terms { get; }

    public override int Unknowns => Terms + 1;

    public override ParameterBounds Bounds
    {
        get
        {
            var middle = Math.Log(LowestLoss);
            var (low, high) = (middle + Math.Log(1e-10), middle + Math.Log(1e10));
            double[] lows = [low, ParameterBounds.SmallestExponent, low],
                highs = [high, ParameterBounds.LargestExponent, high];
            return new(lows[..Unknowns], highs[..Unknowns]);
        }
    }

    public override double[] LongestStep => Terms == 1 ? [1.5, 0.4] : [1.5, 0.4, 1.5];

    /// <summary>Floors between a hundredth and nearly all of the lowest loss, exponents from gentle to steep.</summary>
    public IEnumerable<double[]> Starts()
    {
        double[] floors = Terms == 1 ? [0] : [0.01, 0.2, 0.5, 0.8, 0.95];
        foreach (var alpha in new[] { 0.03, 0.1, 0.3, 0.8 })
        {
            foreach (var share in floors)
            {
                double[] start =
                    [Math.Log(_level - (share * LowestLoss)), alpha, Math.Log(Math.Max(share, 1e-9) * LowestLoss)];
                yield return start[..Unknowns];
            }
        }
    }

    /// <summary>ln X_c of (X_c/X)^alpha.</summary>
    public double LogScale(double[] theta) => Centre + (theta[0] / theta[1]);

    public override void Evaluate(int point, ReadOnlySpan<double> theta, Span<double> z, Span<double> slopes)
    {
        z[0] = theta[0] - (theta[1] * _x[point]);
        slopes[0] = 1;
        slopes[1] = -_x[point];
        if (Terms == 1)
            return;
        z[1] = theta[2];
        slopes[Unknowns + 2] = 1;
    }
}
