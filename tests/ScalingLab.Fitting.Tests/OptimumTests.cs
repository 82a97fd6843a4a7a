using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Optima;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Tests;

/// <summary>Laws of the best learning rate and batch, from tunes whose laws are known.</summary>
public class OptimumTests
{
    private const double N4 = 2e6, D4 = 3.2e6; // four times the largest size and twice the longest length of a tune

    [Theory]
    [InlineData(OptimumMethod.Surface)]
    [InlineData(OptimumMethod.Minima)]
    public void Losses_without_noise_on_a_quadratic_give_back_their_laws(OptimumMethod method)
    {
        var truth = new Tunes { Skew = 0, Noise = 0, Scatter = 0, Sharpens = 0 };
        var fit = Fit(truth.Draw(1), method);
        Assert.Equal(FitStatus.Converged, fit.Status);
        Assert.Equal(16, fit.Cells.Count);
        Assert.All(fit.Cells, c => Assert.Equal(MinimumStatus.Interior, c.Status));
        foreach (var (law, known) in fit.Laws.Zip(new[] { truth.Rate, truth.Batch }))
        {
            // the tokens' rounding is taken out with a slope, not exactly
            Assert.InRange(law.ParametersExponent - known[1], -0.02, 0.02);
            Assert.InRange(law.TokensExponent - known[2], -0.02, 0.02);
            Assert.InRange(law.At(N4, D4) / Tunes.At(known, N4, D4), 0.95, 1.05);
        }

        Assert.InRange(fit.Follows(0, 1)!.Value, 0.35, 0.45);
        Assert.InRange(fit.Residual!.Value, 0, 1e-3);
    }

    /// <summary>
    /// Fixed seeds: the counts are what they are. 95 of 100 intervals of an honest method would hold the truth.
    /// </summary>
    [Theory]
    [InlineData(OptimumMethod.Surface, 99)]
    [InlineData(OptimumMethod.Surface, 1)]
    [InlineData(OptimumMethod.Minima, 99)]
    public void Intervals_hold_the_truth_about_as_often_as_they_say(OptimumMethod method, int reach)
    {
        const int Draws = 25;
        var truth = new Tunes { Reach = reach };
        var (held, answers, worst) = (0, 0, 0.0);
        for (var seed = 0; seed < Draws; seed++)
        {
            var fit = Fit(truth.Draw(seed), method, bootstrap: 200);
            foreach (var (law, known) in fit.Laws.Zip(new[] { truth.Rate, truth.Batch }))
            {
                if (Holds(law.ParametersInterval95!, known[1])) held++;
                if (Holds(law.TokensInterval95!, known[2])) held++;
                if (Holds(law.IntervalAt(N4, D4)!, Tunes.At(known, N4, D4))) answers++;
                worst = Math.Max(worst, Math.Abs(Math.Log(law.At(N4, D4) / Tunes.At(known, N4, D4))));
            }
        }

        Assert.InRange(held, (int)(0.88 * 4 * Draws), 4 * Draws);
        Assert.InRange(answers, (int)(0.85 * 2 * Draws), 2 * Draws);
        Assert.InRange(Math.Exp(worst), 1, 1.5); // four times the size, predicted within a factor of 1.5, every time
    }

    [Fact]
    public void The_surface_uses_what_sparse_and_noisy_cells_say_better_than_their_minima()
    {
        var truth = new Tunes { Reach = 1, Noise = 0.01 };
        double surface = 0, minima = 0;
        for (var seed = 0; seed < 20; seed++)
        {
            var runs = truth.Draw(seed);
            surface += Squares(Fit(runs, OptimumMethod.Surface, bootstrap: 0));
            minima += Squares(Fit(runs, OptimumMethod.Minima, bootstrap: 0));
        }

        Assert.True(surface < minima, $"squares of ln(predicted / true): {surface} through the surface, {minima} "
            + "through the minima");

        double Squares(OptimumFit fit) => fit.Laws.Zip(new[] { truth.Rate, truth.Batch }, (law, known) =>
            Math.Pow(Math.Log(law.At(N4, D4) / Tunes.At(known, N4, D4)), 2)).Sum();
    }

    [Fact]
    public void Divergence_and_losses_far_above_the_best_change_nothing()
    {
        var runs = new Tunes().Draw(1);
        var without = Fit(runs, OptimumMethod.Surface, bootstrap: 0);
        OptimumObservation[] wild =
        [
            .. runs.GroupBy(r => (r.Parameters, Math.Round(Math.Log(r.Tokens), 1)))
                .SelectMany(cell => (OptimumObservation[])
            [
                cell.First() with { Loss = double.NaN, Values = [cell.Max(r => r.Values[0]), cell.First().Values[1]] },
                cell.First() with { Loss = 9, Values = [cell.Max(r => r.Values[0]), cell.Last().Values[1]] },
            ]),
        ];
        var with = Fit([.. runs, .. wild], OptimumMethod.Surface, bootstrap: 0);
        Assert.Equal(wild.Length / 2, with.Cells.Sum(c => c.Diverged));
        Assert.Equal(without.Laws.Select(l => l.ParametersExponent), with.Laws.Select(l => l.ParametersExponent),
            (a, b) => Math.Abs(a - b) < 1e-9);
    }

    [Fact]
    public void A_best_beyond_what_was_tried_is_said()
    {
        var fit = Fit(new Tunes { Base = [Math.Log(0.04), -0.42, 0.135] }.Draw(1), OptimumMethod.Surface);
        Assert.Contains(fit.Cells, c => c.Status == MinimumStatus.Edge);
        Assert.Contains(fit.Warnings, w => w.Code == "optimum-edge" && w.Rows is { Count: > 0 });
    }

    [Fact]
    public void Too_few_cells_one_size_and_losses_without_a_lowest_point_have_no_law()
    {
        var few = Fit(new Tunes { Sizes = [1e5], Lengths = [2e5, 4e5] }.Draw(1), OptimumMethod.Surface);
        Assert.Equal((FitStatus.TooFewPoints, "optimum-too-few-cells"), (few.Status, Assert.Single(few.Warnings).Code));

        var one = Fit(new Tunes { Sizes = [1e5] }.Draw(1), OptimumMethod.Surface);
        Assert.Equal((FitStatus.Unidentified, "optimum-one-size"), (one.Status, Assert.Single(one.Warnings).Code));
        Assert.Empty(one.Laws);

        var falling =
            Fit([.. new Tunes().Draw(1)
                .Select(r => r with { Loss = 5 - (0.01 * Math.Log(r.Values[0] * r.Values[1])) })],
                OptimumMethod.Surface);
        Assert.Equal((FitStatus.Unidentified, "optimum-unidentified"),
            (falling.Status, Assert.Single(falling.Warnings).Code));
    }

    private static bool Holds(Interval interval, double value) => interval.Low <= value && value <= interval.High;

    private static OptimumFit Fit(IReadOnlyList<OptimumObservation> runs, OptimumMethod method, int bootstrap = 200) =>
        OptimumFitter.Fit(runs,
            new OptimumOptions
            { Quantities = ["learningRate", "batchTokens"], Method = method, Bootstrap = bootstrap });
}
