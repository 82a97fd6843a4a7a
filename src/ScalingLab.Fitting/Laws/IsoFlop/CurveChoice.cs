using MathNet.Numerics.Distributions;
using ScalingLab.Fitting.Options;

namespace ScalingLab.Fitting.Laws.IsoFlop;

/// <summary>
/// The curve of <see cref="MinimumMethod.Auto"/>: the first that an F test of lack of fit, pooled over the budgets,
/// does not reject, from a parabola through all sizes to ever narrower windows round the lowest loss. A parabola is
/// tested against a quartic, a quartic against order six. A wide window has the smaller scatter and the larger bias:
/// the test says where the bias shows. Where even the narrowest window is missed, the losses are so quiet that an Akima
/// spline may go through them. Parabolas through all sizes stay, whatever the test says, where the other curve would
/// miss by little less: outliers and scatter that grows away from the optimum make a test reject, and no curve better.
/// </summary>
internal static class CurveChoice
{
    // docs/minima.md has what this level and this factor do.
    private const double Level = 0.01;
    private const double WorthTurningDown = 1.5;

    // Misses of this share of the loss are rounding.
    private const double Rounding = 1e-9;

    private static readonly double?[] Windows = [null, 0.32, 0.16, 0.08, 0.04, 0.02];

    /// <summary>Parabolas through all sizes.</summary>
    public static MinimumCurve Parabolas { get; } = new(MinimumMethod.Parabola);

    /// <summary>The choice for given losses, one array a budget.</summary>
    public static MinimumCurve Choose(IReadOnlyList<IsoFlopProfile> profiles, IReadOnlyList<double[]> losses)
    {
        var curve = NotRejected(profiles, losses);
        return curve == Parabolas
            || Scatter(profiles, losses, Parabolas) < WorthTurningDown * Scatter(profiles, losses, curve) ? Parabolas
            : curve;
    }

    /// <summary>
    /// Standard deviation of ln loss round the curve, pooled over the budgets. What an Akima spline goes through is
    /// said by the quartic in the narrowest window. NaN where nothing is left over to tell.
    /// </summary>
    public static double Scatter(IReadOnlyList<IsoFlopProfile> profiles, IReadOnlyList<double[]> losses,
        MinimumCurve curve)
    {
        var smooth = curve.Method == MinimumMethod.Akima ? new MinimumCurve(MinimumMethod.Quartic, Windows[^1]) : curve;
        var misses = profiles.Zip(losses, (profile, loss) => profile.ResidualSquares(smooth, loss)).ToList();
        return Math.Sqrt(misses.Sum(one => one.Squares) / misses.Sum(one => one.Freedom));
    }

    private static MinimumCurve NotRejected(IReadOnlyList<IsoFlopProfile> profiles, IReadOnlyList<double[]> losses)
    {
        foreach (var within in Windows)
        {
            foreach (var method in new[] { MinimumMethod.Parabola, MinimumMethod.Quartic })
            {
                var curve = new MinimumCurve(method, within);
                if (!Rejected(curve, profiles, losses))
                    return curve;
            }
        }

        return profiles.All(profile => profile.DistinctSizes >= AkimaCurve.LeastPoints)
            ? new MinimumCurve(MinimumMethod.Akima)
            : new MinimumCurve(MinimumMethod.Parabola, Windows[^1]);
    }

    // A curve that no higher order can be set against passes: too few sizes to tell.
    private static bool Rejected(MinimumCurve curve, IReadOnlyList<IsoFlopProfile> profiles,
        IReadOnlyList<double[]> losses)
    {
        var lack = new LackOfFit(0, 0, 0, 0);
        for (var budget = 0; budget < profiles.Count; budget++)
            lack += profiles[budget].TestLackOfFit(curve, losses[budget]);
        if (lack.LeftFreedom <= 0 || lack.Taken <= lack.TakenFreedom * Rounding * Rounding)
            return false;
        var ratio = lack.Taken / lack.TakenFreedom / Math.Max(lack.Left / lack.LeftFreedom, Rounding * Rounding);
        return FisherSnedecor.CDF(lack.TakenFreedom, lack.LeftFreedom, ratio) > 1 - Level;
    }
}
