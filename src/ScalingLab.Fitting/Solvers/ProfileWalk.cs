using ScalingLab.Fitting.Numerics;

namespace ScalingLab.Fitting.Solvers;

/// <summary>Walks from an estimate until the profile of the cost rejects a value.</summary>
internal static class ProfileWalk
{
    private const int StepsADecade = 8;

    /// <summary>By factors of 10^(1/8), a decade either way.</summary>
    public static ProfileRange Decade(MinimizerResult best, double estimate,
        Func<double, double[], MinimizerResult?> held, Func<MinimizerResult, bool> rejects) =>
        Steps(best, step => estimate * Math.Pow(10, step / (double)StepsADecade), StepsADecade, held, rejects);

    /// <summary>By steps of one's own; the last values not rejected are the edges.</summary>
    /// <param name="best">The minimum.</param>
    /// <param name="valueAt">The value so many steps up, or down; at 0 the estimate.</param>
    /// <param name="most">Steps either way.</param>
    /// <param name="held">The minimum with a value held, from a place; null beyond the value's range.</param>
    /// <param name="rejects">Whether that minimum is too far above the best.</param>
    public static ProfileRange Steps(MinimizerResult best, Func<int, double> valueAt, int most,
        Func<double, double[], MinimizerResult?> held, Func<MinimizerResult, bool> rejects)
    {
        var (low, high) = (Edge(-1), Edge(+1));
        return new ProfileRange(low.Value, high.Value, low.Open, high.Open);

        // Open where nothing was rejected before the range, or the steps, were at their end.
        (double Value, bool Open) Edge(int direction)
        {
            var (edge, theta) = (valueAt(0), best.Theta);
            for (var step = 1; step <= most; step++)
            {
                var value = valueAt(direction * step);
                if (held(value, theta) is not { } found)
                    break;
                if (rejects(found))
                    return (edge, false);
                (edge, theta) = (value, found.Theta);
            }

            return (edge, true);
        }
    }
}
