using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Laws.IsoFlop;

/// <summary>One budget's points, and its two minima by a given curve.</summary>
internal sealed class IsoFlopProfile
{
    private readonly double[] _logN;
    private readonly double[] _logD;
    private readonly double[] _loss;

    // The points of each distinct size, ascending.
    private readonly int[][] _sizes;

    public IsoFlopProfile(IsoFlopGroup group)
    {
        Group = group;
        _logN = [.. group.Observations.Select(one => Math.Log(one.Parameters))];
        _logD = [.. group.Observations.Select(one => Math.Log(one.Tokens))];
        _loss = [.. group.Observations.Select(one => one.Loss)];
        _sizes =
            [.. Enumerable.Range(0, Count).GroupBy(point => _logN[point]).OrderBy(size => size.Key)
                .Select(size => size.ToArray())];
    }

    public IsoFlopGroup Group { get; }

    public int Count => _loss.Length;

    public int DistinctSizes => _sizes.Length;

    /// <summary>The losses as they were measured, nats/token.</summary>
    public double[] Losses => _loss;

    /// <summary>The full fit of this budget, without bootstrap.</summary>
    public IsoFlopMinimum Minimum(MinimumCurve curve)
    {
        var window = Window(curve, _loss);
        var sizes = Fit(curve, Select(_logN, window), Select(_loss, window));
        var lengths = Fit(curve, Select(_logD, window), Select(_loss, window));
        var observations = Group.Observations;
        Interval Range(IEnumerable<LossObservation> rows, Func<LossObservation, double> value) =>
            new(rows.Min(value), rows.Max(value));
        return new IsoFlopMinimum
        {
            Flops = Group.Flops,
            Parameters = sizes.Status == MinimumStatus.Interior ? sizes.X : null,
            Tokens = lengths.Status == MinimumStatus.Interior ? lengths.X : null,
            Loss = sizes.Status == MinimumStatus.Interior ? sizes.Loss : null,
            Status = sizes.Status,
            TokensStatus = lengths.Status,
            Points = Count,
            DistinctSizes = DistinctSizes,
            ParametersRange = Range(observations, one => one.Parameters),
            TokensRange = Range(observations, one => one.Tokens),
            CurveRange = window.Length == Count ? null
                : Range(window.Select(point => observations[point]), one => one.Parameters),
            ParametersParabola = sizes.Curve,
            TokensParabola = lengths.Curve,
            Rows = [.. observations.Select((one, index) => one.Row ?? index + 1)],
        };
    }

    /// <summary>
    /// N and D at the minima by a curve, with other losses at the same points; NaN where the minimum is not interior.
    /// </summary>
    public (double Parameters, double Tokens) Places(MinimumCurve curve, double[] loss)
    {
        var window = Window(curve, loss);
        return (Place(Fit(curve, Select(_logN, window), Select(loss, window))),
            Place(Fit(curve, Select(_logD, window), Select(loss, window))));
    }

    /// <summary>
    /// N and D at the vertices of parabolas through points drawn with replacement; NaN where the minimum is not
    /// interior.
    /// </summary>
    public (double Parameters, double Tokens) Redrawn(ref SplitMix64 random)
    {
        var weights = new double[Count];
        for (var point = 0; point < Count; point++)
            weights[random.NextIndex(Count)]++;
        return Weighted(weights);
    }

    /// <summary>The same with each point counted so often.</summary>
    public (double Parameters, double Tokens) Weighted(double[] weights) =>
        (Place(Vertex(_logN, _loss, weights)), Place(Vertex(_logD, _loss, weights)));

    /// <summary>
    /// What a polynomial of ln N misses in its window by what one of higher order would not, and by what that one
    /// misses too.
    /// </summary>
    public LackOfFit TestLackOfFit(MinimumCurve curve, double[] loss)
    {
        var window = Window(curve, loss);
        var order = Order(curve, Sizes(window));
        // One point at least must be left over; without replicates that is one size.
        var higher = Math.Min(order + 2, Math.Min(Sizes(window) - 1, window.Length - 2));
        if (higher <= order)
            return new LackOfFit(0, 0, 0, 0);
        double[] losses = Select(loss, window);
        var fit = OrthogonalFit.Fit(Select(_logN, window), losses, higher);
        var unit = Math.Pow(losses.Average(), 2);
        return new LackOfFit(
            Math.Max(0, fit.Squares(order) - fit.Squares(higher)) / unit, higher - order, fit.Squares(higher) / unit,
            window.Length - higher - 1);
    }

    /// <summary>
    /// Squares of the misses of a polynomial of ln N in its window, over the loss, and their degrees of freedom.
    /// </summary>
    public (double Squares, int Freedom) ResidualSquares(MinimumCurve curve, double[] loss)
    {
        var window = Window(curve, loss);
        var order = Order(curve, Sizes(window));
        if (Sizes(window) < 3 || window.Length <= order + 1)
            return (0, 0);
        double[] losses = Select(loss, window);
        return (OrthogonalFit.Fit(Select(_logN, window), losses, order).Squares(order) / Math.Pow(losses.Average(), 2),
            window.Length - order - 1);
    }

