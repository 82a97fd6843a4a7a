using ScalingLab.Fitting.Comparisons;
using ScalingLab.Fitting.Numerics;

namespace ScalingLab.Fitting.Tests;

public sealed class ComputeMultiplierTests
{
    private static readonly double[] Budgets = [1e11, 2e11, 4e11, 8e11];

    [Fact]
    public void A_recipe_that_needs_a_third_less_compute_for_any_loss_is_worth_one_and_a_half()
    {
        // Power laws are straight lines in the logarithms, so interpolation between budgets is exact.
        var multiplier = ComputeMultiplier.Estimate(Pairs(1.5, [1, 2, 3], (_, _) => 0))!;
        Assert.Equal(1.5, multiplier.Factor, 1e-9);
        Assert.False(multiplier.Extrapolated);
        Assert.Equal(MultiplierInterval.Seeds, multiplier.From);
        Assert.True(multiplier.IsSure);
        Assert.Equal(1.5, multiplier.Interval95!.Low, 1e-6);
    }

    [Fact]
    public void The_interval_over_seeds_holds_the_truth_about_as_often_as_it_says()
    {
        const int Studies = 200;
        var noise = new Random(7);
        var held = Enumerable.Range(0, Studies).Count(_ =>
        {
            var interval =
                ComputeMultiplier.Estimate(Pairs(1.2, [1, 2, 3, 4], (_, _) => 0.005 * Surfaces.Normal(noise)))!
                    .Interval95!;
            return interval.Low <= 1.2 && interval.High >= 1.2;
        });
        Assert.InRange(held / (double)Studies, 0.90, 0.99);
    }

    [Fact]
    public void One_seed_gives_an_interval_over_four_budgets_and_none_over_three()
    {
        var noise = new Random(1);
        var four = Pairs(1.2, [1], (_, _) => 0.003 * Surfaces.Normal(noise));
        var multiplier = ComputeMultiplier.Estimate(four)!;
        Assert.Equal(MultiplierInterval.Compute, multiplier.From);
        Assert.True(multiplier.Interval95!.Low < 1.2 && multiplier.Interval95.High > 1.2);
        var three = ComputeMultiplier.Estimate([.. four.Take(3)])!;
        Assert.Equal((MultiplierInterval.None, (Interval?)null), (three.From, three.Interval95));
        Assert.False(three.IsSure);
    }

    [Fact]
    public void Recipes_that_share_no_loss_are_told_apart_by_extrapolation()
    {
        var multiplier = ComputeMultiplier.Estimate(Pairs(20, [1, 2, 3], (_, _) => 0))!;
        Assert.True(multiplier.Extrapolated);
        Assert.Equal(20, multiplier.Factor, 1e-6);
    }

    [Fact]
    public void Of_several_models_at_a_budget_the_best_counts_and_groups_are_averaged()
    {
        // A second model, worse at every budget, changes nothing; x1.5 in one group and x1.2 in the other make their
        // geometric mean.
        var worse = Pairs(1.5, [1, 2, 3], (_, _) => 0).Select(p => p with
        {
            FromFlops = p.FromFlops * 1.01, ToFlops = p.ToFlops * 1.01, FromLoss = p.FromLoss + 0.2, ToLoss = p.ToLoss
                + 0.1,
        }).ToList();
        LossPair[] both = [.. Pairs(1.5, [1, 2, 3], (_, _) => 0), .. worse];
        Assert.Equal(1.5, ComputeMultiplier.Estimate(both)!.Factor, 1e-6);
        LossPair[] groups = [.. both, .. Pairs(1.2, [1, 2, 3], (_, _) => 0).Select(p => p with { Group = "other" })];
        Assert.Equal(Math.Sqrt(1.5 * 1.2), ComputeMultiplier.Estimate(groups)!.Factor, 1e-6);
    }

    [Fact]
    public void One_amount_of_compute_or_a_loss_that_does_not_fall_gives_none()
    {
        Assert.Null(
            ComputeMultiplier.Estimate([.. Pairs(1.5, [1, 2, 3], (_, _) => 0).Where(p => p.FromFlops == Budgets[0])]));
        Assert.Null(
            ComputeMultiplier.Estimate([.. Pairs(1.5, [1, 2, 3], (_, _) => 0).Select(p => p with { ToLoss = 3 })]));
    }

    // L = 3 (C / 10^11)^-0.05 for the first recipe; the second has its losses at C / factor.
    private static List<LossPair> Pairs(double factor, int[] seeds, Func<double, int, double> noise) =>
        [.. Budgets.SelectMany(c =>
            seeds.Select(s =>
                new LossPair("", s, c, Loss(c) * Math.Exp(noise(c, s)), c, Loss(c * factor) * Math.Exp(noise(c, s)))))];

    private static double Loss(double flops) => 3 * Math.Pow(flops / 1e11, -0.05);
}
