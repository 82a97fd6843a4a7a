using static ScalingLab.Fitting.InvariantText;

namespace ScalingLab.Fitting;

/// <summary>
/// Resamples within each budget: the points of a parabola, the noise of an Akima spline; where runs have points at several budgets, whole
/// runs are drawn for a parabola. A budget whose full fit has an interior minimum may
/// lose it in a draw; the draw's laws then go through the minima that are left, and the loss is counted.
/// </summary>
internal sealed class IsoFlopBootstrap
{
    private readonly (double Parameters, double Tokens)[][] _minima;
    private readonly double[] _budgets;

    private IsoFlopBootstrap(double[] budgets, (double Parameters, double Tokens)[][] minima, IReadOnlyList<(PowerLaw, PowerLaw)> laws)
    {
        _budgets = budgets;
        _minima = minima;
        Laws = laws;
    }

    /// <summary>The laws of the draws with at least two minima for both, in draw order.</summary>
    public IReadOnlyList<(PowerLaw Parameters, PowerLaw Tokens)> Laws { get; }

    public int Failures => _minima.Length - Laws.Count;

    /// <param name="profiles">The budgets.</param>
    /// <param name="full">Their minima without resampling.</param>
    /// <param name="noise">Standard deviation of ln loss, for splines.</param>
    /// <param name="options">As of the fit.</param>
    public static IsoFlopBootstrap Draw(
        IReadOnlyList<IsoFlopProfile> profiles, IReadOnlyList<IsoFlopMinimum> full, double noise, FitOptions options)
    {
        double[] budgets = [.. profiles.Select(profile => profile.Group.Flops)];
        var runs = RunGroups.Of([.. profiles.SelectMany(profile => profile.Group.Observations)]);
        var byRun = !runs.OnePointEach && options.Minima == MinimumMethod.Parabola;
        var minima = new (double Parameters, double Tokens)[options.Bootstrap][];
        Parallel.For(0, options.Bootstrap, new ParallelOptions { MaxDegreeOfParallelism = options.Threads }, draw =>
        {
            var random = new SplitMix64(unchecked(options.Seed + 0x150F10), draw);
            var found = new (double Parameters, double Tokens)[profiles.Count];
            var weights = byRun ? runs.Weights(ref random) : [];
            var first = 0;
            for (var budget = 0; budget < profiles.Count; budget++)
            {
                var profile = profiles[budget];
                var (parameters, tokens) = byRun ? profile.Weighted(weights[first..(first + profile.Count)]) : profile.Resampled(ref random, noise);
                first += profile.Count;
                // A budget that the full fit leaves out stays out, whatever a draw makes of it.
                found[budget] = (
                    full[budget].Parameters is null ? double.NaN : parameters,
                    full[budget].Tokens is null ? double.NaN : tokens);
            }

            minima[draw] = found;
        });
        var laws = new List<(PowerLaw, PowerLaw)>();
        foreach (var found in minima)
        {
            if (Law(budgets, found, one => one.Parameters) is { } sizes && Law(budgets, found, one => one.Tokens) is { } lengths)
                laws.Add((sizes, lengths));
        }

        return new IsoFlopBootstrap(budgets, minima, laws);
    }

    /// <summary>The minima with their intervals and the draws that lost them.</summary>
    public IReadOnlyList<IsoFlopMinimum> Complete(IReadOnlyList<IsoFlopMinimum> full) => [.. full.Select((minimum, budget) => minimum with
    {
        ParametersInterval95 = Percentiles.Interval95(_minima.Select(draw => draw[budget].Parameters)),
        TokensInterval95 = Percentiles.Interval95(_minima.Select(draw => draw[budget].Tokens)),
        LostDraws = minimum.Parameters is null ? 0 : _minima.Count(draw => double.IsNaN(draw[budget].Parameters)),
    })];

    public IReadOnlyDictionary<string, Interval>? Intervals()
    {
        var a = Percentiles.Interval95(Laws.Select(law => law.Parameters.Exponent));
        var b = Percentiles.Interval95(Laws.Select(law => law.Tokens.Exponent));
        return a is null || b is null ? null : new Dictionary<string, Interval> { ["a"] = a, ["b"] = b };
    }

    public IReadOnlyDictionary<string, double>? StandardErrors()
    {
        var a = Percentiles.StandardError(Laws.Select(law => law.Parameters.Exponent));
        var b = Percentiles.StandardError(Laws.Select(law => law.Tokens.Exponent));
        return a is null || b is null ? null : new Dictionary<string, double> { ["a"] = a.Value, ["b"] = b.Value };
    }

    public IEnumerable<FitWarning> Warnings()
    {
        if (Failures > 0.05 * _minima.Length)
        {
            yield return new FitWarning("bootstrap-minima-lost", Invariant(
                $"{Failures} of {_minima.Length} bootstrap draws kept fewer than two interior minima: ",
                $"the IsoFLOP intervals are too narrow."));
        }
    }

    private static PowerLaw? Law(
        double[] budgets, (double Parameters, double Tokens)[] found, Func<(double Parameters, double Tokens), double> value)
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

        return PowerLaw.Through(x, y);
    }
}
