using System.Text.Json.Nodes;
using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Rendering;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tests;

public sealed class ReportTests
{
    private static readonly ReportOptions NoFigures = Sweeps.Quick with { Figures = false };

    [Fact]
    public async Task The_report_states_question_grid_counts_fits_costs_data_and_how_to_redo_it()
    {
        using var folder = new TemporaryFolder();
        var outcome = await ResultsWriter.WriteAsync(Sweeps.Quickstart(), folder.Path, NoFigures);
        var report = File.ReadAllText(folder["report.md"]);
        foreach (var expected in (string[])[
            "# quickstart: scaling report", "Where is the optimum?", "> 10x the compute means",
                "38 runs (38 completed): 8 models, 4 compute budgets, seeds 1, 2",
            "| micro-63k | 2 × 24 | 38.5k | **3.6920 / 3.7070** | 3.4250 / 3.4470 | 3.2110 / 3.2210 | – |",
                "`parameters_with_head`. The fits use this N.",
            "| 10¹¹ | interior | 9 | 5 |", "Nothing: 38 runs, all completed, all used as observations.",
                "AMD EPYC (1 thread), 38 runs",
                "3.14M unique tokens of training text",
            "./lab run experiments/quickstart/grid.json", "./lab report results/quickstart", "\"seeds\": ["])
            Assert.Contains(expected, report.Replace("\\", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.StartsWith("10x the compute means", outcome.Headline, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Energy_its_carbon_waits_and_flagged_spikes_are_told_where_they_were_measured_and_only_there()
    {
        using var folder = new TemporaryFolder();
        var index = 0;
        var results = Sweeps.Quickstart(r => index++ switch
        {
            0 => r with { Result = r.Result! with
            {
                EnergyJoules = 3.6e6, EnergySource = EnergySource.Rapl,
                    GridIntensity = new GridIntensity("Kenya 2023", 96), DataWaitShare = 0.25,
                LossSpikes = 3, FirstSpikeStep = 120,
            } },
            1 => r with
                { Result =
                    r.Result! with
                    { EnergyJoules = 1.8e6, EnergySource = EnergySource.Rapl, DataWaitShare = 0.05, LossSpikes = 0 } },
            _ => r,
        });
        await ResultsWriter.WriteAsync(results, folder.Path, NoFigures);
        var report = File.ReadAllText(folder["report.md"]).Replace("\\", "", StringComparison.Ordinal);
        var first = results.Runs[0].Cell.Spec.Id.Value;
        foreach (var expected in (string[])[
            "| energy | 2 of 38 runs, those that measured it (rapl) | 1.50 kWh |",
                "| CO2-equivalent | 1 run at 96.0 g/kWh (Kenya 2023) | 96.0 g |",
            $"took 15 % of the training time in the median run, 25 % at most (`{first}`).",
            $"Loss spikes in 1 of 2 runs that were watched; they are kept as observations: `{first}` (",
                "first at step 120."])
            Assert.Contains(expected, report, StringComparison.Ordinal);

        await ResultsWriter.WriteAsync(Sweeps.Quickstart(), folder.Path, NoFigures);
        report = File.ReadAllText(folder["report.md"]);
        foreach (var absent in (string[])["kWh", "CO2", "Loss spikes", "Reading batches", "| money |", "estimated"])
            Assert.DoesNotContain(absent, report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_that_did_not_complete_are_no_observations_and_are_named_with_the_reason()
    {
        using var folder = new TemporaryFolder();
        var index = 0;
        var results = Sweeps.Quickstart(r => index++ switch
        {
            0 => Sweeps.Ended(r, RunState.Failed, FailureKind.Diverged),
            1 => Sweeps.Ended(r, RunState.Quarantined, FailureKind.OutOfMemory) with { Attempts = 3 },
            2 => Sweeps.Ended(r, RunState.Cancelled),
            _ => r,
        });
        await ResultsWriter.WriteAsync(results, folder.Path, NoFigures);
        var fit = JsonNode.Parse(File.ReadAllText(folder["fit.json"]))!;
        Assert.Equal(38, (int)fit["sweep"]!["runs"]!);
        Assert.Equal(35, (int)fit["sweep"]!["observations"]!);
        Assert.Equal(35, (int)fit["input"]!["points"]!);
        Assert.Equal(
            [(1, "failed: diverged, the loss became NaN or infinite"),
                (2, "set aside after 3 attempts: out of memory"), (3, "cancelled")],
            fit["sweep"]!["excluded"]!.AsArray().Select(e => ((int)e!["row"]!, (string)e["reason"]!)));
        Assert.Contains("3 of 38 runs are no observations of the fits", File.ReadAllText(folder["report.md"]),
            StringComparison.Ordinal);
        Assert.Equal(4, (int)fit["parametric"]!["residuals"]![0]!["row"]!);
    }

    [Fact]
    public void Seeds_of_one_cell_are_separate_observations_with_the_head_counted_in_N()
    {
        var rows = Sweeps.Quickstart().Runs.Select(r => RunRow.From("quickstart", r)).ToList();
        var fit = Assert.Single(SweepFits.Fit(rows, [], new FitOptions { Bootstrap = 0 }).Variants).Fit;
        Assert.Equal([9, 10, 10, 9], fit.Isoflop!.Minima.Select(m => m.Points));
        Assert.Equal(rows.Min(r => r.ParametersWithHead), fit.Input.ParametersRange!.Low);
        Assert.All(fit.Isoflop!.Minima, m => Assert.Equal(MinimumStatus.Interior, m.Status));
    }

    [Fact]
    public async Task Recipes_are_fitted_apart()
    {
        using var folder = new TemporaryFolder();
        var whole = Sweeps.Quickstart();
        var runs = whole.Runs.Select((r, i) => r with { Cell = r.Cell with { Varies = [Head(i % 2 == 0)] } }).ToList();
        await ResultsWriter.WriteAsync(whole with { Runs = runs }, folder.Path, NoFigures);
        var variants = JsonNode.Parse(File.ReadAllText(folder["fit.json"]))!["variants"]!.AsObject();
        Assert.Equal(["head_kind=tied", "head_kind=untied"], variants.Select(v => v.Key));
        Assert.All(variants, v => Assert.Equal(19, (int)v.Value!["input"]!["points"]!));
        Assert.Null(JsonNode.Parse(File.ReadAllText(folder["fit.json"]))!["parametric"]);
    }

    [Fact]
    public async Task Every_law_and_what_it_hangs_on_stands_in_the_report()
    {
        using var folder = new TemporaryFolder();
        await ResultsWriter.WriteAsync(Sweeps.Quickstart(), folder.Path, NoFigures);
        var report = File.ReadAllText(folder["report.md"]);
        string[] sections =
            ["Exponents by approach", "IsoFLOP minima", "Frontier", "Parametric law", "How far the law can be trusted",
            "Envelope of training curves", "Laws of one variable", "Over-training", "Repeated data"];
        Assert.All(sections, section => Assert.Contains($"\n### {section}\n", report, StringComparison.Ordinal));
        var fit = JsonNode.Parse(File.ReadAllText(folder["fit.json"]))!;
        Assert.Equal("training-curves", (string)fit["envelope"]!["kind"]!);
        Assert.Equal(38, (int)fit["data_constrained"]!["points"]!);
        Assert.Equal(4, fit["judgement"]!["budget_folds"]!["folds"]!.AsArray().Count);
    }

    private static RecipeChoice Head(bool tied) => new("headKind", tied ? "tied" : "untied");

    [Fact]
    public async Task A_law_that_is_not_identified_is_said_not_to_be_quoted()
    {
        using var folder = new TemporaryFolder();
        var whole = Sweeps.Quickstart();
        var few = whole with { Runs = [.. whole.Runs.Where(r => r.Cell.BudgetFlops == 1e11)] };
        await ResultsWriter.WriteAsync(few, folder.Path, NoFigures);
        var status = (string)JsonNode.Parse(File.ReadAllText(folder["fit.json"]))!["parametric"]!["status"]!;
        Assert.NotEqual("converged", status);
        var report = File.ReadAllText(folder["report.md"]);
        Assert.Contains($"Status: **{status}**", report, StringComparison.Ordinal);
        Assert.Contains("What 10x the compute should buy is not known", report, StringComparison.Ordinal);
        Assert.Contains("No fit is sure enough for a table of compute-optimal models.", report,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_results_folder_without_fit_json_is_refitted_from_its_tables_alone()
    {
        using var folder = new TemporaryFolder();
        var first = await ResultsWriter.WriteAsync(Sweeps.Quickstart(), folder.Path, NoFigures);
        File.Delete(folder["fit.json"]);
        var second = await ResultsWriter.RewriteAsync(folder.Path, NoFigures);
        Assert.Equal(first.Headline, second.Headline);
        Assert.Contains("The grid states no question.", File.ReadAllText(folder["report.md"]),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_stands_twice_in_the_tables_counts_once_and_that_is_said()
    {
        using var folder = new TemporaryFolder();
        var first = await ResultsWriter.WriteAsync(Sweeps.Quickstart(), folder.Path, NoFigures);
        var (runs, curves) = (File.ReadAllLines(folder["runs.csv"]), File.ReadAllLines(folder["curves.csv"]));
        File.WriteAllLines(folder["runs.csv"], [.. runs, .. runs.Skip(1)]);
        File.WriteAllLines(folder["curves.csv"], [.. curves, .. curves.Skip(1)]);
        var second = await ResultsWriter.RewriteAsync(folder.Path, NoFigures);
        Assert.Equal(first.Headline, second.Headline);
        Assert.StartsWith($"{runs.Length - 1} of {2 * (runs.Length - 1)} rows of runs.csv name a run that",
            second.Warnings[0], StringComparison.Ordinal);
        Assert.Equal(first.Warnings, second.Warnings.Skip(1));
        Assert.Equal(runs, File.ReadAllLines(folder["runs.csv"]));
        Assert.Equal(curves, File.ReadAllLines(folder["curves.csv"]));
    }

    [Fact]
    public async Task A_folder_without_tables_or_with_a_damaged_fit_json_is_bad_input()
    {
        using var folder = new TemporaryFolder();
        await Assert.ThrowsAsync<InputException>(() => ResultsWriter.RewriteAsync(folder.Path, NoFigures));
        await ResultsWriter.WriteAsync(Sweeps.Quickstart(), folder.Path, NoFigures);
        File.WriteAllText(folder["fit.json"], "{ \"sweep\": 3 }");
        var e = await Assert.ThrowsAsync<InputException>(() => ResultsWriter.RewriteAsync(folder.Path, NoFigures));
        Assert.Contains("remove it", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Markdown_keeps_a_users_words_as_they_are()
    {
        var text = MarkdownWriter.Write([new Paragraph("*a* <b> [c](d) `e` | f"), new Table(["x"], [["1 | 2"]])]);
        Assert.Equal("\\*a\\* \\<b\\> \\[c\\](d) \\`e\\` \\| f\n\n| x |\n| --- |\n| 1 \\| 2 |\n", text);
    }

    [Theory]
    [InlineData(1e11, "10¹¹")]
    [InlineData(2.5e11, "2.5×10¹¹")]
    [InlineData(9.9999e11, "10¹²")]
    [InlineData(0.00123, "1.23×10⁻³")]
    public void Large_numbers_read_as_powers_of_ten(double value, string text) =>
        Assert.Equal(text, Numbers.Scientific(value));

    [Theory]
    [InlineData(950, "950")]
    [InlineData(15804, "15.8k")]
    [InlineData(999_600, "1.00M")]
    [InlineData(3.14e6, "3.14M")]
    public void Counts_read_with_three_digits(double value, string text) => Assert.Equal(text, Numbers.Count(value));
}
