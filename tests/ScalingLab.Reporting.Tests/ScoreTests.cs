using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Figures;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tests;

/// <summary>What models can do: columns of runs.csv, the report's section and its figure.</summary>
public sealed class ScoreTests
{
    private static readonly DownstreamLaw Law = new(0.25, 1, 4, 3.1);

    [Fact]
    public async Task Each_task_has_columns_of_its_numbers_and_they_come_back_as_they_were()
    {
        using var folder = new TemporaryFolder();
        var run = Sweeps.Completed(Sweeps.Cell(24, 1e11, 1), 3.7);
        TaskScore[] scores =
        [
            new("arc-easy", "arc", "00ff00ff00ff00ff", 20,
            [
                new Metric("acc", 0.4, new Range95(0.2, 0.6), 0.25, new Range95(0.1, 0.45), 0.3),
                new Metric("acc_norm", 0.5, new Range95(0.3, 0.7), 0.25, new Range95(0.1, 0.45), 0.3),
            ]),
            new("held-out", "continuations", "11ff00ff00ff00ff", 8,
                [new Metric("bleu", 2.5, new Range95(1, 4)), new Metric("distinct_1", 0.125)]),
        ];
        RunRecord[] runs =
        [
            run with { Result = run.Result! with { Scores = scores } }, Sweeps.Ended(run, RunState.Failed),
            run with { Result = run.Result with { Scores = [scores[1]] } },
        ];
        await RunsCsv.WriteAsync(folder["runs.csv"], [.. runs.Select(r => RunRow.From("s", r))]);
        var lines = await File.ReadAllLinesAsync(folder["runs.csv"]);
        Assert.Contains(",precision,acc_arc-easy,acc_low_arc-easy,acc_high_arc-easy,acc_norm_arc-easy,"
            + "acc_norm_low_arc-easy,acc_norm_high_arc-easy,guess_arc-easy,guess_low_arc-easy,guess_high_arc-easy,"
            + "majority_arc-easy,documents_arc-easy,kind_arc-easy,key_arc-easy,bleu_held-out,", lines[0],
            StringComparison.Ordinal);
        Assert.Contains(",0.4,0.2,0.6,0.5,0.3,0.7,0.25,0.1,0.45,0.3,20,arc,00ff00ff00ff00ff,2.5,1,4,0.125,,,", lines[1],
            StringComparison.Ordinal);
        var read = RunsCsv.Read(folder["runs.csv"]);
        Assert.Equal(RunJson.Serialize(scores), RunJson.Serialize(read[0].Scores));
        Assert.Empty(read[1].Scores);
        Assert.Equal(["held-out"], read[2].Scores.Select(s => s.Name));
        Assert.All(read, r => Assert.Empty(r.Varies));
        Assert.Equal("0.4", RunsCsv.Text(read[0], "acc_arc-easy"));
        Assert.Equal("", RunsCsv.Text(read[2], "acc_arc-easy"));
    }

    [Fact]
    public void The_report_has_scores_by_model_and_budget_beside_guessing_and_says_what_the_law_predicts()
    {
        var (findings, report) = Written.Of(Scored(loss => Law.Score(loss)));
        Assert.Contains("\n## What the models can do\n", report, StringComparison.Ordinal);
        Assert.Contains("38 runs of 38 were asked 400 documents (choices). Guessing gets 0.250", report,
            StringComparison.Ordinal);
        Assert.Contains("always taking the most frequent place of the right choice 0.270", report,
            StringComparison.Ordinal);
        Assert.Contains("| model | budget, FLOPs | tokens | runs |", report.Replace("  ", " ", StringComparison.Ordinal),
            StringComparison.Ordinal);
        var finding = Assert.Single(findings, f => f.StartsWith("cloze: at loss 2.8", StringComparison.Ordinal));
        Assert.Contains("(guessing gets 0.250)", finding, StringComparison.Ordinal);
        // No law of N and D is sure of these runs: the power law of compute says what more of it would bring.
        Assert.Contains("is predicted by L(C), ", finding, StringComparison.Ordinal);
        Assert.Contains("Loss to cloze: **converged**", report, StringComparison.Ordinal);
        Assert.Contains("no: extrapolated", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Scores_at_chance_have_their_table_and_no_law()
    {
        var (findings, report) = Written.Of(Scored(_ => 0.25));
        Assert.DoesNotContain(findings, f => f.StartsWith("cloze", StringComparison.Ordinal));
        Assert.Contains("The interval of 0 of 38 runs lies above guessing.", report, StringComparison.Ordinal);
        Assert.Contains("Loss to cloze: **unidentified**", report, StringComparison.Ordinal);
        Assert.Contains("0 of 38 runs are above what guessing explains; nothing is to be said", report,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_recipes_the_scores_of_all_runs_are_fitted_together()
    {
        var results = Scored(loss => Law.Score(loss));
        var runs = results.Runs.Select((r, i) => r with
        {
            Cell = r.Cell with { Varies = [new RecipeChoice("positions", i % 2 == 0 ? "rotary" : "learned")] },
        });
        var sweep = SweepTable.From(results with { Runs = [.. runs] }, Sweeps.Quick);
        var fits = SweepFits.Fit(sweep.Runs, sweep.Curves, Sweeps.Quick.Fits(default));
        Assert.Equal(2, fits.Variants.Count);
        Assert.All(fits.Variants, v => Assert.Empty(v.Fit.Downstream!));
        var law = Assert.Single(fits.Downstream);
        Assert.Equal((FitStatus.Converged, 38), (law.Status, law.Points));
        Assert.Equal(Law.Middle, law.Middle!.Value, 0.02);
    }

    [Fact]
    public void The_figure_has_each_run_over_compute_and_over_loss_and_the_law()
    {
        var figure = Samples.Of(Scored(loss => Law.Score(loss))).Single(f => f.Name == ScoresFigure.Name);
        Assert.Equal(["C", "loss"], figure.Panels.Select(p => p.X.Name));
        Assert.All(figure.Panels, p => Assert.Equal(38, p.Marks.OfType<Dots>().Sum(d => d.At.Count)));
        Assert.All(figure.Panels, p => Assert.Contains(p.Marks, m => m is Rule { At: 0.25 }));
        var curve = Assert.Single(figure.Panels[1].Marks.OfType<Curve>());
        Assert.All(curve.Places, at => Assert.Equal(Law.Score(at.X), at.Y, 0.02));
        Assert.DoesNotContain(Samples.Of(Sweeps.Quickstart()), f => f.Name == ScoresFigure.Name);
    }

    /// <summary>The quickstart's runs, asked 400 questions of four choices.</summary>
    internal static SweepResults Scored(Func<double, double> share) => Sweeps.Quickstart(run => run with
    {
        Result = run.Result! with
        {
            Scores =
            [
                new TaskScore("cloze", "choices", "00ff00ff00ff00ff", 400,
                [
                    new Metric("acc", Math.Round(400 * share(run.Result.LossValidation)) / 400,
                        new Range95(share(run.Result.LossValidation) - 0.04, share(run.Result.LossValidation) + 0.04),
                        0.25, new Range95(0.2075, 0.2925), 0.27),
                ]),
            ],
        },
    });
}
