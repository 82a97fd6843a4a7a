using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Tests;

/// <summary>
/// A real micro sweep: 38 runs of 3k to 330k parameters on English reference text, four budgets, two seeds.
/// </summary>
public sealed class QuickstartTests
{
    private static readonly double[] Budgets = [1e11, 2.5e11, 6e11, 1.5e12];

    // Width, layers, and the losses (nats/token) of two seeds at each budget.
    private static readonly (int Width, int Layers, double[][] Losses)[] Table =
    [
        (12, 2, [[3.836], [], [], []]),
        (16, 2, [[3.744, 3.722], [3.597, 3.564], [], []]),
        (24, 2, [[3.692, 3.707], [3.425, 3.447], [3.211, 3.221], []]),
        (32, 2, [[3.712, 3.733], [3.421, 3.415], [3.101, 3.143], [2.910, 2.918]]),
        (48, 2, [[3.853, 3.864], [3.463, 3.476], [3.091, 3.088], [2.824, 2.820]]),
        (64, 3, [[], [3.675, 3.717], [3.230, 3.263], [2.855, 2.840]]),
        (80, 3, [[], [], [], [2.933]]),
        (96, 3, [[], [], [3.575, 3.573], [2.990, 3.025]]),
    ];

    [Fact]
    public void Every_budget_has_an_interior_minimum_and_the_sizes_grow_with_compute()
    {
        var document = Fitter.Fit(Sweep(false), new FitOptions { Bootstrap = 500 });
        Assert.Equal(FitStatus.Converged, document.Isoflop!.Status);
        Assert.All(document.Isoflop!.Minima, minimum => Assert.Equal(MinimumStatus.Interior, minimum.Status));
        Assert.InRange(document.Isoflop!.ParametersExponent!.Value, 0.6, 0.7);
        // Head and attention dominate at this size, so C grows slower than ND and a + b is above 1.
        Assert.Contains(document.Warnings, warning => warning.Code == "exponents-do-not-sum");
        Assert.Contains(document.Warnings, warning => warning.Code == "flops-not-6nd");
    }

    [Fact]
    public void Counting_the_head_changes_the_exponent()
    {
        var fit = IsoFlopFitter.Fit(Sweep(true), new FitOptions { Bootstrap = 0 });
        Assert.InRange(fit.ParametersExponent!.Value, 0.43, 0.5);
    }

    [Fact]
    public void The_parametric_law_is_marked_unidentified_and_stays_out_of_frontier_and_headline()
    {
        var document = Fitter.Fit(Sweep(false), new FitOptions { Bootstrap = 1000 });
        Assert.Equal(FitStatus.Unidentified, document.Parametric!.Status);
        Assert.Equal(["E"], document.Parametric!.Unidentified);
        Assert.Equal(FrontierSource.IsoFlop, document.FrontierSource);
        Assert.All(document.Frontier, point => Assert.Null(point.Loss));
        Assert.DoesNotContain("parametric", Fitter.Headline(document), StringComparison.Ordinal);
        Assert.Contains("IsoFLOP", Fitter.Headline(document), StringComparison.Ordinal);
    }

    private static List<LossObservation> Sweep(bool withHead)
    {
        var sweep = new List<LossObservation>();
        foreach (var (width, layers, losses) in Table)
        {
            double blocks = 12 * layers * width * width;
            double head = 1024 * width;
            var perToken = (6 * blocks) + (12 * layers * 64 * width) + (6 * head);
            for (var budget = 0; budget < Budgets.Length; budget++)
            {
                var flops = Budgets[budget];
                foreach (var loss in losses[budget])
                    sweep.Add(new(blocks + (withHead ? head : 0), flops / perToken, flops, loss, flops, $"w{width}"));
            }
        }

        return sweep;
    }
}
