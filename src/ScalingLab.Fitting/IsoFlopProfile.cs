namespace ScalingLab.Fitting;

/// <summary>One budget's points as the parabolas need them, and the two minima under given weights.</summary>
internal sealed class IsoFlopProfile
{
    private readonly double[] _logN;
    private readonly double[] _logD;
    private readonly double[] _loss;

    public IsoFlopProfile(IsoFlopGroup group)
    {
        Group = group;
        _logN = [.. group.Observations.Select(one => Math.Log(one.Parameters))];
        _logD = [.. group.Observations.Select(one => Math.Log(one.Tokens))];
        _loss = [.. group.Observations.Select(one => one.Loss)];
    }

    public IsoFlopGroup Group { get; }

    public int Count => _loss.Length;

    /// <summary>The full fit of this budget, without bootstrap.</summary>
    public IsoFlopMinimum Minimum()
    {
        var sizes = Fit(_logN, null);
        var lengths = Fit(_logD, null);
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

    /// <summary>N and D at the minima of a resample; NaN where the minimum is not interior to the values resampled.</summary>
    public (double Parameters, double Tokens) Resampled(double[] weights)
    {
        var sizes = Fit(_logN, weights);
        var lengths = Fit(_logD, weights);
        return (
            sizes.Status == MinimumStatus.Interior ? sizes.X : double.NaN,
            lengths.Status == MinimumStatus.Interior ? lengths.X : double.NaN);
    }

    private (MinimumStatus Status, double X, double Loss, Parabola? Parabola) Fit(double[] logX, double[]? weights)
    {
        if (Parabola.Through(logX, _loss, weights) is not { } parabola)
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
