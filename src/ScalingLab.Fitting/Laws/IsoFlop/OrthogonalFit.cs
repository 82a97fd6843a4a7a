namespace ScalingLab.Fitting.Laws.IsoFlop;

/// <summary>
/// Least squares by a polynomial in ln x, built from polynomials orthogonal over the points (Forsythe 1957): every
/// lower order's squares come with it, and no matrix is solved.
/// </summary>
internal sealed class OrthogonalFit
{
    private readonly double[] _squares;
    private readonly double[] _coefficients;

    private OrthogonalFit(double centre, double scale, double[] squares, double[] coefficients) =>
        (Centre, Scale, _squares, _coefficients) = (centre, scale, squares, coefficients);

    /// <summary>ln x that u = 0 stands for; u = 1 is Scale above it.</summary>
    public double Centre { get; }

    public double Scale { get; }

    /// <summary>Fits an order below the number of distinct x.</summary>
    public static OrthogonalFit Fit(IReadOnlyList<double> logX, IReadOnlyList<double> loss, int order)
    {
        var (low, high) = (logX.Min(), logX.Max());
        var (centre, scale) = ((low + high) / 2, (high - low) / 2);
        double[] u = [.. logX.Select(x => (x - centre) / scale)], left = [.. loss];
        double[] values = [.. u.Select(_ => 1.0)], before = new double[u.Length];
        double[] powers = [1], powersBefore = [];
        var (squares, total) = (new double[order + 1], new double[order + 1]);
        var sizeBefore = 1.0;
        for (var degree = 0; ; degree++)
        {
            double size = 0, share = 0, drift = 0;
            for (var point = 0; point < u.Length; point++)
            {
                var square = values[point] * values[point];
                (size, share, drift) =
                    (size + square, share + (values[point] * left[point]), drift + (square * u[point]));
            }

            var coefficient = share / size;
            for (var point = 0; point < u.Length; point++)
            {
                left[point] -= coefficient * values[point];
                squares[degree] += left[point] * left[point];
            }

            for (var power = 0; power < powers.Length; power++)
                total[power] += coefficient * powers[power];
            if (degree == order)
                return new OrthogonalFit(centre, scale, squares, total);
            var (alpha, beta) = (drift / size, degree == 0 ? 0 : size / sizeBefore);
            double[] next = [.. u.Select((one, point) => ((one - alpha) * values[point]) - (beta * before[point]))];
            double[] nextPowers = [.. Enumerable.Range(0, powers.Length + 1).Select(power =>
                Power(powers, power - 1) - (alpha * Power(powers, power)) - (beta * Power(powersBefore, power)))];
            (before, values, powersBefore, powers, sizeBefore) = (values, next, powers, nextPowers, size);
        }
    }

    /// <summary>Sum of squared residuals of that order, which is at most the one fitted.</summary>
    public double Squares(int order) => _squares[order];

    /// <summary>The fit, of order four at most, as a curve of its own.</summary>
    public Parabola Curve()
    {
        double Term(int power) => power < _coefficients.Length ? _coefficients[power] / Math.Pow(Scale, power) : 0;
        return new Parabola(Centre, Term(0), Term(1), Term(2), Term(3), Term(4));
    }

    private static double Power(double[] powers, int power) => power >= 0 && power < powers.Length ? powers[power] : 0;
}
