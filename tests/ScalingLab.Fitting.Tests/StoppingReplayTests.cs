using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Simulations;

namespace ScalingLab.Fitting.Tests;

/// <summary>A finished sweep gone through again, as if dominated runs had been cut.</summary>
public sealed class StoppingReplayTests
{
    private static readonly FitOptions Quick = new() { Bootstrap = 0, Method = FitMethod.SquaredError };

    // Sizes in an order that ends far from the optimum, so that there is something to be dominated by.
    private static readonly double[] Factors = [1, 1.6, 0.6, 2.5, 0.4, 8, 0.1];

    [Fact]
    public void Dominated_runs_are_cut_and_what_was_predicted_of_them_proves_true()
    {
        var runs = Runs(0.003);
        var found = StoppingReplay.Run(runs, new StoppingRule { Margin = 0.03 }, Quick);
        Assert.True(found.Stopped.Count >= 4, $"{found.Stopped.Count} runs were cut");
        Assert.All(found.Stopped, one =>
        {
            // 8 times too large or 10 times too small; the others lie within 2.5 % of the best.
            Assert.True(one.Run % Factors.Length >= 5, $"run {one.Run} was cut");
            Assert.InRange(Math.Abs(Math.Log(one.Predicted / one.Actual)), 0, 6 * 0.0035);
            Assert.True(one.Actual > one.Best);
        });
        Assert.True(found.Stopped.Count(one => one.Held) >= 0.5 * found.Stopped.Count);
        Assert.Equal(found.Saved, found.Stopped.Sum(one => (1 - one.Share) * runs[one.Run].Final.Flops), 1.0);
        var a = Surfaces.Chinchilla.ParametersExponent;
        Assert.InRange(found.Predicted.ParametersExponent!.Value, a - 0.05, a + 0.05);
    }

    [Fact]
    public void Nothing_is_cut_before_enough_runs_have_finished_or_where_the_margin_is_wide()
    {
        var runs = Runs(0.003);
        var first = StoppingReplay.Run(runs, new StoppingRule(), Quick).Stopped[0];
        Assert.True(first.Run >= 5);
        var wide = StoppingReplay.Run(runs, new StoppingRule { Margin = 10 }, Quick);
        Assert.Empty(wide.Stopped);
        Assert.Equal(0, wide.Saved);
        Assert.Equal(wide.Whole.ParametersExponent, wide.Without.ParametersExponent);
    }

    [Fact]
    public void What_comes_later_changes_no_decision()
    {
        var runs = Runs(0.003);
        var all = StoppingReplay.Run(runs, new StoppingRule(), Quick).Stopped;
        var half = StoppingReplay.Run([.. runs.Take(14)], new StoppingRule(), Quick).Stopped;
        Assert.Equal(all.Where(one => one.Run < 14), half);
    }

    [Fact]
    public void A_run_without_a_curve_or_a_budget_goes_on()
    {
        var runs = Runs(0.003);
        ReplayedRun[] bare = [.. runs.Select(run => run with { Curve = [] })];
        Assert.Empty(StoppingReplay.Run(bare, new StoppingRule(), Quick).Stopped);
        ReplayedRun[] unbudgeted = [.. runs.Select(run => run with { Final = run.Final with { BudgetFlops = null } })];
        Assert.Empty(StoppingReplay.Run(unbudgeted, new StoppingRule(), Quick).Stopped);
    }

    // Training loss falls by a power of the share done and ends at the final loss.
    private static List<ReplayedRun> Runs(double noise)
    {
        var (law, random, runs) = (Surfaces.Chinchilla, new SplitMix64(3, 0), new List<ReplayedRun>());
        foreach (var budget in (double[])[1e17, 1e18, 1e19, 1e20])
        {
            foreach (var factor in Factors)
            {
                var n = law.Optimum(budget).Parameters * factor;
                var d = budget / (6 * n);
                var loss = law.Loss(n, d) * Math.Exp(noise * random.NextNormal());
                var curve = new List<(double, double)>();
                for (var point = 1; point <= 100; point++)
                {
                    curve.Add((point / 100.0,
                        loss * Math.Pow(point / 100.0, -0.1) * Math.Exp(noise * random.NextNormal())));
                }

                runs.Add(new ReplayedRun(new LossObservation(n, d, budget, loss, budget), curve));
            }
        }

        return runs;
    }
}
