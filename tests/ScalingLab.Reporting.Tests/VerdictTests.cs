using System.Globalization;
using System.Text.Json.Nodes;
using ScalingLab.Fitting.Options;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Figures;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tests;

/// <summary>Runs that completed and should not be believed.</summary>
public sealed class VerdictTests
{
    private static readonly double Untrained = Math.Log(1024);

    [Fact]
    public void The_committed_sweeps_are_flagged_where_a_recipe_failed_and_nowhere_else()
    {
        foreach (var good in (string[])["quickstart", "wsd-branches"])
            Assert.Empty(SweepTable.Read(Committed(good)).Verdicts);

        var recipes = SweepTable.Read(Committed("positions-and-optimizers"));
        bool Has(RunVerdict v, string field, params string[] values) =>
            values.Any(value => v.Run.Varies.Contains(new RecipeChoice(field, value)));

        // LAMB at an eighth of its rate hardly leaves ln(1,024) = 6.93; at four times its rate it diverges, or nearly.
        var untrained = recipes.Runs.Where(r => r.LossValidation > 6.8).Select(r => r.RunId).ToList();
        Assert.Equal(8, untrained.Count);
        Assert.Empty(untrained.Except(recipes.Verdicts.Select(v => v.Run.RunId)));
        Assert.All(recipes.Verdicts, v => Assert.True(
            Has(v, "optimizer", "lamb") && Has(v, "learning_rate_scale", "0.125", "4"),
            $"{v.Run.Variant} at {v.Run.LossValidation}: {string.Join("; ", v.Reasons)}"));
        Assert.Contains(recipes.Verdicts, v => v.Defects.HasFlag(RunDefects.Unstable));
    }

    [Fact]
    public void No_better_than_counting_tokens_is_undertrained_and_without_a_count_no_better_than_a_model_that_knows_nothing()
    {
        Assert.Equal(RunDefects.Undertrained, Flags(Run(5.9, unigram: 5.85)));
        Assert.Equal(RunDefects.Undertrained, Flags(Run(5.8, unigram: 5.85))); // by less than 2 %
        Assert.Equal(RunDefects.None, Flags(Run(5.7, unigram: 5.85)));
        Assert.Equal(RunDefects.Undertrained, Flags(Run(Untrained)));
        Assert.Equal(RunDefects.None, Flags(Run(5.9)));
        var verdict = Assert.Single(Of(Run(5.9, unigram: 5.85)));
        Assert.Equal(
            ["ends at 5.900, no better than 5.850, what knowing only how often each token occurs would score"],
            verdict.Reasons);
        Assert.EndsWith(", the loss of an untrained model",
            Assert.Single(Of(Run(Untrained, unigram: 5.85))).Reasons[0], StringComparison.Ordinal);
        Assert.Empty(Of(Sweeps.Ended(Run(5.9, unigram: 5.85), RunState.Failed, FailureKind.Diverged)));
    }

    [Fact]
    public void A_training_loss_that_rises_or_stays_above_an_earlier_level_is_unstable()
    {
        Assert.Equal(RunDefects.Unstable, Flags(Run(3.9, at: t => t < 0.6 ? 4 - t : 3.4 + (1.2 * (t - 0.6)))));
        // rose once, and never came back
        Assert.Equal(RunDefects.Unstable, Flags(Run(4.1, at: t => t < 0.4 ? 4 - t : 4.1)));
        // rose and came back
        Assert.Equal(RunDefects.None, Flags(Run(3.3, at: t => t is > 0.4 and < 0.43 ? 5 : 4 - (0.7 * t))));
        Assert.Equal(RunDefects.None, Flags(Run(3.5, at: t => t < 0.4 ? 4 - t : 3.5))); // a plateau
        // a rise within the noise
        Assert.Equal(RunDefects.None,
            Flags(Run(3.5, at: t => Math.Max(4 - (2 * t), 3.5) + (0.05 * Math.Max(0, t - 0.66)))));
    }

    [Fact]
    public void A_validation_loss_that_rises_is_overfitted_only_where_text_is_repeated_and_training_loss_falls()
    {
        double Rising(double t) => t < 0.5 ? 4 - t : 3.5 + (0.4 * (t - 0.5));
        double Falling(double t) => 4 - t;
        Assert.Equal(RunDefects.Overfitted, Flags(Run(3.7, at: Falling, validation: Rising, epochs: 8)));
        Assert.Equal(RunDefects.Unstable, Flags(Run(3.7, at: Falling, validation: Rising, epochs: 0.5)));
        Assert.Equal(RunDefects.None, Flags(Run(3, at: Falling, validation: t => Falling(t) + 0.1, epochs: 8)));
        // Two evaluations in all say nothing of a course.
        var few = Run(3.7, at: Falling, validation: Rising, epochs: 8);
        Assert.Equal(RunDefects.None,
            Flags(few with
                { Points = [.. few.Points.Select((p, i) => i % 50 == 49 ? p : p with { LossValidation = null })] }));
    }

