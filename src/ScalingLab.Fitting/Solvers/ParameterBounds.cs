using ScalingLab.Fitting.Options;

namespace ScalingLab.Fitting.Solvers;

/// <summary>Where the unknowns may go: wide enough for any law, narrow enough to stop a runaway.</summary>
internal sealed record ParameterBounds(double[] Low, double[] High)
{
    public const double SmallestExponent = ParametricPins.SmallestExponent;
    public const double LargestExponent = ParametricPins.LargestExponent;

    /// <summary>
    /// Terms between 1e-10 of the lowest loss and 1e10 of it; exponents between 0.001 and 5; what is pinned where it is
    /// pinned.
    /// </summary>
    public static ParameterBounds Around(ParametricProblem problem, ParametricPins pins)
    {
        var middle = Math.Log(problem.LowestLoss);
        var (low, high) = (middle + Math.Log(1e-10), middle + Math.Log(1e10));
        var box = new ParameterBounds(
            [low, low, low, SmallestExponent, SmallestExponent],
            [high, high, high, LargestExponent, LargestExponent]);
        if (pins.E is { } e)
            box = box.WithFixed(0, Math.Log(e));
        if (pins.HeldAlpha is { } alpha)
            box = box.WithFixed(3, alpha);
        return pins.HeldBeta is { } beta ? box.WithFixed(4, beta) : box;
    }

    /// <summary>Whether an unknown can move at all.</summary>
    public bool IsFree(int index) => Low[index] < High[index];

    /// <summary>
    /// Whether an unknown that can move sits at an end of its range: the search ended there, and not at a minimum of
    /// the cost.
    /// </summary>
    public bool IsAtEnd(ReadOnlySpan<double> theta, int index) =>
        IsFree(index) && (theta[index] <= Low[index] || theta[index] >= High[index]);

    /// <summary>The same box with one unknown held at a value.</summary>
    public ParameterBounds WithFixed(int index, double value)
    {
        double[] low = [.. Low], high = [.. High];
        low[index] = high[index] = value;
        return new ParameterBounds(low, high);
    }
}
