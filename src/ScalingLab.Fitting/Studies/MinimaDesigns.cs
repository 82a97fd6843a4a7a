using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Published;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Studies;

/// <summary>
/// Sweeps on which the ways to find IsoFLOP minima are measured: those of the coverage study, and others that lie where
/// a parabola through all sizes is known to err. The truth of each is the exponent a of the law that makes the losses.
/// </summary>
public static class MinimaDesigns
{
    private static readonly double[] Budgets = [1e17, 1e18, 1e19, 1e20, 1e21];
    private static readonly ParametricLaw Steep = new(1.5, 20, 20000, 0.2, 0.6);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<CoverageDesign> All { get; } =
    [
        .. CoverageDesign.All,
        new Sweep("five", PublishedLaws.Hoffmann2022.Law!, 5, 3, 0.002).Design(),
        new Sweep("quiet", PublishedLaws.Hoffmann2022.Law!, 9, 8, 0.0005).Design(),
        new Sweep("wide", PublishedLaws.Hoffmann2022.Law!, 13, 30, 0.002).Design(),
        new Sweep("drifting", PublishedLaws.Hoffmann2022.Law!, 9, 8, 0.001) { Shift = 0.5, Drift = 0.4 }.Design(),
        new Sweep("steep", Steep, 9, 12, 0.001).Design(),
        new Sweep("steep-drifting", Steep, 9, 12, 0.002) { Shift = 0.4, Drift = 0.4 }.Design(),
        Undertrained("undertrained-quiet", 0.001),
        Undertrained("undertrained", 0.003),
        Undertrained("undertrained-noisy", 0.01),
    ];

    private static CoverageDesign Undertrained(string name, double noise) =>
        new Sweep(name, PublishedLaws.Hoffmann2022.Law!, 11, 15, noise) { Shift = 0.5, Drift = -0.4, Excess = 0.3 }
            .Design();

    /// <param name="Name">Short name for a table.</param>
    /// <param name="Law">The law that makes the losses, but for the excess.</param>
    /// <param name="Sizes">How many at each budget.</param>
    /// <param name="Reach">The largest size over the middle one.</param>
    /// <param name="Noise">Standard deviation of ln loss.</param>
    private sealed record Sweep(string Name, ParametricLaw Law, int Sizes, double Reach, double Noise)
    {
        /// <summary>How far the middle size lies above the optimum at the middle budget, in ln N.</summary>
        public double Shift { get; init; }

        /// <summary>How much farther at each budget than at the one before.</summary>
        public double Drift { get; init; }

        /// <summary>
        /// The share by which runs too short for their size end higher, as real ones do and the law's do not: from
        /// twice the optimal size on it grows with the square of ln N, so that the law's optimum stays where it is.
        /// </summary>
        public double Excess { get; init; }

        public CoverageDesign Design()
        {
            List<LossObservation> places =
                [.. from decade in Enumerable.Range(0, Budgets.Length)
                    from size in Enumerable.Range(0, Sizes)
                    select Place(decade, size)];
            var off = (Shift, Drift) == (0, 0) ? ""
                : Invariant($", centred {Shift} above it in ln N at {Budgets[2]:0e0} FLOPs and {Drift} more a decade");
            var over = Excess == 0 ? "" : Invariant(
                $"; from twice the optimum on the loss rises by {100 * Excess:F0} % times the square of ln N");
            return new CoverageDesign(Name, Invariant(
                $"{places.Count} points: {Budgets.Length} budgets from {Budgets[0]:0e0} to {Budgets[^1]:0e0} FLOPs, {Sizes} sizes each from 1/{Reach} to ",
                $"{Reach} times the optimum{off}, log-normal noise of {100 * Noise:G2} %{over}"), Law,
                [.. places.Select(_ => Noise)], places);
        }

        private LossObservation Place(int decade, int size)
        {
            var budget = Budgets[decade];
            var away = Shift + (Drift * (decade - (Budgets.Length / 2)))
                + (Math.Log(Reach) * ((2.0 * size / (Sizes - 1)) - 1));
            var n = Law.Optimum(budget).Parameters * Math.Exp(away);
            var d = budget / (6 * n);
            return new LossObservation(n, d, budget,
                Law.Loss(n, d) * (1 + (Excess * Math.Pow(Math.Max(0, away - Math.Log(2)), 2))), budget);
        }
    }
}
