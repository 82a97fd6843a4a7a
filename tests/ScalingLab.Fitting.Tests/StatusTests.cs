using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws.Envelope;
using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Tests;

/// <summary>A status belongs to the data: no number of bootstrap draws and no seed of theirs changes it.</summary>
public sealed class StatusTests
{
    private static readonly double[] Budgets = [1e18, 1e19, 1e20, 1e21];

    // Sound sweeps, and sweeps that hold no exponent for one reason or another.
    private static readonly Dictionary<string, List<LossObservation>> Sweeps = new()
    {
        ["sound"] = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets, 9), 0.003, 1),
        ["three sizes a budget"] =
            Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e19, 1e20, 1e21], 3), 0.001, 2),
        ["sizes too alike"] = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets, 5, 0.3), 0.004, 5),
        ["very noisy"] = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets, 9, 0.8), 0.03, 3),
        ["sizes and ratios"] = [.. FewSizes()],
    };

    public static TheoryData<string> Names => [.. Sweeps.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_status_is_the_same_for_any_bootstrap(string name)
    {
        (FitStatus, FitStatus, FitStatus)[] statuses =
        [
            .. from draws in new[] { 0, 50, 200 }
               from seed in new[] { 1, 12345 }
               let options = new FitOptions { Bootstrap = draws, Seed = seed }
               select (IsoFlopFitter.Fit(Sweeps[name], options).Status,
                   ParametricFitter.Fit(Sweeps[name], options).Status,
                   EnvelopeFitter.Fit(Sweeps[name], options, true, 200).Status),
        ];
        Assert.Single(statuses.Distinct());
    }

    [Fact]
    public void Minima_that_most_resamples_lose_are_unidentified_and_have_no_interval()
    {
        var fit = IsoFlopFitter.Fit(Sweeps["three sizes a budget"], new FitOptions { Bootstrap = 200 });
        Assert.All(fit.Minima, minimum => Assert.Equal(MinimumStatus.Interior, minimum.Status));
        Assert.Equal(FitStatus.Unidentified, fit.Status);
        Assert.Null(fit.Interval95);
        Assert.Empty(fit.Draws);
        Assert.Contains("resamples",
            Assert.Single(fit.Warnings, warning => warning.Code == "isoflop-unidentified").Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Few_minima_of_few_sizes_are_no_headline()
    {
        var document =
            Fitter.Fit(Sweeps["sizes and ratios"],
                new FitOptions { Bootstrap = 50, Approaches = [FitApproach.IsoFlop] });
        Assert.Equal(FitStatus.Unidentified, document.Isoflop!.Status);
        Assert.Null(document.Isoflop.ParametersExponent);
        Assert.StartsWith("What 10x the compute should buy is not known", Fitter.Headline(document),
            StringComparison.Ordinal);
    }

    // Four sizes, each at eight ratios of tokens to parameters: few of their budgets meet.
    private static List<LossObservation> FewSizes() => Surfaces.Noisy(
        from n in new[] { 10e6, 80e6, 160e6, 410e6 }
        from step in Enumerable.Range(0, 8)
        let d = 5 * n * Math.Pow(2, step)
        select new LossObservation(n, d, 6 * n * d, Surfaces.Chinchilla.Loss(n, d)), 0.01, 4);
}
