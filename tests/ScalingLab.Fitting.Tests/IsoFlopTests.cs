using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Tests;

public sealed class IsoFlopTests
{
    private static readonly FitOptions NoBootstrap = new() { Bootstrap = 0 };
    private static readonly double[] Budgets = [1e18, 1e19, 1e20, 1e21];

    [Fact]
    public void Exact_parabolas_give_their_minima_and_power_laws_back()
    {
        // Loss = 2 + 0.3 (ln N - ln N_opt)^2 with N_opt = 0.1 C^0.49: a parabola in ln N, and in ln D as well.
        var sweep = (from budget in Budgets
                     from factor in new[] { 0.3, 0.5, 0.9, 1.7, 3.1 }
                     let optimum = 0.1 * Math.Pow(budget, 0.49)
                     let n = optimum * factor
                     let loss = 2 + (0.3 * Math.Log(factor) * Math.Log(factor))
                     select new LossObservation(n, budget / (6 * n), budget, loss, budget)).ToList();
        var fit = IsoFlopFitter.Fit(sweep, NoBootstrap);
        Assert.Equal(FitStatus.Converged, fit.Status);
        Assert.Equal(0.49, fit.ParametersExponent!.Value, 1e-10);
        Assert.Equal(0.51, fit.TokensExponent!.Value, 1e-10);
        Assert.Equal(0.1, fit.ParametersCoefficient!.Value, 1e-9);
        Assert.Equal(1 / 0.6, fit.TokensCoefficient!.Value, 1e-8);
        foreach (var minimum in fit.Minima)
        {
            Assert.Equal(MinimumStatus.Interior, minimum.Status);
            Assert.Equal(1, minimum.Parameters!.Value / (0.1 * Math.Pow(minimum.Flops, 0.49)), 1e-10);
            Assert.Equal(1, 6 * minimum.Parameters.Value * minimum.Tokens!.Value / minimum.Flops, 1e-10);
            Assert.Equal(2, minimum.Loss!.Value, 1e-12);
            Assert.Equal(0.3, minimum.ParametersParabola!.Curvature, 1e-11);
            Assert.Equal(2 + (0.3 * Math.Log(2) * Math.Log(2)),
                minimum.ParametersParabola.At(2 * minimum.Parameters.Value), 1e-11);
        }
    }

    [Fact]
    public void Sizes_off_the_centre_bias_approach_2_and_the_bias_is_not_hidden()
    {
        // With equal exponents the profile is even about its minimum (a hyperbolic cosine): a centred window finds it
        // exactly, one that reaches further to one side does not.
        var law = new ParametricLaw(1.7, 400, 400, 0.4, 0.4);
        double Bias(double offCentre)
        {
            var fit = IsoFlopFitter.Fit(
                Surfaces.IsoFlop(law, Budgets, halfWidth: 2.5, offCentre: offCentre),
                NoBootstrap with { Minima = MinimumMethod.Parabola });
            Assert.Equal(offCentre == 0 ? 0 : Budgets.Length,
                fit.Warnings.Count(warning => warning.Code == "minimum-off-centre"));
            return Math.Log(fit.ParametersLaw!.At(1e20) / law.Optimum(1e20).Parameters);
        }

        Assert.Equal(0, Bias(0), 1e-9);
        Assert.True(Math.Abs(Bias(1.5)) > 0.05, $"bias {Bias(1.5)}");
        Assert.Equal(-Bias(1.5), Bias(-1.5), 1e-9);
    }

