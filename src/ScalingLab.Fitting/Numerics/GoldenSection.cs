namespace ScalingLab.Fitting.Numerics;

/// <summary>The lowest place of a function of one variable that falls, then rises.</summary>
internal static class GoldenSection
{
    // A logarithm beyond this is no number that a double holds.
    private const double Farthest = 700;

    private static readonly double Golden = (Math.Sqrt(5) - 1) / 2;

    /// <summary>
    /// Goes downhill from <paramref name="start"/> in steps that double until the function rises on both sides, then
    /// narrows down by golden sections (place to 1e-8). Null where it still falls at the end of all numbers, or is
    /// none: there is no window that the search could end at unsaid.
    /// </summary>
    public static double? Minimize(Func<double, double> function, double start, double step = 0.1)
    {
        if (!double.IsFinite(start) || !double.IsFinite(function(start)))
            return null;
        var (low, middle, high) = (start - step, start, start + step);
        var (atLow, atMiddle, atHigh) = (function(low), function(middle), function(high));
        while (!(atMiddle < atLow && atMiddle < atHigh))
        {
            step *= 2;
            if (!double.IsFinite(atLow) || !double.IsFinite(atHigh) || Math.Abs(middle) > Farthest || step > Farthest)
                return null;
            if (atHigh <= atMiddle)
            {
                (low, middle, high) = (middle, high, high + step);
                (atLow, atMiddle, atHigh) = (atMiddle, atHigh, function(high));
            }
            else
            {
                (low, middle, high) = (low - step, low, middle);
                (atLow, atMiddle, atHigh) = (function(low), atLow, atMiddle);
            }
        }

        return Narrow(function, low, high);
    }

    private static double Narrow(Func<double, double> function, double low, double high)
    {
        var (left, right) = (high - (Golden * (high - low)), low + (Golden * (high - low)));
        var (atLeft, atRight) = (function(left), function(right));
        while (high - low > 1e-8)
        {
            if (atLeft < atRight)
            {
                (high, right, atRight) = (right, left, atLeft);
                left = high - (Golden * (high - low));
                atLeft = function(left);
            }
            else
            {
                (low, left, atLeft) = (left, right, atRight);
                right = low + (Golden * (high - low));
                atRight = function(right);
            }
        }

        return (low + high) / 2;
    }
}
