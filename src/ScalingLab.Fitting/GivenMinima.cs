using MathNet.Numerics.Distributions;
using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Predictions;
using ScalingLab.Fitting.Published;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting;

/// <summary>A compute-optimal model that somebody else found.</summary>
/// <param name="Flops">C, FLOPs.</param>
/// <param name="Parameters">N_opt.</param>
/// <param name="Tokens">D_opt; null: C / 6N.</param>
/// <param name="Row">The row (1 is the first) in the caller's file.</param>
public sealed record GivenMinimum(double Flops, double Parameters, double? Tokens, int Row);

/// <summary>
/// Power laws N_opt = k C^a and D_opt = k' C^b through minima that are given: least squares in the logarithms, as
/// through minima found here. Nothing is known of each minimum's own error, so the intervals are Student's t of the
/// scatter about the line, with n - 2 degrees of freedom.
/// </summary>
public static class GivenMinima
{
    /// <summary>
    /// Everything that the minima say. Bad ones are excluded and named; too few, or too loose ones, give a status.
    /// </summary>
    /// <param name="minima">As they were given.</param>
    /// <param name="setAside">Rows of the caller's file that are none of them, and why.</param>
    /// <param name="options">Seed and number of draws for the frontier's intervals, and its target budgets.</param>
    public static FitDocument Document(IReadOnlyList<GivenMinimum> minima, IReadOnlyList<ExcludedRow> setAside,
        FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(minima);
        ArgumentNullException.ThrowIfNull(setAside);
        ArgumentNullException.ThrowIfNull(options);
        ExcludedRow[] bad =
            [.. minima.Where(one => !Usable(one)).Select(one => new ExcludedRow(one.Row, "C, N_opt and D_opt must be "
                + "positive numbers"))];
        GivenMinimum[] usable = [.. minima.Where(Usable).OrderBy(one => one.Flops)];
        var isoflop = Fit(usable, options);
        double[] flops = [.. usable.Select(one => one.Flops)];
        var frontier = Frontier.FromMinima(flops, isoflop, options);
        Interval? Range(Func<GivenMinimum, double> value) =>
            usable.Length == 0 ? null : new Interval(usable.Min(value), usable.Max(value));
        return new FitDocument
        {
            Input = new FitInput(usable.Length, [.. setAside.Concat(bad).OrderBy(row => row.Row)],
                Range(one => one.Parameters), Range(Tokens),
                Range(one => one.Flops), null, options with { Approaches = [FitApproach.IsoFlop] }),
            Isoflop = isoflop,
            FrontierSource = frontier.Source,
            FrontierFlops = FlopsCounting.SixND,
            Frontier = frontier.Points,
            Comparison = frontier.Points.Count == 0 ? null
                : PublishedComparison.Create([.. frontier.Points.Select(point => point.Flops)], null),
            Warnings =
            [
                .. FitWarnings.Excluded(usable.Length, bad),
                .. frontier.Warnings,
                .. isoflop.Warnings,
            ],
        };
    }

