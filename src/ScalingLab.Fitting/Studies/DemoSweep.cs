using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Published;

namespace ScalingLab.Fitting.Studies;

/// <summary>
/// A sweep made from a known law, for trying the fits where no runs are at hand. The same on every machine, to
/// rounding.
/// </summary>
/// <param name="Name">What <c>lab fit --demo</c> calls it.</param>
/// <param name="Law">The law that made the losses.</param>
/// <param name="Noise">Standard deviation of ln loss round the law.</param>
/// <param name="Seed">Of the noise.</param>
/// <param name="Observations">The runs, C = 6ND in whole parameters and tokens.</param>
public sealed record DemoSweep(string Name, ParametricLaw Law, double Noise, int Seed,
    IReadOnlyList<LossObservation> Observations)
{
    private const int Sizes = 15;
    private const int Seeds = 2;
    private const int NoiseSeed = 1;

    // Hoffmann et al. 2022's IsoFLOP budgets (figure 3) but the largest.
    private static readonly double[] Budgets = [6e18, 1e19, 3e19, 6e19, 1e20, 3e20, 6e20, 1e21];

    /// <summary>
    /// 240 runs by Hoffmann et al. 2022's law as printed (eq. 10): eight of the paper's budgets, fifteen sizes at each
    /// from a sixth to six times the law's optimum, two seeds, log-normal noise of 0.3 %.
    /// </summary>
    public static DemoSweep Chinchilla { get; } = Make("chinchilla", PublishedLaws.Hoffmann2022.Law!, 0.003);

    public static IReadOnlyList<DemoSweep> All { get; } = [Chinchilla];

    /// <summary>The sweep in a sentence.</summary>
    public string Description => InvariantText.Invariant(
        $"{Observations.Count} made-up runs by L = {Law.E} + {Law.A}/N^{Law.Alpha} + {Law.B}/D^{Law.Beta} (Hoffmann et al. 2022 as printed), ",
        $"noise of {Noise:P1} in loss, drawn with seed {Seed}");

    private static DemoSweep Make(string name, ParametricLaw law, double noise)
    {
        var random = new SplitMix64(NoiseSeed, 0);
        var runs = new List<LossObservation>();
        foreach (var budget in Budgets)
        {
            for (var size = 0; size < Sizes; size++)
            {
                var n = Math.Round(law.Optimum(budget).Parameters * Math.Pow(6, (2.0 * size / (Sizes - 1)) - 1));
                var d = Math.Round(budget / (6 * n));
                for (var seed = 1; seed <= Seeds; seed++)
                {
                    var loss = law.Loss(n, d) * Math.Exp(noise * Normal(ref random));
                    runs.Add(new LossObservation(
                        n, d, 6 * n * d, loss, budget, null, runs.Count + 1, Seed: InvariantText.Invariant($"{seed}")));
                }
            }
        }

        return new DemoSweep(name, law, noise, NoiseSeed, runs);
    }

    // Box and Muller 1958.
    private static double Normal(ref SplitMix64 random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