    [Fact]
    public void Far_above_its_neighbours_is_undertrained_and_overfitted_where_only_the_validation_loss_is()
    {
        var (good, bad) =
            (Sweeps.Completed(Sweeps.Cell(24, 2.5e11, 1), 3.4), Sweeps.Completed(Sweeps.Cell(48, 2.5e11, 1), 5.2));
        var verdict = Assert.Single(Of(good, bad));
        Assert.Equal((2, RunDefects.Undertrained), (verdict.Row, verdict.Defects));
        Assert.StartsWith("ends at 5.200 where micro-63k on ", verdict.Reasons[0], StringComparison.Ordinal);
        Assert.Contains("at 3.400 predicts at most ", verdict.Reasons[0], StringComparison.Ordinal);

        var byHeart = Run(5.2, width: 48, at: t => 4 - (1.5 * t), validation: _ => 5.2, epochs: 20);
        Assert.Equal(RunDefects.Overfitted, Of(good, byHeart).Single().Defects);

        // Another recipe, and another vocabulary, are other experiments.
        RunRecord Varied(RunRecord run, string value) =>
            run with { Cell = run.Cell with { Varies = [new RecipeChoice("positions", value)] } };
        Assert.Empty(Of(Varied(good, "rotary"), Varied(bad, "learned")));
        var spec = bad.Cell.Spec;
        Assert.Empty(
            Of(good,
                bad with
                { Cell = bad.Cell with { Spec = spec with { Shape = spec.Shape with { Vocabulary = 2048 } } } }));
    }

