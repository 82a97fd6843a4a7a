using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Laws.IsoFlop;

/// <summary>
/// Resamples within each budget. Points are drawn with replacement where the curve is a parabola through all sizes;
/// else fresh normal noise is put on the smoothed losses, and where the data chose the curve, each draw chooses again
/// (but not where they chose a spline). Where runs have points at several budgets, whole runs are drawn, or have one
/// noise. A budget whose full fit has an interior minimum may lose it in a draw; the draw's laws then go through the
/// minima that are left, and with fewer than three the draw is lost.
/// </summary>
internal sealed class IsoFlopBootstrap
{
    /// <summary>Minima that a power law needs: two make a line that nothing contradicts.</summary>
    public const int LeastMinima = 3;

    private readonly (double Parameters, double Tokens)[][] _minima;
    private readonly double[] _budgets;

    private IsoFlopBootstrap(double[] budgets, (double Parameters, double Tokens)[][] minima,
        IReadOnlyList<(PowerLaw, PowerLaw)> laws)
    {
        _budgets = budgets;
        _minima = minima;
        Laws = laws;
    }

    /// <summary>The laws of the draws with minima enough for both, in draw order.</summary>
    public IReadOnlyList<(PowerLaw Parameters, PowerLaw Tokens)> Laws { get; }

    public int Failures => _minima.Length - Laws.Count;

    /// <param name="profiles">The budgets.</param>
    /// <param name="full">Their minima without resampling.</param>
    /// <param name="curve">What found them.</param>
    /// <param name="noise">Standard deviation of ln loss; null to draw points.</param>
    /// <param name="options">As of the fit.</param>
    public static IsoFlopBootstrap Draw(
        IReadOnlyList<IsoFlopProfile> profiles, IReadOnlyList<IsoFlopMinimum> full, MinimumCurve curve, double? noise,
        FitOptions options)
    {
        double[] budgets = [.. profiles.Select(profile => profile.Group.Flops)];
        var runs = RunGroups.From([.. profiles.SelectMany(profile => profile.Group.Observations)]);
        double[][] smoothed = [.. profiles.Select(profile => profile.Smoothed(curve))];
        // Losses that a spline goes through have their own noise already: with as much again no test would ask for a
        // spline.
        var known = options.Minima == MinimumMethod.Auto && curve.Method != MinimumMethod.Akima ? null : curve;
        var minima =
            ParallelWork.Map<(double Parameters, double Tokens)[]>("IsoFLOP minima, bootstrap", options.Bootstrap,
                options, draw =>
        {
            var random = new SplitMix64(unchecked(options.Seed + 0x150F10), draw);
            var found = noise is { } size
                ? Noisy(profiles, smoothed, runs, size, known, ref random)
                : Redrawn(profiles, runs, ref random);
            // A budget that the full fit leaves out stays out, whatever a draw makes of it.
            return [.. found.Select((one, budget) => (
                full[budget].Parameters is null ? double.NaN : one.Parameters,
                full[budget].Tokens is null ? double.NaN : one.Tokens))];
        });
        var laws = new List<(PowerLaw, PowerLaw)>();
        foreach (var found in minima)
        {
            if (Law(budgets, found, one => one.Parameters) is { } sizes
                && Law(budgets, found, one => one.Tokens) is { } lengths)
                laws.Add((sizes, lengths));
        }

        return new IsoFlopBootstrap(budgets, minima, laws);
    }

    /// <summary>Whether more draws are lost than kept.</summary>
    public bool MostFailed => Failures > Laws.Count;

    /// <summary>The minima with their intervals and the draws that lost them.</summary>
    public IReadOnlyList<IsoFlopMinimum> AddIntervals(IReadOnlyList<IsoFlopMinimum> full) =>
        [.. full.Select((minimum, budget) => minimum with
    {
        ParametersInterval95 = Percentiles.Interval95(_minima.Select(draw => draw[budget].Parameters)),
        TokensInterval95 = Percentiles.Interval95(_minima.Select(draw => draw[budget].Tokens)),
        LostDraws = minimum.Parameters is null ? 0 : _minima.Count(draw => double.IsNaN(draw[budget].Parameters)),
    })];

    public IEnumerable<FitWarning> Warnings()
    {
        if (Failures > 0.05 * _minima.Length)
        {
            yield return new FitWarning("bootstrap-minima-lost", Invariant(
                $"{Failures} of {_minima.Length} bootstrap draws kept fewer than {LeastMinima} interior minima: ",
                $"the IsoFLOP intervals are too narrow."));
        }
    }

    private static (double Parameters, double Tokens)[] Redrawn(IReadOnlyList<IsoFlopProfile> profiles, RunGroups runs,
        ref SplitMix64 random)
    {
        var weights = runs.OnePointEach ? null : runs.Weights(ref random);
        var (found, first) = (new (double Parameters, double Tokens)[profiles.Count], 0);
        for (var budget = 0; budget < found.Length; budget++)
        {
            var count = profiles[budget].Count;
            found[budget] = weights is null ? profiles[budget].Redrawn(ref random) : profiles[budget]
                .Weighted(weights[first..(first + count)]);
            first += count;
        }

        return found;
    }

    // A curve that is not known is chosen anew, for the losses of the draw.
    private static (double Parameters, double Tokens)[] Noisy(
        IReadOnlyList<IsoFlopProfile> profiles, double[][] smoothed, RunGroups runs, double noise, MinimumCurve? known,
        ref SplitMix64 random)
    {
        var (normals, first) = (runs.Normals(ref random), 0);
        var losses = new double[profiles.Count][];
        for (var budget = 0; budget < losses.Length; budget++)
        {
            losses[budget] =
                [.. smoothed[budget].Select((loss, point) => loss * Math.Exp(noise * normals[first + point]))];
            first += smoothed[budget].Length;
        }

        var chosen = known ?? CurveChoice.Choose(profiles, losses);
        return [.. profiles.Select((profile, budget) => profile.Places(chosen, losses[budget]))];
    }

    private static PowerLaw? Law(
        double[] budgets, (double Parameters, double Tokens)[] found,
        Func<(double Parameters, double Tokens), double> value)
    {
        var (x, y) = (new List<double>(), new List<double>());
        for (var budget = 0; budget < budgets.Length; budget++)
        {
            if (!double.IsNaN(value(found[budget])))
            {
                x.Add(budgets[budget]);
                y.Add(value(found[budget]));
            }
        }

        return x.Count < LeastMinima ? null : PowerLaw.Through(x, y);
    }
}
