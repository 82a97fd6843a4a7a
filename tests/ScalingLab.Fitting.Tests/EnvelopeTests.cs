using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.Envelope;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using Xunit.Abstractions;

namespace ScalingLab.Fitting.Tests;

public sealed class EnvelopeTests(ITestOutputHelper output)
{
    private static readonly FitOptions NoBootstrap = new() { Bootstrap = 0 };

    [Fact]
    public void The_envelope_of_many_curves_gives_the_frontier_of_the_law_that_drew_them()
    {
        foreach (var law
            in new[]
            { Surfaces.Chinchilla, new ParametricLaw(1.8, 400, 400, 0.35, 0.35), new(1.5, 60, 4000, 0.25, 0.4) })
        {
            var fit = EnvelopeFitter.Fit(Curves(law), NoBootstrap);
            Assert.Equal(FitStatus.Converged, fit.Status);
            Assert.Equal("training-curves", fit.Kind);
            Assert.Equal(EnvelopeFitter.DefaultBins, fit.Bins);
            Assert.Equal(law.ParametersExponent, fit.ParametersExponent!.Value, 0.01);
            Assert.Equal(law.TokensExponent, fit.TokensExponent!.Value, 0.01);
            var middle = Math.Sqrt(fit.FlopsRange!.Low * fit.FlopsRange.High);
            Assert.InRange(fit.ParametersLaw!.At(middle) / law.Optimum(middle).Parameters, 0.95, 1.05);
            Assert.InRange(fit.TokensLaw!.At(middle) / law.Optimum(middle).Tokens, 0.95, 1.05);
            Assert.DoesNotContain(fit.Warnings, warning => warning.Code == "envelope-of-final-losses");
        }
    }

    [Fact]
    public void Every_point_of_the_envelope_is_the_lowest_curve_there()
    {
        var law = Surfaces.Chinchilla;
        var curves = Curves(law);
        double[] sizes = [.. curves.Select(one => one.Parameters).Distinct()];
        var fit = EnvelopeFitter.Fit(curves, NoBootstrap);
        Assert.NotEmpty(fit.Envelope);
        foreach (var point in fit.Envelope)
        {
            // Curves run to 200 tokens a parameter, from 0.5.
            var there = sizes.Where(n => point.Flops >= 3 * n * n && point.Flops <= 1200 * n * n).ToList();
            Assert.Equal(there.Min(n => law.Loss(n, point.Flops / (6 * n))), point.Loss, 2e-3);
            Assert.Equal(1, 6 * point.Parameters * point.Tokens / point.Flops, 1e-3);
        }
    }

    [Fact]
    public void Final_losses_are_taken_and_said_to_be_no_envelope_of_curves()
    {
        var sweep = Surfaces.Grid(Surfaces.Chinchilla, 12, 12);
        var fit = EnvelopeFitter.Fit(sweep, NoBootstrap);
        Assert.Equal("final-losses", fit.Kind);
        Assert.Contains(fit.Warnings, warning => warning.Code == "envelope-of-final-losses");
        Assert.Equal(Surfaces.Chinchilla.ParametersExponent, fit.ParametersExponent!.Value, 0.03);
        // Labels that name models, not runs, look like curves: the caller can say better.
        var named = sweep.Select(one => one with { Label = "model of " + one.Parameters }).ToList();
        Assert.Equal("final-losses", EnvelopeFitter.Fit(named, NoBootstrap, finalLosses: true).Kind);
    }

    [Fact]
    public void Winners_at_the_end_of_the_sizes_are_left_out_and_said()
    {
        // All sizes far too large for their compute: the smallest always wins.
        var curves = Curves(Surfaces.Chinchilla).Where(one => one.Tokens <= 4 * one.Parameters).ToList();
        var fit = EnvelopeFitter.Fit(curves, NoBootstrap);
        Assert.Equal(FitStatus.Unidentified, fit.Status);
        Assert.Null(fit.ParametersExponent);
        Assert.Contains(fit.Warnings, warning => warning.Code == "envelope-at-edge");
        Assert.Contains(fit.Warnings, warning => warning.Code == "envelope-unidentified");
    }

    [Fact]
    public void One_budget_of_final_losses_has_no_envelope()
    {
        var fit = EnvelopeFitter.Fit(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e20], 9), NoBootstrap);
        Assert.Equal(FitStatus.TooFewPoints, fit.Status);
        Assert.Equal(FitStatus.TooFewPoints, EnvelopeFitter.Fit([], NoBootstrap).Status);
    }

    [Fact]
    public void Intervals_from_whole_curves_hold_the_truth_and_do_not_hang_on_threads()
    {
        var curves = Surfaces.Noisy(Curves(Surfaces.Chinchilla, 24), 0.001, 4);
        var fit = EnvelopeFitter.Fit(curves, new FitOptions { Bootstrap = 60, Threads = 1 });
        output.WriteLine($"{fit.ParametersExponent} {fit.Interval95!["a"]}");
        Assert.InRange(Surfaces.Chinchilla.ParametersExponent, fit.Interval95["a"].Low, fit.Interval95["a"].High);
        Assert.InRange(Surfaces.Chinchilla.TokensExponent, fit.Interval95["b"].Low, fit.Interval95["b"].High);
        Assert.Equal(fit.Interval95["a"],
            EnvelopeFitter.Fit(curves, new FitOptions { Bootstrap = 60, Threads = 3 }).Interval95!["a"]);
    }

    // Runs of every size from 0.5 to 200 tokens a parameter, losses along the way as the law has them.
    private static List<LossObservation> Curves(ParametricLaw law, int sizes = 40) =>
        [.. from i in Enumerable.Range(0, sizes)
            from j in Enumerable.Range(0, 60)
            let n = 1e7 * Math.Pow(1000, i / (sizes - 1.0))
            let d = 0.5 * n * Math.Pow(400, j / 59.0)
            select new LossObservation(n, d, 6 * n * d, law.Loss(n, d), Label: $"run {i}")];
}
