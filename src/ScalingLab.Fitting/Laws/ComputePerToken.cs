using ScalingLab.Fitting.Observations;

namespace ScalingLab.Fitting.Laws;

/// <summary>What the rows themselves say of compute per token.</summary>
public static class ComputePerToken
{
    private const double SecondsADay = 86400;

    // FLOPs with SI prefixes up to zetta, FLOP/s-days with the same, and N or D counted in thousands to trillions
    // beside C in FLOPs.
    private static readonly double[] Units =
    [
        .. Enumerable.Range(-4, 12).Select(step => Math.Pow(1000, -step)),
        .. Enumerable.Range(3, 4).Select(step => Math.Pow(1000, -step) / SecondsADay),
    ];

    /// <summary>
    /// A smooth map from N to compute per token, in the rows' own unit of C, where C is counted otherwise than as 6ND
    /// (by more than 2 % in some row); null where C = 6ND. What attention and head add to 6N is fitted as a power of N,
    /// which also extends beyond the sizes seen; where the rows count less than 6N, the whole is fitted as a power of
    /// N. Rows in another unit (<see cref="Unit"/>) have the same map, in that unit.
    /// </summary>
    public static Func<double, double>? From(IReadOnlyList<LossObservation> observations)
    {
        ArgumentNullException.ThrowIfNull(observations);
        if (observations.Count == 0)
            return null;
        var unit = Unit(observations);
        if (observations.All(one => Math.Abs((Ratio(one) / unit) - 1) <= 0.02))
            return unit == 1 ? null : parameters => 6 * unit * parameters;
        double[] sizes = [.. observations.Select(one => one.Parameters)];
        double[] each = [.. observations.Select(one => one.Flops / unit / one.Tokens)];
        if (observations.All(one => Ratio(one) > unit)
            && PowerLaw.Through(sizes, [.. each.Zip(sizes, (all, n) => all - (6 * n))]) is { } excess)
            return parameters => unit * ((6 * parameters) + excess.At(parameters));
        return PowerLaw.Through(sizes, each) is { } whole ? parameters => unit * whole.At(parameters) : null;
    }

    /// <summary>
    /// What one FLOP of the usual count, 6ND, is in the rows' C: the power of a thousand, or the FLOP/s-day with such a
    /// prefix, nearest to the middle C / 6ND on a log scale. 1 where C is in FLOPs, 1e-9 in GFLOPs, 1/8.64e19 in
    /// PF-days.
    /// </summary>
    internal static double Unit(IReadOnlyList<LossObservation> observations)
    {
        double[] ratios = [.. observations.Select(Ratio).Order()];
        var middle = Math.Log(ratios[ratios.Length / 2]);
        return Units.MinBy(unit => Math.Abs(Math.Log(unit) - middle));
    }

    /// <summary>C / 6ND.</summary>
    internal static double Ratio(LossObservation one) => one.Flops / (6 * one.Parameters * one.Tokens);
}
