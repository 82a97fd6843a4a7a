using System.Globalization;
using System.Text.Json.Nodes;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tests;

/// <summary>Sweeps that vary the number of unique tokens.</summary>
public sealed class RepetitionTests
{
    private static readonly double[] Texts = [5e4, 2e5, 8e5];
    private static readonly long[] Steps = [200, 400, 800];

    [Fact]
    public void Enough_text_is_the_least_that_loses_no_more_than_the_tolerance()
    {
        var study = RepetitionStudy.Create(Rows(seeds: 2));
        Assert.Equal(6, study.Enough.Count);
        // 205k tokens are 4.1 passes of 50k, which lose nothing; 410k are 8.2, which do, and 2 of 200k, which do not;
        // 819k are 4.1 of 200k, which do.
        Assert.Equal([5e4, 2e5, 8e5],
            study.Enough.Where(e => e.Most.Model == "micro-63k").Select(e => e.Enough.UniqueTokens));
        var place = study.Enough.Single(e => e.Most.Model == "micro-63k" && e.Most.Tokens > 8e5);
        Assert.Equal(0.1, place.LossAgainstMost(place.Cells[1])!.Mean, 1e-9);
        Assert.True(place.IsDecided);
    }

    [Fact]
    public void Repeating_stops_paying_at_the_first_step_that_lowers_the_loss_by_too_little()
    {
        var study = RepetitionStudy.Create(Rows(seeds: 2));
        var lines = study.Repeated.Where(r => r.Cells[0].Model == "micro-63k").ToList();
        Assert.Equal(3, lines.Count);
        Assert.Equal((4.1, 8.2), (lines[0].Stop!.Value.From.Epochs, lines[0].Stop!.Value.To.Epochs), new Near(0.01));
        Assert.Equal((2.05, 4.1), (lines[1].Stop!.Value.From.Epochs, lines[1].Stop!.Value.To.Epochs), new Near(0.01));
        Assert.Null(lines[2].Stop);
        Assert.False(lines[2].Repeats.Any(), "1.02 passes are no repetition");
    }

    [Fact]
    public void A_run_that_failed_of_something_else_than_its_text_is_left_out_and_named()
    {
        var rows = Rows(seeds: 1);
        var (spoiled, learned) = (rows[0], rows[1]);
        var study = RepetitionStudy.Create([
            spoiled with { Flags = RunDefects.Undertrained, LossValidation = 99 },
            learned with { Flags = RunDefects.Undertrained | RunDefects.Overfitted }, .. rows.Skip(2),
        ]);
        Assert.Equal([spoiled.RunId], study.LeftOut.Select(r => r.RunId));
        var runs = study.Repeated.SelectMany(r => r.Cells).Concat(study.Enough.SelectMany(e => e.Cells))
            .SelectMany(c => c.Runs).Select(r => r.RunId).ToHashSet();
        Assert.DoesNotContain(spoiled.RunId, runs);
        Assert.Contains(learned.RunId, runs);
    }

    [Fact]
    public async Task The_report_leads_with_text_and_passes_and_says_what_is_not_fitted_once()
    {
        using var folder = new TemporaryFolder();
        var outcome =
            await ResultsWriter.WriteAsync(Sweep(seeds: 2), folder.Path,
                new ReportOptions { BootstrapDraws = 0, Figures = false });
        Assert.StartsWith(
            "Unique text that is enough (it loses less than 0.02 nats/token against the most, 800k tokens): 50.0k for "
                + "micro-63k on 205k tokens",
            outcome.Headline, StringComparison.Ordinal);
        Assert.Contains("Repeating stops paying between 2.0 and 4.1 passes", outcome.Headline,
            StringComparison.Ordinal);
        Assert.DoesNotContain("not known", outcome.Headline, StringComparison.Ordinal);
        var report = File.ReadAllText(folder["report.md"]).Replace("\\", "", StringComparison.Ordinal);
        Assert.Single(report.Split('\n'),
            l => l.Contains("No law of loss over size and tokens", StringComparison.Ordinal));
        Assert.Contains("\n## How much text is enough, and when repeating it stops paying\n", Written.Body(report),
            StringComparison.Ordinal);
        var fit = JsonNode.Parse(File.ReadAllText(folder["fit.json"]))!;
        Assert.Equal(["repetition", "scaling"], fit["sweep"]!["asks"]!.AsArray().Select(a => (string?)a));
        Assert.Equal(6, fit["repetition"]!["repeated"]!.AsArray().Count);
    }

