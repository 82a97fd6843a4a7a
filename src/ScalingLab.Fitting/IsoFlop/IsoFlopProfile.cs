namespace ScalingLab.Fitting;

/// <summary>One budget's points as the parabolas need them, and the two minima under given weights.</summary>
internal sealed class IsoFlopProfile
{
    private readonly double[] _logN;
    private readonly double[] _logD;
    private readonly double[] _loss;
    private readonly MinimumMethod _method;

    public IsoFlopProfile(IsoFlopGroup group, MinimumMethod method)
    {
        (Group, _method) = (group, method);
        _logN = [.. group.Observations.Select(one => Math.Log(one.Parameters))];
        _logD = [.. group.Observations.Select(one => Math.Log(one.Tokens))];
        _loss = [.. group.Observations.Select(one => one.Loss)];
    }

    public IsoFlopGroup Group { get; }

    public int Count => _loss.Length;

    /// <summary>The full fit of this budget, without bootstrap.</summary>
    public IsoFlopMinimum Minimum()
    {
        var sizes = Fit(_logN, _loss, null);
        var lengths = Fit(_logD, _loss, null);
        var observations = Group.Observations;
        return new IsoFlopMinimum
        {
            Flops = Group.Flops,
            Parameters = sizes.Status == MinimumStatus.Interior ? sizes.X : null,
            Tokens = lengths.Status == MinimumStatus.Interior ? lengths.X : null,
            Loss = sizes.Status == MinimumStatus.Interior ? sizes.Loss : null,
            Status = sizes.Status,
            TokensStatus = lengths.Status,
            Points = Count,
            DistinctSizes = observations.Select(one => one.Parameters).Distinct().Count(),
            ParametersRange = new Interval(observations.Min(one => one.Parameters), observations.Max(one => one.Parameters)),
            TokensRange = new Interval(observations.Min(one => one.Tokens), observations.Max(one => one.Tokens)),
            ParametersParabola = sizes.Parabola,
            TokensParabola = lengths.Parabola,
            Rows = [.. observations.Select((one, index) => one.Row ?? index + 1)],
        };
    }

    /// <summary>
    /// N and D at the minima of a resample; NaN where the minimum is not interior. A parabola's points are drawn with replacement; an
    /// Akima spline, which goes through its points and would lose knots, has fresh noise (standard deviation of ln loss) put on them.
    /// </summary>
    public (double Parameters, double Tokens) Resampled(ref SplitMix64 random, double noise)
    {
        if (_method == MinimumMethod.Akima)
        {
            var loss = new double[Count];
            for (var point = 0; point < Count; point++)
                loss[point] = _loss[point] * Math.Exp(noise * random.NextNormal());
            return Minima(loss, null);
        }

        var weights = new double[Count];
        for (var point = 0; point < Count; point++)
            weights[random.NextIndex(Count)]++;
        return Weighted(weights);
    }

    /// <summary>The same with each point counted so often.</summary>
    public (double Parameters, double Tokens) Weighted(double[] weights) => Minima(_loss, weights);

    private (double Parameters, double Tokens) Minima(double[] loss, double[]? weights)
    {
        var (sizes, lengths) = (Fit(_logN, loss, weights), Fit(_logD, loss, weights));
        return (
            sizes.Status == MinimumStatus.Interior ? sizes.X : double.NaN,
            lengths.Status == MinimumStatus.Interior ? lengths.X : double.NaN);
    }

    /// <summary>Squares of the relative misses of the parabola in ln N, and their degrees of freedom.</summary>
    public (double Squares, int Freedom) Misses()
    {
        if (Count <= 3 || Parabola.Through(_logN, _loss, null) is not { } parabola)
            return (0, 0);
        var squares = 0.0;
        for (var point = 0; point < Count; point++)
        {
            var miss = (parabola.At(Math.Exp(_logN[point])) / _loss[point]) - 1;
            squares += miss * miss;
        }

        return (squares, Count - 3);
    }

    // The parabola is also there for drawing where the minimum is the spline's.
    private (MinimumStatus Status, double X, double Loss, Parabola? Parabola) Fit(double[] logX, double[] losses, double[]? weights)
    {
        if (_method == MinimumMethod.Akima)
        {
            var found = AkimaCurve.Minimum(logX, losses);
            return (found.Status, found.X, found.Loss, Parabola.Through(logX, losses, null));
        }

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