    [Fact]
    public void A_run_that_took_few_steps_is_told_so()
    {
        var run = Run(Untrained, steps: 123);
        Assert.EndsWith("; it took only 123 steps: give a smaller batch or more tokens", Assert.Single(Of(run)).Remedy,
            StringComparison.Ordinal);
        Assert.EndsWith(" times 1/4, 1/2, 2 and 4; try half the batch", Assert.Single(Of(Run(Untrained))).Remedy,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_with_a_loss_spike_is_told_to_lower_its_rate_and_never_to_raise_it()
    {
        var spiked = Run(Untrained);
        spiked = spiked with { Result = spiked.Result! with { LossSpikes = 2, FirstSpikeStep = 67 } };
        Assert.StartsWith("lower the learning rate (", Assert.Single(Of(spiked)).Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain(" times ", Assert.Single(Of(spiked)).Remedy, StringComparison.Ordinal);

        var far = Sweeps.Completed(Sweeps.Cell(48, 2.5e11, 1), 5.2);
        far = far with { Result = far.Result! with { LossSpikes = 2, FirstSpikeStep = 67 } };
        var verdict = Assert.Single(Of(Sweeps.Completed(Sweeps.Cell(24, 2.5e11, 1), 3.4), far));
        Assert.EndsWith(", after a loss spike at step 67", verdict.Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flags_stand_in_the_table_the_report_the_fits_and_the_figures_and_leave_the_fits_when_asked()
    {
        using var folder = new TemporaryFolder();
        var index = 0;
        var results = Sweeps.Quickstart(r => index++ == 5 ? Sweeps.Completed(r.Cell, 4.6) : r);
        var outcome = await ResultsWriter.WriteAsync(results, folder.Path, Sweeps.Quick with { Figures = false });
        var bad = results.Runs[5].Cell.Spec.Id.Value;
        Assert.Equal([bad],
            RunsCsv.Read(folder["runs.csv"]).Where(r => r.Flags != RunDefects.None).Select(r => r.RunId));
        Assert.EndsWith(",undertrained,,,,,,,", File.ReadAllLines(folder["runs.csv"])[6], StringComparison.Ordinal);
        Assert.Contains("1 of the 38 runs in it is flagged (1 undertrained).", outcome.Headline,
            StringComparison.Ordinal);
        Assert.Contains(outcome.Warnings, w => w.StartsWith($"run {bad} (micro-63k, ", StringComparison.Ordinal)
            && w.Contains("What to do: ", StringComparison.Ordinal));
        var report = File.ReadAllText(folder["report.md"]);
        Assert.Contains("## Flagged runs", report, StringComparison.Ordinal);
        Assert.Contains($"| `{bad}` | micro-63k |", report.Replace("\\", "", StringComparison.Ordinal),
            StringComparison.Ordinal);
        var fit = JsonNode.Parse(File.ReadAllText(folder["fit.json"]))!;
        Assert.Equal(38, (int)fit["input"]!["points"]!);
        Assert.Equal("undertrained", (string?)Assert.Single(fit["input"]!["flagged"]!.AsArray())!["flags"]);
        Assert.Equal(bad, (string?)Assert.Single(fit["sweep"]!["flagged"]!.AsArray())!["run_id"]);

        var figures = Figures(folder.Path, excluded: false);
        Assert.All((string[])["loss-curves", "isoflop", "parametric"],
            name => Assert.Equal(1, Crosses(figures[name]) / figures[name].Panels.Count));
        Assert.Equal(0, Crosses(Figures(Committed("quickstart"), excluded: false)["isoflop"]));

        await ResultsWriter.RewriteAsync(folder.Path, Sweeps.Quick with { Figures = false, ExcludeFlagged = true });
        fit = JsonNode.Parse(File.ReadAllText(folder["fit.json"]))!;
        Assert.Equal(37, (int)fit["input"]!["points"]!);
        Assert.Equal((6, "flagged undertrained"),
            Assert.Single(fit["sweep"]!["excluded"]!.AsArray().Select(e => ((int)e!["row"]!, (string)e["reason"]!))));
        Assert.DoesNotContain("flagged", (string?)fit["headline"], StringComparison.Ordinal);
        Assert.Contains("left out of the fits on request", File.ReadAllText(folder["report.md"]),
            StringComparison.Ordinal);
        Assert.Equal(0, Crosses(Figures(folder.Path, excluded: true)["isoflop"]));
    }

    [Fact]
    public async Task A_flagged_run_is_crossed_in_every_figure_that_shows_runs()
    {
        using var folder = new TemporaryFolder();
        var index = 0;
        await ResultsWriter.WriteAsync(Sweeps.Quickstart(r => index++ == 5 ? Sweeps.Completed(r.Cell, 4.6) : r),
            folder.Path, Sweeps.Quick);
        var report = File.ReadAllText(folder["report.md"]).Replace("\\", "", StringComparison.Ordinal);
        foreach (var name in (string[])["loss-curves", "isoflop", "parametric"])
        {
            Assert.True(File.Exists(folder[$"figures/{name}.svg"]), name);
            var caption = report.Split('\n')
                .Single(line => line.EndsWith($"[data](figures/{name}.csv))", StringComparison.Ordinal));
            Assert.Contains("Crosses: runs flagged undertrained, unstable or overfitted.", caption,
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("", RunDefects.None)]
    [InlineData("unstable", RunDefects.Unstable)]
    [InlineData("undertrained;overfitted", RunDefects.Undertrained | RunDefects.Overfitted)]
    public void Flags_are_words_and_words_are_flags(string words, RunDefects defects)
    {
        Assert.Equal(words, RunDefectNames.Join(defects));
        Assert.Equal(defects, RunDefectNames.Parse(words));
        Assert.Null(RunDefectNames.Parse(words + ";lost"));
    }

    private static int Crosses(Figure figure) =>
        figure.Panels.SelectMany(p => p.Marks).OfType<Dots>().Where(d => d.Shape == Shape.Cross).Sum(d => d.At.Count);

    private static Dictionary<string, Figure> Figures(string folder, bool excluded)
    {
        var sweep = SweepTable.Read(folder);
        var fits = SweepFits.Fit(sweep.Runs, sweep.Curves, new FitOptions { Bootstrap = 0 }, excluded);
        return FigureSet.Create(sweep, fits, RecipeComparison.Create(sweep.Runs)).Figures.ToDictionary(f => f.Name);
    }

    private static RunDefects Flags(RunRecord run) => Of(run) is [var one] ? one.Defects : RunDefects.None;

    private static IReadOnlyList<RunVerdict> Of(params RunRecord[] runs) =>
        SweepTable.From(new SweepResults("s", null, null, runs), Sweeps.Quick).Verdicts;

    /// <summary>
    /// A run whose losses follow the given courses, t from 0 to 1; training loss with the noise of a small batch, ten
    /// evaluations.
    /// </summary>
    private static RunRecord Run(
        double loss, double? unigram = null, Func<double, double>? at = null, Func<double, double>? validation = null,
        double epochs = 0.5, int width = 24,
        long steps = 1000)
    {
        var cell = Sweeps.Cell(width, 2.5e11, 1);
        cell = cell with { Spec = cell.Spec with { Steps = steps } };
        var run = Sweeps.Completed(cell, loss);
        var noise = new Random(3);
        at ??= _ => loss;
        return run with
        {
            Result = run.Result! with { LossUnigram = unigram, Epochs = epochs },
            Points =
            [
                .. Enumerable.Range(1, 100).Select(i => new MetricPoint(
                    steps * i / 100, steps * i / 100 * cell.Spec.BatchTokens, at(i / 100.0)
                    + (0.08 * (noise.NextDouble() - 0.5)),
                    i % 10 == 0 ? (validation ?? at)(i / 100.0) : null)),
            ],
        };
    }

    private static string Committed(string sweep) => Repository.At("results", sweep);
}
