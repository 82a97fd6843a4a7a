using ScalingLab.Fitting.Published;
using ScalingLab.Reporting.Tables;
using ScalingLab.Reporting.Tuning;
using ScalingLab.Runs;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Reporting.Tests;

/// <summary>What is written of a tune, from runs whose losses are made of a known law.</summary>
public sealed class TuneWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_tune_is_fitted_told_and_drawn_and_its_rule_holds_the_law()
    {
        var outcome = await WriteAsync(_folder.Path, Runs([]));
        var rate = outcome.Rule!.Laws[RuleFile.LearningRate];
        Assert.InRange(rate.Law.ParametersExponent, -0.55, -0.45);
        Assert.InRange(rate.Law.TokensExponent, 0.1, 0.2);
        Assert.Equal(outcome.Rule.Laws.Keys, [RuleFile.LearningRate, RuleFile.BatchTokens]);
        Assert.Equal([new RecipeChoice("mlp", "swiglu")], outcome.Rule.Recipe);
        foreach (var figure
            in (string[])["tune-laws", "tune-published", "tune-loss-learning-rate", "tune-loss-batch-tokens"])
        {
            Assert.StartsWith("<svg", await File.ReadAllTextAsync(At($"figures/{figure}.svg")),
                StringComparison.Ordinal);
            Assert.Contains($"figures/{figure}.svg", await File.ReadAllTextAsync(At("tune.md")),
                StringComparison.Ordinal);
        }

        var page = await File.ReadAllTextAsync(At("tune.md"));
        foreach (var text
            in (string[])["> best learningRate = ", "Step Law", "a candidate was at the edge", "Held: mlp=swiglu",
                "| interior |"])
            Assert.Contains(text, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_runs_give_the_same_bytes_from_runs_csv_alone_and_another_day_changes_none()
    {
        await WriteAsync(_folder.Path, Runs([]));
        var before = Files();
        await TuneWriter.RewriteAsync(_folder.Path, _folder.Path, Options(2027));
        Assert.Equal(before, Files());

        Dictionary<string, string> Files() =>
            ((string[])["tune.json", "tune.md", "rule.json"]).ToDictionary(f => f, f => File.ReadAllText(At(f)));
    }

    [Fact]
    public async Task Recipes_are_tuned_apart_and_the_better_one_gives_the_rule()
    {
        var outcome =
            await WriteAsync(_folder.Path,
                [.. Runs([new("optimizer", "adamw")], 0.05), .. Runs([new("optimizer", "muon")])]);
        Assert.Equal(["optimizer=muon", "optimizer=adamw"], outcome.Fits.Select(f => f.Name));
        Assert.Contains(new RecipeChoice("optimizer", "muon"), outcome.Rule!.Recipe);
        var page = (await File.ReadAllTextAsync(At("tune.md"))).Replace("\\", "", StringComparison.Ordinal);
        Assert.Contains("optimizer=adamw | 8 |", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_that_vary_nothing_tunable_are_refused()
    {
        var rows = Runs([]).Select(r => RunRow.From("t", r with { Cell = r.Cell with { Varies = [] } }, null)).ToList();
        var refused = Assert.Throws<InputException>(() => RecipeTune.FitAll(rows, "there/runs.csv", Options(2026)));
        Assert.StartsWith("there/runs.csv: varies no number", Assert.Single(refused.Problems).ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_published_laws_drawn_are_those_that_a_grid_can_name()
    {
        var shape = ModelPresets.Find("110m")!.Shape(32_768);
        var count = ParameterCount.For(shape);
        foreach (var (published, rule)
            in new[] { (PublishedOptima.StepLaw, SizeRule.StepLaw), (PublishedOptima.Porian2024, SizeRule.Porian) })
        {
            var n = published.NonEmbedding ? count.NonEmbedding : count.WithHead;
            Assert.Equal(rule.Rate(shape, 3e9, 1e5), published.Rate(n, 3e9), 12);
            Assert.Equal(rule.Batch(shape, 3e9), published.Batch(n, 3e9), 3);
        }
    }

    private string At(string name) => Path.Combine(_folder.Path, name);

    internal static TuneWriteOptions Options(int year) => new() { Bootstrap = 200, Today = new DateOnly(year, 1, 1) };

    private static Task<TuneOutcome> WriteAsync(string folder, IReadOnlyList<RunRecord> runs) => TuneWriter.WriteAsync(
        new TuneResults("tuned", runs, new TuneMetadata
        {
            Question = "Which rate?", Data = Sweeps.Data, Held = [new("mlp", "swiglu")], Parts = [0.5, 1],
                Notes = ["a candidate was at the edge"],
        }),
        folder, Options(2026));

    /// <summary>
    /// Four sizes, two lengths, rates and batches at 1/4 to 4 times a rule; the best rate is 2 N^-0.5 D^0.15, the best
    /// batch 8 D^0.4.
    /// </summary>
    internal static List<RunRecord> Runs(RecipeChoice[] words, double above = 0)
    {
        var runs = new List<RunRecord>();
        foreach (var width in (int[])[24, 32, 48, 64])
        foreach (var tokens in (double[])[2e5, 8e5])
        foreach (var rate in (double[])[0.25, 0.5, 1, 2, 4])
        foreach (var batch in (double[])[0.25, 0.5, 1, 2, 4])
        {
            var cell =
                Sweeps.Cell(width, null, 1, [.. words, Scale("learningRateScale", rate), Scale("batchScale", batch)]);
            var (shape, n) = (cell.Spec.Shape, ParameterCount.For(cell.Spec.Shape).WithHead);
            var recipe = cell.Spec.Recipe with
            {
                BatchSequences = (int)Math.Round(8 * Math.Pow(tokens, 0.4) * batch / shape.Context),
                LearningRateMax = 0.02 * rate * Math.Pow(n / 5e4, -0.4),
            };
            var spec =
                cell.Spec with
                { Recipe = recipe, Steps = (long)Math.Round(tokens / (recipe.BatchSequences * (double)shape.Context)) };
            var ofRate = Math.Log(recipe.LearningRateMax / (2 * Math.Pow(n, -0.5) * Math.Pow(tokens, 0.15)));
            var ofBatch = Math.Log(spec.BatchTokens / (8 * Math.Pow(tokens, 0.4)));
            var floor = 1.5 + (20 / Math.Pow(n, 0.3)) + (30 / Math.Pow(spec.Tokens, 0.3)) + above;
            runs.Add(
                Sweeps.Completed(cell with { Spec = spec }, floor + (0.04 * ofRate * ofRate)
                    + (0.02 * ofBatch * ofBatch)));
        }

        return runs;

        static RecipeChoice Scale(string field, double x) =>
            new(field, x.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
