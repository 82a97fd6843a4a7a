using System.Globalization;
using ScalingLab.Fitting.Diagnostics;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Tests;

public sealed class DiagnosticChecksTests
{
    private static readonly double[] Budgets = [1e18, 3e18, 1e19, 1e20, 1e21];
    private static readonly FitOptions NoBootstrap = new() { Bootstrap = 0 };

    private static FitDiagnostics Judged(IReadOnlyList<LossObservation> sweep, FitOptions? options = null)
    {
        options ??= NoBootstrap;
        var usable = ObservationChecks.Check(sweep).Usable;
        var points = ObservationChecks.DropHighest(usable, options.DropHighest).Usable;
        return DiagnosticChecks.Run(usable, points, ParametricFitter.Fit(points, options), options)!;
    }

    private static List<LossObservation> Sweep(double noise = 0.002, int seed = 1) =>
        Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets, 12, 2.2), noise, seed);

    [Fact]
    public void A_true_law_with_plain_noise_is_found_in_order()
    {
        // One sweep in some hundred may be unlucky; of five, at most one warning is luck.
        var warnings = Enumerable.Range(1, 5).SelectMany(seed => Judged(Sweep(seed: seed)).Warnings).ToList();
        Assert.True(warnings.Count <= 1, string.Join("; ", warnings.Select(warning => warning.Text)));
    }

    [Fact]
    public void Folds_hold_every_run_out_once_and_errors_are_of_the_noises_size()
    {
        var sweep = Sweep(0.002);
        var judgement = Judged(sweep);
        foreach (var folds in new[] { judgement.BudgetFolds!, judgement.RandomFolds! })
        {
            Assert.Equal(5, folds.Folds.Count);
            Assert.Equal(sweep.Count, folds.Folds.Sum(fold => fold.Points));
            Assert.Equal(sweep.Count, folds.Points);
            Assert.InRange(folds.RootMeanSquareError!.Value, 0.0015, 0.005);
        }

        Assert.Equal(Budgets, judgement.BudgetFolds!.Folds.Select(fold => fold.Flops!.Value));
        Assert.Equal([false, false, false, false, true], judgement.BudgetFolds.Folds.Select(fold => fold.Extrapolates));
    }

    [Fact]
    public void Replicates_of_a_cell_are_never_seen_when_one_of_them_is_held_out()
    {
        // Twice the same losses: were a twin seen, a fold's error would be the other folds' own; a bump only at one
        // cell shows it whole.
        var sweep = Sweep(1e-5);
        var (n, d) = (sweep[30].Parameters, sweep[30].Tokens);
        List<LossObservation> twins =
            [.. sweep.Concat(sweep)
                .Select(one => one.Parameters == n && one.Tokens == d ? one with { Loss = one.Loss * 1.02 } : one)];
        var folds = Judged(twins).RandomFolds!;
        var hit = folds.Folds.Where(fold => Math.Abs(fold.WorstError!.Value) > 0.015).ToList();
        Assert.Equal(-Math.Log(1.02), Assert.Single(hit).WorstError!.Value, 1e-3);
        Assert.All(folds.Folds, fold => Assert.Equal(0, fold.Points % 2));
    }

    [Fact]
    public void A_break_beyond_the_second_largest_budget_is_predicted_badly()
    {
        var broken = Sweep().Select(one => one.BudgetFlops == 1e21 ? one with { Loss = one.Loss * 1.04 } : one)
            .ToList();
        var judgement = Judged(broken);
        Assert.True(judgement.BudgetFolds!.Folds[^1].Bias < -0.02);
        Assert.Contains(judgement.Warnings, warning => warning.Code is "foretells-badly" or "residual-pattern");
    }

    [Fact]
    public void A_single_run_that_carries_the_exponent_is_named_by_its_row()
    {
        // Least squares through three budgets; one run far out in tokens has a typing error.
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e18, 1e19, 1e20], 7), 0.001, 4);
        sweep[^1] = sweep[^1] with { Loss = sweep[^1].Loss * 1.03 };
        var options = NoBootstrap with { Method = FitMethod.SquaredError };
        var judgement = Judged(sweep, options);
        Assert.Equal(sweep.Count, judgement.Leverage.LargestExponentChange.Row);
        Assert.Equal(sweep.Count, judgement.Leverage.Runs[0].Row);
        var warning = Assert.Single(judgement.Warnings, warning => warning.Code == "single-run-leverage");
        Assert.Equal([sweep.Count], warning.Rows);
        // What it says is what a fit without that row gives.
        var without = ParametricFitter.Fit(sweep[..^1], options);
        var with = ParametricFitter.Fit(sweep, options);
        Assert.Equal(
            without.ParametersExponent!.Value - with.ParametersExponent!.Value,
            judgement.Leverage.LargestExponentChange.ExponentChange, 1e-7);
        Assert.Equal(
            Math.Log(without.Law!.Optimum(1e20).Parameters / with.Law!.Optimum(1e20).Parameters),
            judgement.Leverage.Runs[0].AdviceChange, 1e-6);
    }

    [Fact]
    public void A_badly_tuned_model_size_is_named_with_all_its_rows()
    {
        var grid = Surfaces.Noisy(Surfaces.Grid(Surfaces.Chinchilla, 9, 7), 0.002, 2);
        Assert.Empty(Judged(grid).Rungs);
        var size = grid[30].Parameters;
        List<LossObservation> off =
            [.. grid.Select(one => one.Parameters == size ? one with { Loss = one.Loss * 1.03 } : one)];
        var judgement = Judged(off);
        var rung = Assert.Single(judgement.Rungs);
        Assert.Equal(size, rung.Parameters);
        Assert.Equal(Enumerable.Range(1, off.Count).Where(row => off[row - 1].Parameters == size), rung.Rows);
        Assert.Equal(-0.03, rung.MedianError, 5e-3);
        Assert.Contains(judgement.Warnings, warning => warning.Code == "rung-off");
    }

    [Fact]
    public void A_diverged_run_is_an_outlier_with_its_size_in_scatters()
    {
        var sweep = Sweep();
        sweep[17] = sweep[17] with { Loss = sweep[17].Loss * 1.2, Label = "diverged" };
        var outlier = Assert.Single(Judged(sweep).Outliers);
        Assert.Equal((18, "diverged"), (outlier.Row, outlier.Label));
        Assert.InRange(-outlier.Z, 40, 200);
    }

    [Fact]
    public void Misses_that_bend_with_the_size_are_a_pattern_and_noise_is_none()
    {
        var bent = Sweep(0.001)
            .Select(one => one with { Loss = one.Loss * (1 + (0.01 * Math.Sin(2 * Math.Log(one.Parameters)))) })
            .ToList();
        var judgement = Judged(bent);
        Assert.Contains(judgement.Warnings, warning => warning.Code == "residual-pattern");
        Assert.Equal(["parameters", "tokens", "flops"], judgement.Patterns.Select(pattern => pattern.Against));
        Assert.All(Judged(Sweep(0.001, 3)).Patterns, pattern =>
            Assert.All(new[] { pattern.TrendP, pattern.BendP, pattern.SignRunsP }, p => Assert.InRange(p, 1e-3, 1)));
    }

    [Fact]
    public void Dropping_the_few_that_decide_is_said()
    {
        // The smallest budget's highest losses are off by what undertrained models are: with them a is another.
        var sweep = Sweep(0.0005, 7);
        var highest = sweep.OrderByDescending(one => one.Loss).Take(4).ToHashSet();
        List<LossObservation> spoiled =
            [.. sweep.Select(one => highest.Contains(one) ? one with { Loss = one.Loss * 1.3 } : one)];
        var judgement = Judged(spoiled, NoBootstrap with { Method = FitMethod.SquaredError, DropHighest = 4 });
        Assert.Contains(judgement.Warnings, warning => warning.Code == "drop-sensitive");
        Assert.Equal(0, judgement.DropSweep[0].DropHighest);
        Assert.Equal(sweep.Count, judgement.DropSweep[0].Points);
        Assert.Equal(sweep.Count - 5, judgement.DropSweep[5].Points);
    }

    [Fact]
    public void Nothing_fitted_is_nothing_judged()
    {
        var sweep = Surfaces.IsoFlop(Surfaces.Chinchilla, [1e20]);
        Assert.Null(DiagnosticChecks.Run(sweep, sweep, ParametricFitter.Fit(sweep, NoBootstrap), NoBootstrap));
    }

    [Fact]
    public void Noise_free_losses_are_judged_without_a_warning()
    {
        var judgement = Judged(Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets, 12, 2.2));
        Assert.Empty(judgement.Warnings);
        Assert.Empty(judgement.Outliers);
    }

    [ChinchillaFact]
    public void The_sweeps_of_drops_and_deltas_are_the_exact_optima()
    {
        var expected = Chinchilla.Expected();
        var judgement = Judged(Chinchilla.Points(), NoBootstrap with { DropHighest = 5 });
        foreach (var sweep in expected.GetProperty("drop_sweep").EnumerateObject())
        {
            var fit =
                judgement.DropSweep.Single(one => one.DropHighest
                    == int.Parse(sweep.Name, CultureInfo.InvariantCulture));
            Assert.Equal(sweep.Value.GetProperty("n").GetInt32(), fit.Points);
            Assert.Equal(1, fit.Objective!.Value / sweep.Value.GetProperty("obj").GetDouble(), 1e-7);
            Assert.Equal(sweep.Value.GetProperty("a_exp").GetDouble(), fit.ParametersExponent!.Value, 1e-6);
        }

        foreach (var sweep in expected.GetProperty("delta_sweep").EnumerateObject())
        {
            double? delta = sweep.Name == "None" ? null : double.Parse(sweep.Name, CultureInfo.InvariantCulture);
            var fit = judgement.DeltaSweep.Single(one => one.HuberDelta == delta);
            Assert.Equal(1, fit.Objective!.Value / sweep.Value.GetProperty("obj").GetDouble(), 1e-7);
            Assert.Equal(sweep.Value.GetProperty("E").GetDouble(), fit.E!.Value, 1e-6);
        }

        // With nothing dropped a is 0.565: outside what the 240 allow.
        Assert.Contains(judgement.Warnings, warning => warning.Code == "drop-sensitive");
    }
}
