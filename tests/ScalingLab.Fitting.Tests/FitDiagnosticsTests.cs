using ScalingLab.Fitting.Diagnostics;
using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Tests;

public sealed class FitDiagnosticsTests
{
    private static readonly double[] Budgets = [1e18, 1e19, 1e20, 1e21];

    [Fact]
    public void The_seeds_noise_floor_is_the_spread_of_replicates()
    {
        var clean = Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets, 15);
        List<LossObservation> runs = [.. Enumerable.Range(0, 6).SelectMany(seed => Surfaces.Noisy(clean, 0.01, seed))];
        var noise = SeedNoise.Estimate(runs)!;
        Assert.Equal(60, noise.Cells);
        Assert.Equal(360, noise.Runs);
        // 300 degrees of freedom: the estimate's own spread is 4 %.
        Assert.InRange(noise.StandardDeviation, 0.0085, 0.0115);
        Assert.Null(SeedNoise.Estimate(clean));
    }

    [Fact]
    public void A_mistyped_loss_is_named_by_its_row()
    {
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets, 9), 0.002, 1);
        var before = Fitter.Fit(sweep, new FitOptions { Bootstrap = 0 });
        Assert.DoesNotContain(before.Warnings, warning => warning.Code == "outliers");
        sweep[12] = sweep[12] with { Loss = sweep[12].Loss * 1.1 };
        var after = Fitter.Fit(sweep, new FitOptions { Bootstrap = 0 });
        Assert.Equal([13], Assert.Single(after.Warnings, warning => warning.Code == "outliers").Rows);
    }

    [Fact]
    public void A_law_of_the_wrong_form_misses_more_than_seeds_differ()
    {
        // A bump in ln N that no sum of powers has.
        var sweep = Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets, 9, 2.5)
            .Select(one => one with { Loss = one.Loss * (1 + (0.05 * Math.Sin(3 * Math.Log(one.Parameters)))) })
            .ToList();
        List<LossObservation> twice = [.. Surfaces.Noisy(sweep, 0.001, 1), .. Surfaces.Noisy(sweep, 0.001, 2)];
        Assert.Contains(
            Fitter.Fit(twice, new FitOptions { Bootstrap = 0 }).Warnings,
            warning => warning.Code == "law-misses-more-than-seeds");
        var right = Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets, 9, 2.5);
        List<LossObservation> rightTwice = [.. Surfaces.Noisy(right, 0.001, 1), .. Surfaces.Noisy(right, 0.001, 2)];
        Assert.DoesNotContain(
            Fitter.Fit(rightTwice, new FitOptions { Bootstrap = 0 }).Warnings,
            warning => warning.Code == "law-misses-more-than-seeds");
    }

    [Fact]
    public void A_true_law_predicts_the_largest_budget_and_a_break_in_it_shows()
    {
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets, 9, 2), 1e-4, 3);
        var kept = Extrapolation.HoldOutLargestBudget(sweep, new FitOptions())!;
        Assert.Equal(1e21, kept.HeldOutFlops);
        Assert.Equal(9, kept.HeldOutPoints);
        Assert.InRange(kept.MeanAbsoluteError!.Value, 0, 2e-3);
        var broken = sweep.Select(one => one.BudgetFlops == 1e21 ? one with { Loss = one.Loss * 1.05 } : one).ToList();
        Assert.Equal(-Math.Log(1.05), Extrapolation.HoldOutLargestBudget(broken, new FitOptions())!.Bias!.Value, 3e-3);
        Assert.Null(
            Extrapolation.HoldOutLargestBudget(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e18, 1e19]), new FitOptions()));
    }

    [Fact]
    public void Without_enough_left_the_extrapolation_has_a_status_and_no_errors()
    {
        var few = Surfaces.IsoFlop(Surfaces.Chinchilla, [1e18, 1e19, 1e20], 2)
            .Concat(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e21], 5)).ToList();
        few.RemoveAll(one => one.BudgetFlops == 1e18);
        var extrapolation = Extrapolation.HoldOutLargestBudget(few, new FitOptions())!;
        Assert.Equal(FitStatus.TooFewPoints, extrapolation.Status);
        Assert.Null(extrapolation.Bias);
    }
}
