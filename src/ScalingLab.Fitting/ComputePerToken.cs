namespace ScalingLab.Fitting;

/// <summary>What the rows themselves say of compute per token.</summary>
public static class ComputePerToken
{
    /// <summary>
    /// A smooth map from N to FLOPs per token where C is counted otherwise than as 6ND (by more than 2 % in some row); null where C = 6ND.
    /// What attention and head add to 6N is fitted as a power of N, which also extends beyond the sizes seen; where the rows count less
    /// than 6N, the whole is fitted as a power of N.
    /// </summary>
    public static Func<double, double>? From(IReadOnlyList<LossObservation> observations)
    {
        ArgumentNullException.ThrowIfNull(observations);
        if (observations.All(one => Math.Abs(Ratio(one) - 1) <= 0.02))
            return null;
        double[] sizes = [.. observations.Select(one => one.Parameters)];
        if (observations.All(one => Ratio(one) > 1)
            && PowerLaw.Through(sizes, [.. observations.Select(one => (one.Flops / one.Tokens) - (6 * one.Parameters))]) is { } excess)
            return parameters => (6 * parameters) + excess.At(parameters);
        return PowerLaw.Through(sizes, [.. observations.Select(one => one.Flops / one.Tokens)]) is { } whole ? whole.At : null;
    }

    /// <summary>C / 6ND.</summary>
    internal static double Ratio(LossObservation one) => one.Flops / (6 * one.Parameters * one.Tokens);
}
