using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Published;

namespace ScalingLab.Fitting.Studies;

/// <summary>A sweep whose law is known, drawn again and again.</summary>
/// <param name="Name">Short name for a table.</param>
/// <param name="Description">What the sweep is, in words.</param>
/// <param name="Law">The law that makes the losses.</param>
/// <param name="Noise">Standard deviation of ln loss round the law, at each place.</param>
/// <param name="Places">Where it was run; the losses are the law's own.</param>
public sealed record CoverageDesign(
    string Name, string Description, ParametricLaw Law, IReadOnlyList<double> Noise,
    IReadOnlyList<LossObservation> Places)
{
    /// <summary>
    /// Sweeps by Hoffmann et al. 2022's law as printed: a large one, a small one, a small noisy one, and a large one
    /// whose runs scatter the more the farther they lie off the optimum.
    /// </summary>
    public static IReadOnlyList<CoverageDesign> All { get; } =
    [
        IsoFlop("large", [6e18, 1e19, 3e19, 6e19, 1e20, 3e20, 6e20, 1e21], 30, 6, 0.01),
        IsoFlop("small", [1e17, 1e18, 1e19, 1e20, 1e21], 6, 8, 0.003),
        IsoFlop("noisy", [1e17, 1e18, 1e19, 1e20, 1e21], 12, 8, 0.01),
        IsoFlop("uneven", [6e18, 1e19, 3e19, 6e19, 1e20, 3e20, 6e20, 1e21], 30, 6, 0.003, 6),
    ];

    private static CoverageDesign IsoFlop(string name, double[] budgets, int sizes, double reach, double noise,
        double uneven = 1)
    {
        var law = PublishedLaws.Hoffmann2022.Law!;
        List<LossObservation> places =
            [.. from budget in budgets
                from size in Enumerable.Range(0, sizes)
                let n = law.Optimum(budget).Parameters * Math.Pow(reach, (2.0 * size / (sizes - 1)) - 1)
                let d = budget / (6 * n)
                select new LossObservation(n, d, budget, law.Loss(n, d), budget)];
        // Grows with the square of the distance from the optimum, in ln N.
        double[] spread = [.. places.Select(place =>
            noise * (1
                + ((uneven - 1)
                    * Math.Pow(Math.Log(place.Parameters / law.Optimum(place.Flops).Parameters) / Math.Log(reach),
                        2))))];
        var growing = uneven > 1 ? InvariantText.Invariant($" at the optimum and {uneven * noise:P1} at either end")
            : "";
        return new CoverageDesign(name, InvariantText.Invariant(
            $"{places.Count} points: {budgets.Length} budgets from {budgets[0]:0e0} to {budgets[^1]:0e0} FLOPs, {sizes} sizes each from 1/{reach} to ",
            $"{reach} times the optimum, log-normal noise of {noise:P1}{growing}"), law, spread, places);
    }

    /// <summary>The places with fresh noise; the same for the same seed and draw on every machine.</summary>
    public IReadOnlyList<LossObservation> Draw(int seed, int draw)
    {
        var random = new SplitMix64(seed, draw);
        var points = new List<LossObservation>(Places.Count);
        for (var index = 0; index < Places.Count; index++)
            points.Add(Places[index] with { Loss = Places[index].Loss * Math.Exp(Noise[index] * random.NextNormal()) });
        return points;
    }
}

/// <summary>How often the intervals of one kind held the truth for one parameter.</summary>
/// <param name="Design">The design's name.</param>
/// <param name="Method">The cost that was fitted.</param>
/// <param name="Parameter">E, A, B, alpha, beta, a, b, or N_opt: the optimum at ten times the largest budget.</param>
/// <param name="Kind">How the intervals were found; null: those that each fit itself says to quote.</param>
/// <param name="Draws">Draws with an interval.</param>
/// <param name="Below">Draws whose whole interval lay below the truth, and above it.</param>
/// <param name="Above">See Below.</param>
/// <param name="MedianWidth">Median width of the intervals over the true value.</param>
public sealed record CoverageRow(
    string Design, FitMethod Method, string Parameter, IntervalKind? Kind, int Draws, int Below, int Above,
    double MedianWidth)
{
    /// <summary>Share of the intervals that hold the truth; NaN without draws.</summary>
    public double Coverage => 1 - ((double)(Below + Above) / Draws);
}

/// <summary>Whether intervals called 95 % hold the truth in 95 % of sweeps.</summary>
public static class CoverageStudy
{
    /// <summary>
    /// Fits <paramref name="draws"/> noisy copies of the design, each with the given options, and counts. A draw whose
    /// fit did not converge or is not identified has intervals like any other: leaving it out would flatter those that
    /// are left.
    /// </summary>
    public static IReadOnlyList<CoverageRow> Run(CoverageDesign design, int draws, int seed, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(design);
        ArgumentNullException.ThrowIfNull(options);
        var single = options with { Threads = 1, Progress = null };
        var fits = ParallelWork.Map("sweeps", draws, options, draw =>
            Intervals(design, ParametricFitter.Fit(design.Draw(seed, draw), single with { Seed = draw })));
        return [.. from kind in Enum.GetValues<IntervalKind>().Cast<IntervalKind?>().Append(null)
                   from truth in Truths(design)
                   let found = fits.Where(fit => fit.ContainsKey((kind, truth.Key)))
                   .Select(fit => fit[(kind, truth.Key)]).ToList()
                   where found.Count > 0
                   select new CoverageRow(
                       design.Name,
                       options.Method,
                       truth.Key,
                       kind,
                       found.Count,
                       found.Count(one => one.High < truth.Value),
                       found.Count(one => one.Low > truth.Value),
                       found.Select(one => one.Width / truth.Value).Order().ElementAt(found.Count / 2))];
    }

    private static Dictionary<string, double> Truths(CoverageDesign design) => new()
    {
        ["E"] = design.Law.E,
        ["A"] = design.Law.A,
        ["B"] = design.Law.B,
        ["alpha"] = design.Law.Alpha,
        ["beta"] = design.Law.Beta,
        ["a"] = design.Law.ParametersExponent,
        ["b"] = design.Law.TokensExponent,
        ["N_opt"] = design.Law.Optimum(Target(design)).Parameters,
    };

    private static Dictionary<(IntervalKind?, string), Interval> Intervals(CoverageDesign design, ParametricFit fit)
    {
        var intervals = new Dictionary<(IntervalKind?, string), Interval>();
        foreach (var (kind, table) in new[]
        {
            ((IntervalKind?)IntervalKind.Percentile, fit.Interval95Percentile),
            (IntervalKind.Profile, fit.Interval95Profile),
            (null, fit.Interval95),
        })
        {
            foreach (var (name, interval) in table ?? new Dictionary<string, Interval>())
                intervals[(kind, name)] = interval;
        }

        if (Percentiles.Interval95(fit.Draws.Select(law => law.Optimum(Target(design)).Parameters)) is { } optimum)
            intervals[(IntervalKind.Percentile, "N_opt")] = optimum;
        return intervals;
    }

    private static double Target(CoverageDesign design) => 10 * design.Places.Max(place => place.Flops);
}
