using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Laws.IsoFlop;

/// <summary>
/// Approach 2 of Hoffmann et al. 2022: the best size at each budget, and how it grows with the budget.
/// </summary>
public static class IsoFlopFitter
{
    /// <summary>
    /// Fits usable observations (<see cref="ObservationChecks.Check"/>); replicates with other seeds are points of
    /// their own.
    /// </summary>
    public static IsoFlopFit Fit(IReadOnlyList<LossObservation> observations, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(observations);
        ArgumentNullException.ThrowIfNull(options);
        ParallelWork.Begin("IsoFLOP minima", options);
        var (budgets, rest) = IsoFlopGroups.Split(observations);
        IsoFlopProfile[] profiles = [.. budgets.Select(group => new IsoFlopProfile(group))];
        var curve = options.Minima == MinimumMethod.Auto
            ? CurveChoice.Choose(profiles, Losses(profiles))
            : new MinimumCurve(options.Minima);
        var fit = Minima(profiles, curve) with { ParabolaMisses = Turned(profiles, curve, options) };
        if (fit.ParametersLaw is null)
            return fit with { Warnings = IsoFlopWarnings.For(fit, rest, null) };

        var noise = Noise(observations, profiles, curve, options);
        IsoFlopBootstrap Draw(FitOptions of) => IsoFlopBootstrap.Draw(profiles, fit.Minima, curve, noise, of);
        var trial = Draw(options.Trial);
        var bootstrap = Draw(options);
        var intervals = trial.MostFailed ? null : Percentiles.Intervals(bootstrap.Laws, PowerLaw.Exponents);
        return fit with
        {
            Status = IsoFlopWarnings.ReasonUnidentified(trial) is null ? FitStatus.Converged : FitStatus.Unidentified,
            Minima = bootstrap.AddIntervals(fit.Minima),
            Interval95 = intervals,
            StandardError = intervals is null ? null : Percentiles.StandardErrors(bootstrap.Laws, PowerLaw.Exponents),
            BootstrapDraws = options.Bootstrap,
            BootstrapNoise = noise,
            BootstrapFailures = bootstrap.Failures,
            Warnings = [.. IsoFlopWarnings.For(fit, rest, trial), .. trial.MostFailed ? [] : bootstrap.Warnings()],
            Draws = trial.MostFailed ? [] : bootstrap.Laws,
        };
    }

    /// <summary>Minima by a given curve and the laws through them, with neither bootstrap nor warnings.</summary>
    internal static IsoFlopFit Minima(IReadOnlyList<LossObservation> observations, MinimumCurve curve) =>
        Minima([.. IsoFlopGroups.Split(observations).Budgets.Select(group => new IsoFlopProfile(group))], curve);

    private static IsoFlopFit Minima(IsoFlopProfile[] profiles, MinimumCurve curve)
    {
        IsoFlopMinimum[] minima = [.. profiles.Select(profile => profile.Minimum(curve))];
        var (sizes, lengths) = (Law(minima, minimum => minimum.Parameters), Law(minima, minimum => minimum.Tokens));
        var both = sizes is not null && lengths is not null;
        return new IsoFlopFit
        {
            Status = both ? FitStatus.Converged : Missing(minima),
            Minima = minima,
            Curve = profiles.Length == 0 ? null : curve,
            Scatter = CurveChoice.Scatter(profiles, Losses(profiles), curve) is var scatter && double.IsFinite(scatter)
                ? scatter : null,
            ParametersExponent = both ? sizes!.Exponent : null,
            TokensExponent = both ? lengths!.Exponent : null,
            ParametersCoefficient = both ? sizes!.Coefficient : null,
            TokensCoefficient = both ? lengths!.Coefficient : null,
        };
    }

    // How far the parabolas miss that the data turned down; null where they were taken, or not asked.
    private static double? Turned(IsoFlopProfile[] profiles, MinimumCurve curve, FitOptions options)
    {
        if (options.Minima != MinimumMethod.Auto || curve == CurveChoice.Parabolas)
            return null;
        var ratio = CurveChoice.Scatter(profiles, Losses(profiles), CurveChoice.Parabolas)
            / CurveChoice.Scatter(profiles, Losses(profiles), curve);
        return double.IsFinite(ratio) ? ratio : null;
    }

    // What draws put on the losses: nothing for parabolas through all sizes, whose points are redrawn, and those of a
    // quartic where every budget has three sizes. A spline goes through its points and says nothing of their scatter:
    // then the seeds' own noise where there are replicates, else what smooth curves miss, which is no less.
    private static double? Noise(
        IReadOnlyList<LossObservation> observations, IReadOnlyList<IsoFlopProfile> profiles, MinimumCurve curve,
        FitOptions options)
    {
        if (curve == CurveChoice.Parabolas)
            return null;
        if (curve.Method == MinimumMethod.Akima && SeedNoise.Estimate(observations) is { } seeds)
            return seeds.StandardDeviation;
        var smooth = curve.Method == MinimumMethod.Akima && options.Minima != MinimumMethod.Auto
            ? CurveChoice.Parabolas : curve;
        return CurveChoice.Scatter(profiles, Losses(profiles), smooth) is var scatter && double.IsFinite(scatter)
            ? scatter : null;
    }

    private static double[][] Losses(IReadOnlyList<IsoFlopProfile> profiles) =>
        [.. profiles.Select(profile => profile.Losses)];

    private static PowerLaw? Law(IReadOnlyList<IsoFlopMinimum> minima, Func<IsoFlopMinimum, double?> value)
    {
        var found = minima.Where(minimum => value(minimum) is not null).ToList();
        return found.Count < IsoFlopBootstrap.LeastMinima ? null
            : PowerLaw.Through([.. found.Select(minimum => minimum.Flops)],
                [.. found.Select(minimum => value(minimum)!.Value)]);
    }

    // Budgets with sizes enough but without an interior minimum are a sweep that looked in the wrong place; else there
    // are too few points.
    private static FitStatus Missing(IsoFlopMinimum[] minima) =>
        minima.Count(minimum => minimum.Status != MinimumStatus.TooFewPoints) >= 2 ? FitStatus.Unidentified
        : FitStatus.TooFewPoints;
}
