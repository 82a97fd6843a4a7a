using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.Downstream;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Tests;

public sealed class DownstreamTests
{
    private static readonly FitOptions NoBootstrap = new() { Bootstrap = 0 };
    private static readonly FitOptions Quick = new() { Bootstrap = 400 };

    [Theory]
    [InlineData(0.25, 1, 3, 3.2)]
    [InlineData(0, 1, 1.5, 4)]
    [InlineData(0.5, 1, 8, 3)]
    [InlineData(0.25, 0.7, 6, 3.6)]
    public void A_noise_free_sigmoid_comes_back(double floor, double top, double slope, double middle)
    {
        var law = new DownstreamLaw(floor, top, slope, middle);
        var fit = Assert.Single(DownstreamFitter.Fit(Runs(law, 24, documents: 1_000_000), NoBootstrap));
        Assert.Equal(FitStatus.Converged, fit.Status);
        Assert.Equal(top < 1, fit.TopIsFitted);
        Assert.Equal(top, fit.Top!.Value, 1e-3);
        Assert.Equal(slope, fit.Slope!.Value, 1e-2 * slope);
        Assert.Equal(middle, fit.Middle!.Value, 1e-2);
        Assert.Equal(law.Score(3.1), fit.At(3.1)!.Score, 1e-4);
    }

    [Fact]
    public void Intervals_hold_the_truth_about_as_often_as_they_say()
    {
        var law = new DownstreamLaw(0.25, 1, 2.5, 2.9);
        var (held, asked) = (0, 0);
        for (var seed = 1; seed <= 100; seed++)
        {
            var fit = Assert.Single(DownstreamFitter.Fit(Runs(law, 20, documents: 500, seed), Quick));
            Assert.Equal(FitStatus.Converged, fit.Status);
            foreach (var loss in new[] { 2.6, 3.2, 3.8 })
            {
                asked++;
                var interval = fit.At(loss)!.Interval95!;
                if (interval.Low <= law.Score(loss) && law.Score(loss) <= interval.High) held++;
            }
        }

        Assert.InRange((double)held / asked, 0.89, 1);
    }

    [Fact]
    public void Scores_at_chance_throughout_are_refused()
    {
        var chance = new DownstreamLaw(0.25, 0.25, 1, 3);
        for (var seed = 1; seed <= 50; seed++)
        {
            var fit = Assert.Single(DownstreamFitter.Fit(Runs(chance, 24, documents: 400, seed), NoBootstrap));
            Assert.Equal(FitStatus.Unidentified, fit.Status);
            Assert.Equal(["slope", "middle"], fit.Unidentified);
            Assert.Equal("downstream-at-chance", Assert.Single(fit.Warnings).Code);
            Assert.Null(fit.At(3));
        }
    }

    [Fact]
    public void Too_few_losses_other_questions_and_a_score_that_does_not_go_with_the_loss_are_refused()
    {
        var law = new DownstreamLaw(0.25, 1, 3, 3.2);
        DownstreamFit One(IReadOnlyList<LossObservation> runs) =>
            Assert.Single(DownstreamFitter.Fit(runs, NoBootstrap));
        Assert.Equal(FitStatus.TooFewPoints, One(Runs(law, 4, 1000)).Status);
        var mixed = Runs(law, 12, 1000).Select((run, i) => i > 0 ? run
            : run with { Scores = [run.Scores![0] with { Documents = 900 }] });
        Assert.Contains("different numbers of questions", Assert.Single(One([.. mixed]).Warnings).Text,
            StringComparison.Ordinal);
        var flat = One([.. Runs(law, 12, 1000)
            .Select(run => run with { Scores = [run.Scores![0] with { Share = 0.6 }] })]);
        Assert.Equal(FitStatus.Unidentified, flat.Status);
        Assert.Equal("downstream-unidentified", Assert.Single(flat.Warnings).Code);
        // worse with a lower loss: no such law
        var rising = One([.. Runs(law, 12, 1000).Select(run => run with
            { Scores = [run.Scores![0] with { Share = Math.Min(1, 0.2 * (run.Loss - 1)) }] })]);
        Assert.Equal(FitStatus.Unidentified, rising.Status);
        Assert.Empty(DownstreamFitter.Fit([new(1e6, 1e8, 6e14, 3)], NoBootstrap));
    }

    [Fact]
    public void The_document_predicts_scores_of_a_loss_of_a_run_and_of_a_budget_in_two_steps()
    {
        var law = new DownstreamLaw(0.25, 1, 2.5, 3);
        var truth = new ParametricLaw(1.7, 40, 90, 0.36, 0.33);
        var rows = (from n in new[] { 1e4, 3e4, 1e5, 3e5, 1e6 } from d in new[] { 1e5, 1e6, 1e7, 1e8 }
                    let loss = truth.Loss(n, d)
                    select Row(n, d, loss, law.Score(loss), 2000)).ToList();
        var fit = Fitter.Fit(rows, Quick with
        {
            Predictions = [new(Loss: 2.5), new(Parameters: 3e6, Tokens: 3e8), new(Flops: 1e17)],
        });
        Assert.Equal(FitStatus.Converged, Assert.Single(fit.Downstream!).Status);
        var (ofLoss, ofRun, ofBudget) = (fit.Predictions[0], fit.Predictions[1], fit.Predictions[2]);
        Assert.Equal(law.Score(2.5), Assert.Single(ofLoss.Scores).Score, 0.01);
        Assert.Equal((2.5, null, null), (ofLoss.Loss, ofLoss.Parameters, ofLoss.Withheld));
        Assert.Equal(law.Score(truth.Loss(3e6, 3e8)), Assert.Single(ofRun.Scores).Score, 0.01);
        Assert.True(Assert.Single(ofBudget.Scores).Extrapolated == ofBudget.Loss < rows.Min(r => r.Loss));
        Assert.NotNull(ofBudget.Scores[0].Interval95);
        var beyond = fit.Downstream![0].Predicted.Where(point => point.Flops is not null).ToList();
        Assert.All(beyond, point => Assert.Equal("L(N, D)", point.LossFrom));
        Assert.Equal(fit.Frontier.Select(point => point.Flops), beyond.Select(point => point.Flops!.Value));
        Assert.Equal(fit.ToJson(), FitDocument.FromJson(fit.ToJson()).ToJson());

        var without = Fitter.Fit([.. rows.Select(row => row with { Scores = null })],
            NoBootstrap with { Predictions = [new(Loss: 2.5)] });
        Assert.Contains("no score of a task is identified", without.Predictions[0].Withheld, StringComparison.Ordinal);
    }

    private static List<LossObservation> Runs(DownstreamLaw law, int count, int documents, int seed = 0)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                var loss = 2.4 + (2.2 * i / (count - 1));
                var share = law.Score(loss);
                var right = Enumerable.Range(0, documents).Count(_ => seed > 0 && random.NextDouble() < share);
                if (seed > 0) share = (double)right / documents;
                return Row(1e5, 1e6 * (i + 1), loss, share, documents, law.Floor);
            }),
        ];
    }

    private static LossObservation Row(double n, double d, double loss, double share, int documents,
        double guess = 0.25) => new(n, d, 6 * n * d, loss)
        { Scores = [new TaskObservation("cloze", "acc", share, documents, guess)] };
}
