using System.Text.Json.Nodes;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Figures;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tests;

/// <summary>Reports of sweeps that compare recipes: one size, one length, no law.</summary>
public sealed class RecipeReportTests
{
    [Fact]
    public async Task Recipes_of_one_size_and_length_are_compared_in_place_of_a_law()
    {
        using var folder = new TemporaryFolder();
        var outcome = await ResultsWriter.WriteAsync(Recipes(), folder.Path, Sweeps.Quick with { Figures = false });
        var report = File.ReadAllText(folder["report.md"]).Replace("\\", "", StringComparison.Ordinal);
        foreach (var expected in (string[])[
            "> positions: rotary beats learned (-0.1200 nats/token; 95 %:",
            "| recipe | model | D, tokens | 1 | 2 | 4 |",
            "| positions=rotary, optimizer=adamw | micro-63k |", "3.8150 ± 0.0071 (1 failed)",
            "| `positions` | learned | rotary | **all** | -0.1200 |",
                "| `positions` | learned | rotary | optimizer=lion | -0.1000 |",
            "- positions=learned, optimizer=lion: learning_rate_scale 4 (3 of 3), at the edge of those tried: a better "
                + "one may lie beyond.",
            "- positions=learned, optimizer=adamw: learning_rate_scale 2 (3 of 3).", "The fits raise none."])
            Assert.Contains(expected, report, StringComparison.Ordinal);
        Assert.DoesNotContain("## Fits", report, StringComparison.Ordinal);
        Assert.StartsWith("positions: rotary beats learned", outcome.Headline, StringComparison.Ordinal);
        Assert.Empty(outcome.Warnings);

        var fit = JsonNode.Parse(File.ReadAllText(folder["fit.json"]))!;
        Assert.Empty(fit["variants"]!.AsObject());
        Assert.Equal("learning_rate_scale", (string?)fit["recipes"]!["tuned_field"]);
        var all = fit["recipes"]!["contrasts"]!.AsArray()
            .Single(c => (string?)c!["field"] == "positions" && (string?)c["where"] == "")!;
        Assert.Equal(-0.12, (double)all["difference"]!, 1e-9);
        Assert.Equal(6, (int)all["pairs"]!);
    }

    [Fact]
    public async Task Differences_and_tuning_are_drawn()
    {
        using var folder = new TemporaryFolder();
        await ResultsWriter.WriteAsync(Recipes(), folder.Path, Sweeps.Quick);
        var differences = File.ReadAllText(folder["figures/recipe-differences.svg"]);
        foreach (var label in (string[])["learned → rotary", "adamw → lion", "learned → rotary (optimizer=lion)"])
            Assert.Contains($">{label}</text>", differences, StringComparison.Ordinal);
        var tuning = File.ReadAllText(folder["figures/recipe-tuning.svg"]);
        foreach (var label in (string[])["learning_rate_scale", "learned", "rotary"])
            Assert.Contains($">{label}</text>", tuning, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", differences + tuning, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_do_not_say_of_what_they_are_have_their_field_before_them()
    {
        var runs = SweepTable.From(Recipes(), Sweeps.Quick).Runs.Select(run => run with
        {
            Varies =
                [.. run.Varies.Select(v => v.Field == "positions"
                    ? new RecipeChoice("batch_scale", v.Value == "rotary" ? "2" : "1") : v)],
        }).ToList();
        var differences = RecipeFigures.CreateContrasts(RecipeComparison.Create(runs))!;
        var rows = differences.Panels[0].Y.Ticks.Select(t => t.Label).ToList();
        Assert.Contains("batch_scale 1 → 2", rows);
        Assert.Contains("adamw → lion", rows);
    }

    // Rotary is better by 0.14 with AdamW and by 0.10 with Lion, whatever the seed; Lion likes the largest rate tried,
    // AdamW the middle one.
    internal static SweepResults Recipes()
    {
        double Loss(string positions, string optimizer, string scale, int seed) =>
            4 + (0.01 * seed)
            + (optimizer, scale) switch { (_, "1") => 0, ("adamw", "2") => -0.1, ("adamw", _) => -0.06,
                (_, "2") => 0.02, _ => -0.05 }
            + (positions == "rotary" ? optimizer == "adamw" ? -0.14 : -0.10 : 0);
        var runs = from positions in (string[])["learned", "rotary"]
                   from optimizer in (string[])["adamw", "lion"]
                   from scale in (string[])["1", "2", "4"]
                   from seed in Enumerable.Range(1, 3)
                   let cell =
                   Sweeps.Cell(24, null, seed, new RecipeChoice("positions", positions),
                       new RecipeChoice("optimizer", optimizer),
                       new RecipeChoice("learningRateScale", scale))
                   let name =
                   cell with
                   { Spec =
                       cell.Spec with
                       { Recipe = cell.Spec.Recipe with { LearningRateMax = Name(positions, optimizer, scale) } } }
                   let run = Sweeps.Completed(name, Loss(positions, optimizer, scale, seed))
                   select (positions, optimizer, scale, seed) == ("rotary", "adamw", "4", 3)
                       ? Sweeps.Ended(run, RunState.Failed, FailureKind.Diverged) : run;
        return Sweeps.Quickstart() with { Name = "recipes", Runs = [.. runs] };
    }

    // A rate of its own gives each recipe's runs their own names.
    private static double Name(string positions, string optimizer, string scale) =>
        1e-3 * (1 + (positions == "rotary" ? 1 : 0) + (optimizer == "lion" ? 2 : 0)
            + (4 * "124".IndexOf(scale, StringComparison.Ordinal)));
}