    /// <summary>The laws alone, through usable minima.</summary>
    public static IsoFlopFit Fit(IReadOnlyList<GivenMinimum> minima, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(minima);
        ArgumentNullException.ThrowIfNull(options);
        var fit =
            new IsoFlopFit { Status = FitStatus.TooFewPoints, Given = true, Minima = [.. minima.Select(Minimum)] };
        var budgets = minima.Select(one => one.Flops).Distinct().Count();
        if (budgets < IsoFlopBootstrap.LeastMinima)
        {
            return fit with
            {
                Warnings = [new FitWarning("few-budgets", Invariant(
                    $"There are minima at {budgets} budgets; a power law needs at least {IsoFlopBootstrap.LeastMinima}."))],
            };
        }

        double[] flops = [.. minima.Select(one => one.Flops)];
        var sizes = Line.Through(flops, [.. minima.Select(one => one.Parameters)]);
        var lengths = Line.Through(flops, [.. minima.Select(Tokens)]);
        var intervals = new Dictionary<string, Interval> { ["a"] = sizes.Interval95, ["b"] = lengths.Interval95 };
        var loose = intervals.Values.Any(IsoFlopWarnings.IsUninformative);
        return fit with
        {
            Status = loose ? FitStatus.Unidentified : FitStatus.Converged,
            ParametersExponent = sizes.Law.Exponent,
            TokensExponent = lengths.Law.Exponent,
            ParametersCoefficient = sizes.Law.Coefficient,
            TokensCoefficient = lengths.Law.Coefficient,
            Interval95 = intervals,
            StandardError = new Dictionary<string, double> { ["a"] = sizes.Error, ["b"] = lengths.Error },
            BootstrapDraws = options.Bootstrap,
            Draws = [.. Enumerable.Range(0, options.Bootstrap)
                .Select(draw => Draw(sizes, lengths, options.Seed, draw))],
            Warnings =
            [
                .. IsoFlopWarnings.ExponentSum(sizes.Law.Exponent, lengths.Law.Exponent),
                .. loose ? [new FitWarning("isoflop-unidentified",
                    "The interval of an exponent is as wide as 1: the minima scatter too much to say how to scale.")]
                    : Array.Empty<FitWarning>(),
            ],
        };
    }

    private static bool Usable(GivenMinimum one) =>
        Positive(one.Flops) && Positive(one.Parameters) && Positive(one.Tokens ?? 1);

    private static bool Positive(double value) => double.IsFinite(value) && value > 0;

    private static double Tokens(GivenMinimum one) => one.Tokens ?? (one.Flops / (6 * one.Parameters));

    private static IsoFlopMinimum Minimum(GivenMinimum one) => new()
    {
        Flops = one.Flops,
        Parameters = one.Parameters,
        Tokens = Tokens(one),
        Status = MinimumStatus.Interior,
        TokensStatus = MinimumStatus.Interior,
        Points = 0,
        DistinctSizes = 0,
        ParametersRange = new Interval(one.Parameters, one.Parameters),
        TokensRange = new Interval(Tokens(one), Tokens(one)),
        Rows = [one.Row],
    };

    private static (PowerLaw, PowerLaw) Draw(Line sizes, Line lengths, int seed, int draw)
    {
        var random = new SplitMix64(unchecked(seed + 0x61BE), draw);
        return (sizes.Drawn(ref random), lengths.Drawn(ref random));
    }

    /// <summary>A power law with what its points say of its errors.</summary>
    private sealed record Line(PowerLaw Law, double MeanLogX, double Scatter, double Spread, int Count)
    {
        /// <summary>Standard error of the exponent.</summary>
        public double Error => Scatter / Math.Sqrt(Spread);

        public Interval Interval95
        {
            get
            {
                var half = Error * StudentT.InvCDF(0, 1, Count - 2, 0.975);
                return new Interval(Law.Exponent - half, Law.Exponent + half);
            }
        }

        public static Line Through(double[] x, double[] y)
        {
            var law = PowerLaw.Through(x, y)!;
            var mean = x.Average(Math.Log);
            var squares = x.Zip(y).Sum(point => Math.Pow(Math.Log(point.Second / law.At(point.First)), 2));
            return new Line(law, mean, Math.Sqrt(squares / (x.Length - 2)),
                x.Sum(one => Math.Pow(Math.Log(one) - mean, 2)), x.Length);
        }

        /// <summary>
        /// A law as likely as any: exponent and level of Student's t about the fit's, with one scatter for both.
        /// </summary>
        public PowerLaw Drawn(ref SplitMix64 random)
        {
            var squares = 0.0;
            for (var one = 0; one < Count - 2; one++)
                squares += Math.Pow(random.NextNormal(), 2);
            var scatter = Scatter * Math.Sqrt((Count - 2) / squares);
            var exponent = Law.Exponent + (scatter / Math.Sqrt(Spread) * random.NextNormal());
            var level = Math.Log(Law.Coefficient) + (Law.Exponent * MeanLogX)
                + (scatter / Math.Sqrt(Count) * random.NextNormal());
            return new PowerLaw(Math.Exp(level - (exponent * MeanLogX)), exponent);
        }
    }
}