    [Fact]
    public void A_parabola_whose_minimum_is_at_the_edge_says_so()
    {
        var sweep = Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets);
        // The smallest budget was only tried with sizes far above its optimum.
        sweep.RemoveAll(one => one.BudgetFlops == 1e18);
        sweep.AddRange(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e18], halfWidth: 0.5, offCentre: 2));
        var fit = IsoFlopFitter.Fit(sweep, NoBootstrap);
        Assert.Equal(MinimumStatus.Edge, fit.Minima[0].Status);
        Assert.Null(fit.Minima[0].Parameters);
        Assert.Null(fit.Minima[0].Tokens);
        Assert.Null(fit.Minima[0].Loss);
        var warning = Assert.Single(fit.Warnings, warning => warning.Code == "minimum-at-edge");
        Assert.Contains("try smaller models", warning.Text, StringComparison.Ordinal);
        Assert.Equal(FitStatus.Converged, fit.Status);
    }

    [Fact]
    public void Losses_that_bend_downwards_have_no_minimum()
    {
        var sweep = Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets).Select(one => one with { Loss = 8 - one.Loss })
            .ToList();
        var fit = IsoFlopFitter.Fit(sweep, NoBootstrap);
        Assert.All(fit.Minima, minimum => Assert.Equal(MinimumStatus.NotConvex, minimum.Status));
        Assert.Equal(FitStatus.Unidentified, fit.Status);
        Assert.Null(fit.ParametersExponent);
    }

    [Fact]
    public void Equal_losses_have_no_minimum_either()
    {
        var sweep = Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets).Select(one => one with { Loss = 3.1 }).ToList();
        Assert.All(IsoFlopFitter.Fit(sweep, NoBootstrap).Minima,
            minimum => Assert.Equal(MinimumStatus.NotConvex, minimum.Status));
    }

    [Fact]
    public void Two_sizes_with_many_seeds_are_too_few_for_a_parabola()
    {
        var two = Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets, sizes: 2);
        var fit =
            IsoFlopFitter.Fit([.. two, .. Surfaces.Noisy(two, 0.01, 1), .. Surfaces.Noisy(two, 0.01, 2)], NoBootstrap);
        Assert.All(fit.Minima, minimum => Assert.Equal(MinimumStatus.TooFewPoints, minimum.Status));
        Assert.Equal(FitStatus.TooFewPoints, fit.Status);
    }

    [Fact]
    public void One_budget_has_a_minimum_and_no_power_law()
    {
        var fit = IsoFlopFitter.Fit(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e20]), new FitOptions { Bootstrap = 100 });
        Assert.Equal(MinimumStatus.Interior, Assert.Single(fit.Minima).Status);
        Assert.Equal(FitStatus.TooFewPoints, fit.Status);
        Assert.Null(fit.ParametersExponent);
        Assert.Contains(fit.Warnings, warning => warning.Code == "few-budgets");
    }

    [Fact]
    public void Two_minima_make_no_exponent()
    {
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e19, 1e21]), 0.001, 1);
        var fit = IsoFlopFitter.Fit(sweep, new FitOptions { Bootstrap = 200 });
        Assert.Equal(FitStatus.Unidentified, fit.Status);
        Assert.Equal(2, fit.Minima.Count(minimum => minimum.Status == MinimumStatus.Interior));
        Assert.Null(fit.ParametersExponent);
        Assert.Null(fit.Interval95);
        Assert.Contains(fit.Warnings, warning => warning.Code == "few-budgets");
    }

    [Fact]
    public void Draws_that_lose_a_minimum_are_counted()
    {
        var clean =
            IsoFlopFitter.Fit(Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets, 31, 2),
                new FitOptions { Bootstrap = 200 });
        var noisy = IsoFlopFitter.Fit(
            Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets, 5, 0.8), 0.004, 1),
            new FitOptions { Bootstrap = 200 });
        Assert.All(clean.Minima, minimum => Assert.Equal(0, minimum.LostDraws));
        Assert.Contains(noisy.Minima, minimum => minimum.LostDraws > 0);
    }

    [Fact]
    public void Intervals_hold_the_truth_of_a_wide_quiet_sweep()
    {
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(new ParametricLaw(1.7, 400, 400, 0.3, 0.3), Budgets, 11), 0.003, 3);
        var fit = IsoFlopFitter.Fit(sweep, new FitOptions { Bootstrap = 1000 });
        Assert.InRange(0.5, fit.Interval95!["a"].Low, fit.Interval95["a"].High);
        Assert.All(fit.Minima, minimum =>
            Assert.InRange(minimum.Parameters!.Value, minimum.ParametersInterval95!.Low,
                minimum.ParametersInterval95.High));
    }

    [Fact]
    public void Runs_without_planned_budgets_are_grouped_by_their_compute()
    {
        var random = new Random(1);
        var sweep = Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets)
            .Select(one =>
                one with { BudgetFlops = null, Flops = one.Flops * (1 + (0.1 * (random.NextDouble() - 0.5))) })
                .ToList();
        sweep.Add(new LossObservation(1e9, 1e12, 6e21, 2.2, null, null, 99));
        var (budgets, others) = IsoFlopGroups.Split(sweep);
        Assert.Equal(4, budgets.Count);
        Assert.All(budgets, budget => Assert.Equal(7, budget.Observations.Count));
        Assert.Equal(99, Assert.Single(others).Row);
    }
}
