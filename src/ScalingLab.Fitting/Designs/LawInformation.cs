using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Solvers;

namespace ScalingLab.Fitting.Designs;

/// <summary>
/// What runs tell of one law: the Fisher information of theta = (E, ln A', ln B', alpha, beta) from ln loss with normal
/// noise, where A' and B' are the terms' sizes at a centre, so that no unknown is large. Each run adds g g' / noise^2,
/// g the slope of ln L there. A weak prior (standard deviations: of E the loss at the centre, of a term a factor of
/// e^2, of an exponent 0.5) keeps the matrix regular where the runs alone do not.
/// </summary>
internal sealed class LawInformation
{
    private const int Size = 5;
    private const double PriorTerm = 2;
    private const double PriorExponent = 0.5;

    private readonly ParametricLaw _law;
    private readonly double _centreN;
    private readonly double _centreD;
    private readonly double _noise;
    private readonly double _middle; // the loss at the centre
    private readonly double[] _matrix = new double[Size * Size];

    /// <param name="law">The law round which it is linear.</param>
    /// <param name="centreN">ln N of the centre.</param>
    /// <param name="centreD">ln D of the centre.</param>
    /// <param name="noise">Standard deviation of ln loss.</param>
    public LawInformation(ParametricLaw law, double centreN, double centreD, double noise)
    {
        (_law, _centreN, _centreD, _noise) = (law, centreN, centreD, noise);
        _middle = law.E + Term(law.A, law.Alpha, centreN) + Term(law.B, law.Beta, centreD);
        double[] prior = [_middle, PriorTerm, PriorTerm, PriorExponent, PriorExponent];
        for (var index = 0; index < Size; index++)
            _matrix[(index * Size) + index] = 1 / (prior[index] * prior[index]);
    }

    /// <summary>The slope of ln L over the noise at a place: [5].</summary>
    public double[] Slope(double parameters, double tokens)
    {
        var (x, y) = (Math.Log(parameters) - _centreN, Math.Log(tokens) - _centreD);
        var (size, data) = (_law.A * Math.Pow(parameters, -_law.Alpha), _law.B * Math.Pow(tokens, -_law.Beta));
        var scale = 1 / ((_law.E + size + data) * _noise);
        return [scale, size * scale, data * scale, -x * size * scale, -y * data * scale];
    }

    /// <summary>Adds so many runs at a place.</summary>
    public void Add(double[] slope, double runs)
    {
        for (var row = 0; row < Size; row++)
        {
            for (var column = 0; column < Size; column++)
                _matrix[(row * Size) + column] += runs * slope[row] * slope[column];
        }
    }

    /// <summary>
    /// The covariance of theta: [5 x 5]. Null where rounding leaves no positive definite matrix.
    /// </summary>
    public double[]? Covariance()
    {
        // Scaled to a diagonal of ones, so that what is small and what is large are factored alike.
        var scale = new double[Size];
        for (var index = 0; index < Size; index++)
            scale[index] = 1 / Math.Sqrt(_matrix[(index * Size) + index]);
        var factor = new double[Size * Size];
        for (var row = 0; row < Size; row++)
        {
            for (var column = 0; column < Size; column++)
                factor[(row * Size) + column] = _matrix[(row * Size) + column] * scale[row] * scale[column];
        }

        if (!Cholesky.Factor(factor, Size, 1e-14))
            return null;
        var covariance = new double[Size * Size];
        for (var row = 0; row < Size; row++)
        {
            var unit = new double[Size];
            unit[row] = scale[row];
            Cholesky.Solve(factor, unit);
            for (var column = 0; column < Size; column++)
                covariance[(row * Size) + column] = unit[column] * scale[column];
        }

        return covariance;
    }

    /// <summary>
    /// The slope of a target in theta by central differences: [5]; of its logarithm where its errors are factors. Null
    /// where the target is not finite nearby.
    /// </summary>
    public double[]? Slope(LawTarget target)
    {
        const double step = 1e-3;
        var slope = new double[Size];
        for (var index = 0; index < Size; index++)
        {
            var width = index == 0 ? step * _middle : index >= 3 ? step * Exponent(index) : step;
            slope[index] = (target.Scaled(Moved(index, width)) - target.Scaled(Moved(index, -width))) / (2 * width);
            if (!double.IsFinite(slope[index]))
                return null;
        }

        return slope;
    }

    private static double Term(double size, double exponent, double logarithm) =>
        size * Math.Exp(-exponent * logarithm);

    private double Exponent(int index) => index == 3 ? _law.Alpha : _law.Beta;

    // An exponent turns the term round the centre, where its size stays what it is.
    private ParametricLaw Moved(int index, double by) => index switch
    {
        0 => _law with { E = _law.E + by },
        1 => _law with { A = _law.A * Math.Exp(by) },
        2 => _law with { B = _law.B * Math.Exp(by) },
        3 => _law with { Alpha = _law.Alpha + by, A = _law.A * Math.Exp(by * _centreN) },
        _ => _law with { Beta = _law.Beta + by, B = _law.B * Math.Exp(by * _centreD) },
    };
}
