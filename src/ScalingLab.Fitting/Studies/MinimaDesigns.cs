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
        Make("five", PublishedLaws.Hoffmann2022.Law!, 5, 3, 0.002),
        Make("quiet", PublishedLaws.Hoffmann2022.Law!, 9, 8, 0.0005),
        Make("wide", PublishedLaws.Hoffmann2022.Law!, 13, 30, 0.002),
        Make("drifting", PublishedLaws.Hoffmann2022.Law!, 9, 8, 0.001, shift: 0.5, drift: 0.4),
        Make("steep", Steep, 9, 12, 0.001),
        Make("steep-drifting", Steep, 9, 12, 0.002, shift: 0.4, drift: 0.4),
        Make("undertrained-quiet", PublishedLaws.Hoffmann2022.Law!, 11, 15, 0.001, shift: 0.5, drift: -0.4,
            excess: 0.3),
        Make("undertrained", PublishedLaws.Hoffmann2022.Law!, 11, 15, 0.003, shift: 0.5, drift: -0.4, excess: 0.3),
        Make("undertrained-noisy", PublishedLaws.Hoffmann2022.Law!, 11, 15, 0.01, shift: 0.5, drift: -0.4, excess: 0.3),
    ];

    // The excess is that of runs too short for their size, which real sweeps have and the law has not: from twice the
    // optimal size on it grows with the square of ln N, so that the law's optimum stays where it is.
    private static CoverageDesign Make(
        string name, ParametricLaw law, int sizes, double reach, double noise, double shift = 0, double drift = 0,
        double excess = 0)
    {
        List<LossObservation> places =
            [.. from decade in Enumerable.Range(0, Budgets.Length)
                let budget = Budgets[decade]
                let optimum = law.Optimum(budget).Parameters
                from size in Enumerable.Range(0, sizes)
                let away = shift + (drift * (decade - (Budgets.Length / 2)))
                + (Math.Log(reach) * ((2.0 * size / (sizes - 1)) - 1))
                let n = optimum * Math.Exp(away)
                let d = budget / (6 * n)
                select new LossObservation(n, d, budget,
                    law.Loss(n, d) * (1 + (excess * Math.Pow(Math.Max(0, away - Math.Log(2)), 2))), budget)];
        var off = (shift, drift) == (0, 0) ? ""
            : Invariant($", centred {shift} above it in ln N at {Budgets[2]:0e0} FLOPs and {drift} more a decade");
        var over = excess == 0 ? ""
            : Invariant($"; from twice the optimum on the loss rises by {100 * excess:F0} % times the square of ln N");
        return new CoverageDesign(name, Invariant(
            $"{places.Count} points: {Budgets.Length} budgets from {Budgets[0]:0e0} to {Budgets[^1]:0e0} FLOPs, {sizes} sizes each from 1/{reach} to ",
            $"{reach} times the optimum{off}, log-normal noise of {100 * noise:G2} %{over}"), law,
            [.. places.Select(_ => noise)], places);
    }
}