    /// <summary>The losses as a polynomial of ln N has them in its window, as measured outside it.</summary>
    public double[] Smoothed(MinimumCurve curve)
    {
        double[] losses = [.. _loss];
        var window = Window(curve, _loss);
        if (curve.Method == MinimumMethod.Akima || Sizes(window) < 3)
            return losses;
        var polynomial = OrthogonalFit.Fit(Select(_logN, window), Select(_loss, window), Order(curve, Sizes(window)))
            .Curve();
        foreach (var point in window)
            losses[point] = polynomial.At(Group.Observations[point].Parameters);
        return losses;
    }

    // Outwards from the size of the lowest mean loss until a size lies above it by more than the share; then the lower
    // neighbour, while too few.
    private int[] Window(MinimumCurve curve, double[] loss)
    {
        if (curve.Within is not { } share)
            return [.. Enumerable.Range(0, Count)];
        double[] means = [.. _sizes.Select(size => size.Average(point => loss[point]))];
        var lowest = Enumerable.Range(0, means.Length).MinBy(size => means[size]);
        var (first, last, ceiling) = (lowest, lowest, means[lowest] * (1 + share));
        while (first > 0 && means[first - 1] <= ceiling)
            first--;
        while (last < means.Length - 1 && means[last + 1] <= ceiling)
            last++;
        while (last - first + 1 < Math.Min(curve.LeastSizes, means.Length))
        {
            var left = first > 0 ? means[first - 1] : double.PositiveInfinity;
            var right = last < means.Length - 1 ? means[last + 1] : double.PositiveInfinity;
            _ = left < right ? first-- : last++;
        }

        return [.. _sizes[first..(last + 1)].SelectMany(size => size).Order()];
    }

    private int Sizes(int[] window) =>
        window.Length == Count ? DistinctSizes : window.Select(point => _logN[point]).Distinct().Count();

    // A budget of few sizes has a lower order, so that its curve does not go through every point.
    private static int Order(MinimumCurve curve, int sizes) => Math.Clamp(sizes - 3, 2, curve.Order);

    private double[] Select(double[] values, int[] window) =>
        window.Length == Count ? values : [.. window.Select(point => values[point])];

    private static double Place((MinimumStatus Status, double X, double Loss, Parabola? Curve) found) =>
        found.Status == MinimumStatus.Interior ? found.X : double.NaN;

    private static (MinimumStatus Status, double X, double Loss, Parabola? Curve) Fit(MinimumCurve curve,
        double[] logX, double[] losses)
    {
        var parabola = Vertex(logX, losses, null);
        if (curve.Method == MinimumMethod.Akima)
        {
            // The parabola is there for drawing.
            var found = AkimaCurve.Minimum(logX, losses);
            return (Bends(found.Status, parabola.Status), found.X, found.Loss, parabola.Curve);
        }

        var order = Order(curve, logX.Distinct().Count());
        if (order == 2 || parabola.Curve is null)
            return parabola;
        var polynomial = OrthogonalFit.Fit(logX, losses, order).Curve();
        var (status, x, loss) = polynomial.Lowest(logX.Min(), logX.Max());
        return (Bends(status, parabola.Status), x, loss, polynomial);
    }

    // The lowest end of losses that do not bend upwards is no minimum beyond it.
    private static MinimumStatus Bends(MinimumStatus found, MinimumStatus parabola) =>
        found == MinimumStatus.Edge && parabola == MinimumStatus.NotConvex ? MinimumStatus.NotConvex : found;

    private static (MinimumStatus Status, double X, double Loss, Parabola? Curve) Vertex(double[] logX,
        double[] losses, double[]? weights)
    {
        if (Parabola.Through(logX, losses, weights) is not { } parabola)
            return (MinimumStatus.TooFewPoints, double.NaN, double.NaN, null);
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        for (var index = 0; index < logX.Length; index++)
        {
            if (weights is null || weights[index] > 0)
                (low, high) = (Math.Min(low, logX[index]), Math.Max(high, logX[index]));
        }

        var (status, x, loss) = parabola.Minimum(low, high);
        return (status, x, loss, parabola);
    }
}

/// <summary>
/// Squares that a higher order takes away and those that it leaves, over the loss, with their degrees of freedom.
/// </summary>
internal readonly record struct LackOfFit(double Taken, int TakenFreedom, double Left, int LeftFreedom)
{
    public static LackOfFit operator +(LackOfFit one, LackOfFit other) => new(
        one.Taken + other.Taken, one.TakenFreedom + other.TakenFreedom, one.Left + other.Left, one.LeftFreedom
        + other.LeftFreedom);
}
