using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Tests;

/// <summary>Losses of runs that were not made.</summary>
public sealed class PredictionTests
{
    private static readonly ParametricLaw Law = Surfaces.Chinchilla;
    private static readonly FitOptions Brief = new() { Bootstrap = 100, Approaches = [FitApproach.Parametric] };

    [Fact]
    public void The_interval_holds_the_true_loss_in_nearly_all_sweeps_inside_the_rows_and_beyond()
    {
        PredictionRequest[] asked = [new(3e8, 5e9), new(1e11, 2e12)];
        var held = new int[asked.Length];
        for (var seed = 1; seed <= 20; seed++)
        {
            var fit = Fitter.Fit(
                Surfaces.Noisy(Surfaces.Grid(Law), 0.003, seed),
                Brief with { Method = FitMethod.SquaredError, Predictions = asked });
            foreach (var (one, index) in fit.Predictions.Select((one, index) => (one, index)))
            {
                var truth = Law.Loss(asked[index].Parameters!.Value, asked[index].Tokens!.Value);
                Assert.Equal(truth, one.Loss!.Value, 0.1);
                if (truth >= one.Interval95!.Low && truth <= one.Interval95.High)
                    held[index]++;
            }
        }

        // Binomial: fewer than 16 of 20 has a chance of 0.3 % at 95 %.
        Assert.All(held, count => Assert.InRange(count, 16, 20));
    }

    [Fact]
    public void How_far_a_run_lies_outside_the_rows_is_said()
    {
        // The grid has N from 1e7 to 1e10 and D from 3e8 to 3e11.
        var fit = Fitter.Fit(
            Surfaces.Noisy(Surfaces.Grid(Law), 0.002, 1),
            Brief with { Predictions = [new(1e9, 1e10), new(1.24e11, 1e10), new(1e6, 3e12)] });
        Assert.Empty(fit.Predictions[0].Beyond);
        Assert.False(fit.Predictions[0].Extrapolated);
        var (n, c) = (fit.Predictions[1].Beyond[0], fit.Predictions[2].Beyond);
        Assert.Equal(("N", 12.4), (n.Quantity, Math.Round(n.Factor, 6)));
        Assert.Equal("N 12.4 times the largest fitted", n.ToString());
        Assert.Equal(["N 0.1 times the smallest fitted", "D 10 times the largest fitted"],
            c.Select(one => one.ToString()));
    }

    [Fact]
    public void A_budget_alone_is_answered_with_the_frontiers_own_point()
    {
        var fit = Fitter.Fit(
            Surfaces.Noisy(Surfaces.Grid(Law), 0.002, 1),
            Brief with { TargetFlops = [1e24], Predictions = [new(Flops: 1e24)] });
        var (one, point) = (fit.Predictions[0], fit.Frontier.Single(p => p.Flops == 1e24));
        Assert.True(one.IsOptimum);
        Assert.Equal((point.Parameters, point.Tokens, point.Loss),
            (one.Parameters!.Value, one.Tokens!.Value, one.Loss));
        Assert.Equal(point.Interval95!.Loss, one.Interval95);
        Assert.Contains(one.Beyond, b => b.Quantity == "C" && b.Factor > 1);
    }

    [Fact]
    public void With_distinct_tokens_the_data_constrained_law_answers()
    {
        var law = new DataConstrainedLaw(Law, 15.4, 5.3);
        var sweep = Surfaces.Noisy(
            from n in new[] { 1e7, 3e7, 1e8, 3e8, 1e9, 3e9 }
            from u in new[] { 1e8, 1e9, 1e10 }
            from epochs in new[] { 1, 4, 16, 64 }
            select new LossObservation(n, u * epochs, 6 * n * u * epochs, law.Loss(n, u * epochs, u), UniqueTokens: u),
                0.0005, 5);
        var fit = Fitter.Fit(sweep, Brief with
        {
            Approaches = [FitApproach.Parametric, FitApproach.DataConstrained],
            Predictions = [new(2e8, 2e10, 1e9), new(2e8, 2e10), new(2e8, 4e11, 1e9)],
        });
        Assert.All(fit.Predictions, one => Assert.Equal(FrontierSource.DataConstrained, one.Source));
        Assert.Equal(law.Loss(2e8, 2e10, 1e9), fit.Predictions[0].Loss!.Value, 0.01);
        Assert.InRange(law.Loss(2e8, 2e10, 1e9), fit.Predictions[0].Interval95!.Low,
            fit.Predictions[0].Interval95!.High);
        Assert.Equal(Law.Loss(2e8, 2e10), fit.Predictions[1].Loss!.Value, 0.02);
        Assert.Empty(fit.Predictions[0].Beyond);
        Assert.Contains(fit.Predictions[2].Beyond, one => one.Quantity == "epochs"
            && Math.Abs(one.Factor - 6.25) < 1e-9);
    }

    [Fact]
    public void What_no_law_is_sure_of_is_withheld_with_the_reason()
    {
        var budget = Surfaces.IsoFlop(Law, [1e20]);
        var fit = Fitter.Fit(budget, Brief with { Predictions = [new(1e9, 1e10), new(Flops: 1e21)] });
        Assert.All(fit.Predictions,
            one => Assert.Equal((null, "no law is identified by these rows"), (one.Loss, one.Withheld)));

        // Nothing repeats: what repeating is worth cannot be known, but text that is not repeated is fresh.
        var fresh = Surfaces.Noisy(Surfaces.Grid(Law), 0.002, 1).Select(one => one with { UniqueTokens = one.Tokens })
            .ToList();
        var silent = Fitter.Fit(fresh, Brief with
        {
            Approaches = [FitApproach.Parametric, FitApproach.DataConstrained],
            Predictions = [new(1e9, 1e10, 1e9), new(1e9, 1e10, 2e10)],
        }).Predictions;
        Assert.Equal("the data-constrained law is not identified by these rows", silent[0].Withheld);
        Assert.Equal(FrontierSource.Parametric, silent[1].Source);
        Assert.NotNull(silent[1].Loss);
    }

    [Fact]
    public void Requests_that_are_none_are_problems()
    {
        PredictionRequest[] bad = [new(), new(1e9), new(1e9, 1e10, null, 1e20), new(-1, 1e10), new(Flops: double.NaN)];
        Assert.All(bad, one => Assert.NotEmpty(one.Problems()));
        Assert.Empty(new PredictionRequest(1e9, 1e10, 1e9).Problems());
        Assert.Empty(new PredictionRequest(Flops: 1e20).Problems());
    }
}
