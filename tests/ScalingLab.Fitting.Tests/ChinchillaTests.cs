using System.Text.Json;
using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Tests;

public sealed class ChinchillaTests
{
    private static ParametricFit Fit(FitOptions options) =>
        ParametricFitter.Fit(
            ObservationChecks.DropHighest(ObservationChecks.Check(Chinchilla.Points()).Usable,
                options.DropHighest).Usable, options);

    [ChinchillaFact]
    public void The_exact_optimum_is_found_from_any_seed_by_sum_and_by_mean()
    {
        var exact = Chinchilla.Expected().GetProperty("exact");
        foreach (var seed in new[] { 0, 1, -7, 12345 })
        {
            var sum = Fit(new FitOptions { DropHighest = 5, Bootstrap = 0, Seed = seed });
            Assert.Equal(240, sum.Points);
            Assert.Equal(FitStatus.Converged, sum.Status);
            Surfaces.AssertRelative(exact.GetProperty("obj_sum").GetDouble(), sum.Objective, 1e-7);
            Surfaces.AssertRelative(exact.GetProperty("A").GetDouble(), sum.A, 1e-6);
            Surfaces.AssertRelative(exact.GetProperty("B").GetDouble(), sum.B, 1e-6);
            Surfaces.AssertRelative(exact.GetProperty("E").GetDouble(), sum.E, 1e-7);
            Surfaces.AssertRelative(exact.GetProperty("alpha").GetDouble(), sum.Alpha, 1e-7);
            Surfaces.AssertRelative(exact.GetProperty("beta").GetDouble(), sum.Beta, 1e-7);
            Surfaces.AssertRelative(exact.GetProperty("a_exp").GetDouble(), sum.ParametersExponent, 1e-7);
            Surfaces.AssertRelative(exact.GetProperty("b_exp").GetDouble(), sum.TokensExponent, 1e-7);
            var mean =
                Fit(new FitOptions { DropHighest = 5, Bootstrap = 0, Seed = seed, Objective = ObjectiveKind.Mean });
            Surfaces.AssertRelative(sum.Objective!.Value / 240, mean.Objective, 1e-15);
            Assert.Equal(sum.Law, mean.Law);
        }
    }

    [ChinchillaFact]
    public void The_optimum_is_found_for_every_delta_and_every_number_of_losses_dropped()
    {
        var expected = Chinchilla.Expected();
        foreach (var sweep in expected.GetProperty("drop_sweep").EnumerateObject())
        {
            var fit = Fit(new FitOptions { DropHighest = int.Parse(sweep.Name, null), Bootstrap = 0 });
            Assert.Equal(sweep.Value.GetProperty("n").GetInt32(), fit.Points);
            AssertLike(sweep.Value, fit);
        }

        foreach (var sweep in expected.GetProperty("delta_sweep").EnumerateObject())
        {
            var options = new FitOptions { DropHighest = 5, Bootstrap = 0 };
            AssertLike(sweep.Value, Fit(sweep.Name == "None"
                ? options with { Method = FitMethod.SquaredError }
                : options with
                    { HuberDelta = double.Parse(sweep.Name, System.Globalization.CultureInfo.InvariantCulture) }));
        }
    }

    [ChinchillaFact]
    public void Squared_error_of_the_loss_itself_gives_the_published_least_squares_law()
    {
        var expected = Chinchilla.Expected().GetProperty("other").GetProperty("mse_linear_217");
        var kept = ObservationChecks.DropHighest(ObservationChecks.Check(Chinchilla.Points()).Usable, 5).Usable;
        var points = kept.Where(one => one.Flops < 1e21).ToList();
        Assert.Equal(expected.GetProperty("n").GetInt32(), points.Count);
        var options =
            new FitOptions { Method = FitMethod.SquaredError, Residuals = ResidualKind.Linear, Bootstrap = 0 };
        var fit = ParametricFitter.Fit(points, options);
        Surfaces.AssertRelative(expected.GetProperty("RSS").GetDouble(), 2 * fit.Objective, 1e-9);
        Surfaces.AssertRelative(expected.GetProperty("E").GetDouble(), fit.E, 1e-6);
        Surfaces.AssertRelative(expected.GetProperty("alpha").GetDouble(), fit.Alpha, 1e-6);
        Surfaces.AssertRelative(expected.GetProperty("beta").GetDouble(), fit.Beta, 1e-6);
    }

    [ChinchillaFact]
    public void The_bootstrap_spreads_as_the_published_one()
    {
        var bootstrap = Chinchilla.Expected().GetProperty("bootstrap");
        var fit = Fit(new FitOptions { DropHighest = 5, Bootstrap = 4000 });
        Assert.Equal(0, fit.BootstrapFailures);
        var (std, errors) = (bootstrap.GetProperty("std"), fit.StandardError!);
        foreach (var name in new[] { "A", "E", "alpha", "beta" })
            Surfaces.AssertRelative(std.GetProperty(name).GetDouble(), errors[name], 0.06);
        Surfaces.AssertRelative(std.GetProperty("B").GetDouble(), errors["B"], 0.15);
        Surfaces.AssertRelative(bootstrap.GetProperty("a_exp").GetProperty("std").GetDouble(), errors["a"], 0.06);
        var interval = bootstrap.GetProperty("ci95").GetProperty("alpha");
        Assert.Equal(interval[0].GetDouble(), fit.Interval95Percentile!["alpha"].Low, 2e-3);
        Assert.Equal(interval[1].GetDouble(), fit.Interval95Percentile["alpha"].High, 2e-3);
    }

    [ChinchillaFact]
    public void Rows_without_planned_budgets_still_fall_into_budgets_whose_minima_scale_alike()
    {
        var fit =
            IsoFlopFitter.Fit(ObservationChecks.Check(Chinchilla.Points()).Usable, new FitOptions { Bootstrap = 400 });
        Assert.Equal(FitStatus.Converged, fit.Status);
        Assert.InRange(fit.ParametersExponent!.Value, 0.46, 0.56);
        Assert.Contains(fit.Warnings, warning => warning.Code == "runs-outside-budgets");
    }

    private static void AssertLike(JsonElement expected, ParametricFit fit)
    {
        Surfaces.AssertRelative(expected.GetProperty("obj").GetDouble(), fit.Objective, 1e-7);
        Surfaces.AssertRelative(expected.GetProperty("E").GetDouble(), fit.E, 1e-6);
        Surfaces.AssertRelative(expected.GetProperty("alpha").GetDouble(), fit.Alpha, 1e-6);
        Surfaces.AssertRelative(expected.GetProperty("beta").GetDouble(), fit.Beta, 1e-6);
        Surfaces.AssertRelative(expected.GetProperty("a_exp").GetDouble(), fit.ParametersExponent, 1e-6);
    }
}