    [Fact]
    public void Validation_loss_that_rises_while_training_loss_falls_is_called_overfitting()
    {
        var (findings, report) = Written.Of(Sweep(seeds: 1, overfit: true));
        Assert.Contains(findings,
            f => f.StartsWith("Overfitting, which is validation loss that rises while training loss falls",
                StringComparison.Ordinal));
        Assert.Contains("rises by", findings[1], StringComparison.Ordinal);
        Assert.Contains("overfitted", findings[1], StringComparison.Ordinal);
        Assert.Contains("There is one seed", findings[0], StringComparison.Ordinal);
        Assert.Contains("†", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Loss_is_drawn_over_passes_a_line_a_model_and_text()
    {
        using var folder = new TemporaryFolder();
        await ResultsWriter.WriteAsync(Sweep(seeds: 1, overfit: true), folder.Path,
            new ReportOptions { BootstrapDraws = 0 });
        var svg = File.ReadAllText(folder["figures/repetition.svg"]);
        foreach (var label in (string[])["Passes over the unique text", "micro-63k", "micro-90k", "50.0k", "800k"])
            Assert.Contains($">{label}", svg, StringComparison.Ordinal);
        Assert.True(File.ReadAllText(folder["report.md"]).IndexOf("figures/repetition.svg", StringComparison.Ordinal)
            < File.ReadAllText(folder["report.md"]).IndexOf("figures/loss-curves.svg", StringComparison.Ordinal));
    }

    private static IReadOnlyList<RunRow> Rows(int seeds) => SweepTable.From(Sweep(seeds), new ReportOptions()).Runs;

    /// <summary>
    /// Fresh text: 4 less 0.1 a doubling of the tokens, and 0.1 less for the larger model. A text of U tokens gives
    /// nothing beyond 2.1 passes to the larger amounts, or beyond 4.2 to the smallest; overfitted, each doubling beyond
    /// costs 0.3.
    /// </summary>
    internal static SweepResults Sweep(int seeds, bool overfit = false)
    {
        var runs = from width in (int[])[24, 32]
                   from steps in Steps
                   from unique in Texts
                   from seed in Enumerable.Range(1, seeds)
                   select Run(width, steps, unique, seed, overfit);
        return Sweeps.Quickstart() with { Name = "repetition", Question = "How much text?", Runs = [.. runs] };
    }

    private static RunRecord Run(int width, long steps, double unique, int seed, bool overfit)
    {
        var cell =
            Sweeps.Cell(width, null, seed,
                new RecipeChoice("uniqueTokens", unique.ToString("R", CultureInfo.InvariantCulture)));
        var spec =
            cell.Spec with
            { Steps = steps,
                Recipe = cell.Spec.Recipe with { BatchSequences = 16, LearningRateMax = 1e-3 + (1e-9 * unique) } };
        var passes = spec.Tokens / unique;
        var useful = unique <= 5e4 ? 4.2 : 2.1;
        var wasted = Math.Max(0, Math.Round(Math.Log2(passes / useful) + 0.5));
        var loss = 4 + (0.001 * seed) - (width == 32 ? 0.1 : 0) - (0.1 * (Math.Log2(steps / 200.0) - wasted))
            + (overfit ? 0.3 * wasted : 0);
        var run = Sweeps.Completed(cell with { Spec = spec }, loss);
        return run with
        {
            Result = run.Result! with { Epochs = passes },
            Points = overfit && wasted > 0 ? [.. run.Points.Select(p => p with
            {
                // The last third: validation loss comes up to its end from 0.2 below.
                LossValidation = p.LossValidation is null ? null : loss - 0.2 + (0.2 * p.Step / (double)steps),
            })] : run.Points,
        };
    }

    private sealed class Near(double tolerance) : IEqualityComparer<(double, double)>
    {
        public bool Equals((double, double) x, (double, double) y) =>
            Math.Abs(x.Item1 - y.Item1) < tolerance && Math.Abs(x.Item2 - y.Item2) < tolerance;

        public int GetHashCode((double, double) obj) => 0;
    }
}
