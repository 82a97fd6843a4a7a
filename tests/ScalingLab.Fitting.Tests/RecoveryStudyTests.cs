using ScalingLab.Fitting.Designs;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Simulations;

namespace ScalingLab.Fitting.Tests;

/// <summary>Sweeps that are simulated before they are run.</summary>
public sealed class RecoveryStudyTests
{
    private static readonly LawTarget[] Targets =
    [
        .. LawTarget.OfLaw,
        new(LawTargetKind.OptimalParameters, "N_opt@1e22", 1e22),
        new(LawTargetKind.Loss, "loss@N=1e9,D=2e10", Parameters: 1e9, Tokens: 2e10),
    ];

    private static readonly FitOptions Quick = new() { Bootstrap = 0 };

    private static SimulatedSweep Sweep => new(Surfaces.Chinchilla, Surfaces.Grid(Surfaces.Chinchilla));

    [Fact]
    public void Without_noise_every_number_comes_back()
    {
        var found = RecoveryStudy.Run(Sweep, Targets, 2, Quick);
        Assert.Equal([(FitStatus.Converged, 2)], found.Statuses);
        Assert.All(found.Rows, row =>
        {
            Assert.Equal(2, row.Fits);
            Assert.InRange(row.Error, 0, 1e-4);
        });
        Assert.Equal(Surfaces.Chinchilla.Optimum(1e22).Parameters, found.Rows[5].Truth, 1.0);
    }

    [Fact]
    public void More_noise_means_larger_errors_and_wider_intervals_and_the_intervals_hold_the_truth()
    {
        var options = Quick with { Bootstrap = 100 };
        var quiet = RecoveryStudy.Run(Sweep with { Noise = 0.001 }, Targets, 40, options);
        var loud = RecoveryStudy.Run(Sweep with { Noise = 0.004 }, Targets, 40, options);
        foreach (var (less, more) in quiet.Rows.Zip(loud.Rows))
        {
            Assert.True(more.Error > 2 * less.Error, $"{less} {more}");
            Assert.True(more.MedianWidth > 2 * less.MedianWidth, $"{less} {more}");
            Assert.Equal(40, more.Intervals);
            // 40 intervals of a true 95 % hold the truth fewer than 33 times in one of 10,000 studies.
            Assert.InRange(less.Coverage, 0.82, 1);
        }
    }

    [Fact]
    public void Three_seeds_cost_three_times_as_much_and_are_worth_nearly_as_much_as_noise_less_by_root_three()
    {
        var sweep = Sweep with { Noise = 0.004, Seeds = 3 };
        Assert.Equal(3 * Sweep.Flops, sweep.Flops);
        var three = RecoveryStudy.Run(sweep, Targets, 60, Quick).Rows[3];
        var one = RecoveryStudy.Run(Sweep with { Noise = 0.004 }, Targets, 60, Quick).Rows[3];
        Assert.InRange(one.MedianWidth / three.MedianWidth, 1.5, 2.3);
    }

    [Fact]
    public void A_failed_run_leaves_no_loss_and_the_others_are_what_they_were()
    {
        var all = (Sweep with { Noise = 0.01 }).Draw(1, 7);
        var left = (Sweep with { Noise = 0.01, Failures = 0.3 }).Draw(1, 7);
        Assert.InRange(left.Count, 0.4 * all.Count, 0.95 * all.Count);
        Assert.Subset(all.ToHashSet(), left.ToHashSet());
    }

    [Fact]
    public void The_same_seed_gives_the_same_numbers_on_any_number_of_threads()
    {
        var sweep = Sweep with { Noise = 0.003, Failures = 0.1 };
        var one = RecoveryStudy.Run(sweep, Targets, 6, Quick with { Bootstrap = 30, Threads = 1 });
        var two = RecoveryStudy.Run(sweep, Targets, 6, Quick with { Bootstrap = 30, Threads = 2 });
        var other = RecoveryStudy.Run(sweep, Targets, 6, Quick with { Bootstrap = 30, Seed = 2 });
        Assert.Equal(one.Rows, two.Rows);
        Assert.NotEqual(one.Rows, other.Rows);
    }

    [Fact]
    public void A_sweep_that_holds_no_law_is_counted_and_has_no_numbers()
    {
        var oneBudget = Sweep with { Cells = [.. Sweep.Cells.Take(4)] };
        var found = RecoveryStudy.Run(oneBudget, Targets, 3, Quick);
        Assert.Equal([(FitStatus.TooFewPoints, 3)], found.Statuses);
        Assert.All(found.Rows, row => Assert.Equal(0, row.Fits));
    }
}
