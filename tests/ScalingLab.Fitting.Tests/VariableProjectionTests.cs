using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using Xunit.Abstractions;

namespace ScalingLab.Fitting.Tests;

public sealed class VariableProjectionTests(ITestOutputHelper output)
{
    private static readonly FitOptions Projected = new() { Method = FitMethod.VariableProjection, Bootstrap = 0 };
    private static readonly double[] Budgets = [1e18, 1e19, 1e20, 1e21];

    [Fact]
    public void It_finds_the_least_squares_law_of_the_loss_that_Newtons_method_finds_in_all_five_unknowns()
    {
        foreach (var noise in new[] { 1e-4, 0.003, 0.02 })
        {
            var sweep = Surfaces.Noisy(Surfaces.Grid(Surfaces.Chinchilla), noise, 8);
            var projected = ParametricFitter.Fit(sweep, Projected);
            var newton = ParametricFitter.Fit(
                sweep, new FitOptions
                { Method = FitMethod.SquaredError, Residuals = ResidualKind.Linear, Bootstrap = 0 });
            Assert.Equal(1, projected.Objective!.Value / newton.Objective!.Value, 1e-12);
            Assert.Equal(newton.Alpha!.Value, projected.Alpha!.Value, 1e-7);
            Assert.Equal(newton.Beta!.Value, projected.Beta!.Value, 1e-7);
            Assert.Equal(newton.E!.Value, projected.E!.Value, 1e-7);
        }
    }

    [Fact]
    public void It_fits_the_loss_itself_whatever_the_options_say_of_residuals()
    {
        var sweep = Surfaces.Noisy(Surfaces.Grid(Surfaces.Chinchilla), 0.01, 8);
        var log = ParametricFitter.Fit(sweep, Projected with { Residuals = ResidualKind.Log });
        Assert.Equal(ResidualKind.Linear, log.ResidualKind);
        Assert.Equal(ParametricFitter.Fit(sweep, Projected with { Residuals = ResidualKind.Linear }).Law, log.Law);
        Assert.All(log.Residuals, one => Assert.Equal(one.Predicted - one.Loss, one.Residual));
        Assert.Equal(log.Objective!.Value, log.Residuals.Sum(one => one.Residual * one.Residual / 2), 1e-12);
    }

    [Fact]
    public void Surfaces_far_from_language_models_come_back_to_eight_digits()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 5; round++)
        {
            // Sizes from 1e4 or up to 1e11, losses from tenths to tens.
            var (n, d) = (Math.Pow(10, 4 + (5 * random.NextDouble())), Math.Pow(10, 6 + (4 * random.NextDouble())));
            var unit = Math.Pow(10, (2 * random.NextDouble()) - 1);
            var (alpha, beta) = (0.2 + (0.5 * random.NextDouble()), 0.2 + (0.5 * random.NextDouble()));
            var law =
                new ParametricLaw(unit, unit * Math.Pow(10 * n, alpha), unit * Math.Pow(10 * d, beta), alpha, beta);
            List<LossObservation> sweep =
                [.. from i in Enumerable.Range(0, 7)
                    from j in Enumerable.Range(0, 7)
                    let size = n * Math.Pow(100, i / 6.0)
                    let tokens = d * Math.Pow(100, j / 6.0)
                    select new LossObservation(size, tokens, 6 * size * tokens, law.Loss(size, tokens))];
            foreach (var options in new[] { Projected, new FitOptions { Bootstrap = 0 } })
            {
                var fit = ParametricFitter.Fit(sweep, options);
                Assert.Equal(FitStatus.Converged, fit.Status);
                Assert.Equal(1, fit.E!.Value / law.E, 1e-8);
                Assert.Equal(1, fit.A!.Value / law.A, 1e-8);
                Assert.Equal(1, fit.B!.Value / law.B, 1e-8);
                Assert.Equal(1, fit.Alpha!.Value / law.Alpha, 1e-8);
                Assert.Equal(1, fit.Beta!.Value / law.Beta, 1e-8);
            }
        }
    }

    [Fact]
    public void Any_seed_finds_the_same_law_and_the_bootstrap_loses_no_draw()
    {
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets, 9, 2), 0.005, 3);
        var first = ParametricFitter.Fit(sweep, Projected with { Bootstrap = 500 });
        Assert.Equal(0, first.BootstrapFailures);
        foreach (var seed in new[] { 2, 3, -4 })
            Assert.Equal(1,
                ParametricFitter.Fit(sweep, Projected with { Seed = seed }).Objective!.Value / first.Objective!.Value,
                1e-12);
        // Its draws are spread as those of the same cost minimised in all five unknowns.
        var newton = ParametricFitter.Fit(
            sweep, new FitOptions
            { Method = FitMethod.SquaredError, Residuals = ResidualKind.Linear, Bootstrap = 500 });
        Assert.Equal(1, first.StandardError!["a"] / newton.StandardError!["a"], 1e-6);
    }

    [Fact]
    public void Without_a_floor_E_is_held_at_zero_and_said_to_be_unidentified()
    {
        var sweep = Surfaces.Noisy(Surfaces.Grid(new ParametricLaw(0, 406.4, 410.7, 0.34, 0.28)), 0.01, 1);
        var fit = ParametricFitter.Fit(sweep, Projected);
        Assert.Equal(FitStatus.Unidentified, fit.Status);
        Assert.Contains("E", fit.Unidentified);
        Assert.Equal(0, fit.Interval95!["E"].Low);
    }

    [ChinchillaFact]
    public void The_published_least_squares_law_is_found_by_projection()
    {
        var expected = Chinchilla.Expected().GetProperty("other").GetProperty("mse_linear_217");
        var kept =
            ObservationChecks.DropHighest(ObservationChecks.Check(Chinchilla.Points()).Usable,
                5).Usable.Where(one => one.Flops < 1e21).ToList();
        var fit = ParametricFitter.Fit(kept, Projected);
        Assert.Equal(1, 2 * fit.Objective!.Value / expected.GetProperty("RSS").GetDouble(), 1e-9);
        Assert.Equal(expected.GetProperty("E").GetDouble(), fit.E!.Value, 1e-6);
        Assert.Equal(expected.GetProperty("alpha").GetDouble(), fit.Alpha!.Value, 1e-6);
        Assert.Equal(expected.GetProperty("beta").GetDouble(), fit.Beta!.Value, 1e-6);
    }
}
