using System.Text.Json.Nodes;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Options;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Comparisons;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tests;

/// <summary>Two sweeps in one document.</summary>
public sealed class CompareTests
{
    private static readonly ReportOptions Quick = Sweeps.Quick with { BootstrapDraws = 20 };

    [Fact]
    public async Task Losses_are_paired_exponents_set_beside_one_another_and_grids_told_apart()
    {
        using var folder = new TemporaryFolder();
        var whole = Sweeps.Quickstart();
        await WriteAsync(whole with
            { GridJson = """{ "name": "a", "seeds": [1, 2], "lengths": [{ "flops": 1e11 }] }""" }, folder["a"]);
        var noise = new Random(1);
        var better =
            whole.Runs.Select((r, i) => i < 2 ? r
                : Other(r, r.Result!.LossValidation - 0.05 + (0.002 * (noise.NextDouble() - 0.5)))).ToList();
        await WriteAsync(
            whole with
            {
                Name = "long-warmup", Runs = better,
                GridJson =
                    """{ "name": "b", "lengths": [{ "flops": 100000000000.0 }], "seeds": [1, 2], "recipe": { "warmup": 0.3 } }""",
            }, folder["b"]);
        var outcome =
            await SweepCompare.WriteAsync(folder["a"], folder["b"], folder["both"], "./lab report --compare a b",
                Quick);
        Assert.Matches(
            @"^Losses: long-warmup is better than quickstart: -0\.0(49|50)\d nats/token \(95 %: -0\.05\d\d to -0\.0(49|50)\d\) over 36 pairs\."
            + @" 2 runs are in both sweeps, and in no pair\.\n",
            outcome.Headline);
        Assert.Contains("Exponent a of N_opt ∝ C^a, IsoFLOP minima: ", outcome.Headline, StringComparison.Ordinal);
        Assert.Contains("; not told apart (difference ", outcome.Headline, StringComparison.Ordinal);
        var report = File.ReadAllText(folder["both/report.md"]).Replace("\\", "", StringComparison.Ordinal);
        Assert.Contains(
            "| field | quickstart | long-warmup |\n| --- | --- | --- |\n| `recipe.warmup` | not given | `0.3` |\n\n",
            report, StringComparison.Ordinal);
        Assert.Contains("Of 36 pairs of runs 36 differ in learning rate.", report, StringComparison.Ordinal);
        Assert.Contains("2 runs in both sweeps make the exponents move together, which these intervals do not count",
            report, StringComparison.Ordinal);
        Assert.Contains("| IsoFLOP minima | a | ", report, StringComparison.Ordinal);
        foreach (var file
            in (string[])["figures/frontiers.svg", "figures/loss-curves.svg", "tables/losses.tex", "report.html"])
            Assert.True(File.Exists(folder[$"both/{file}"]), file);
    }

    [Fact]
    public async Task Of_other_texts_tokenizers_or_held_out_parts_exponents_are_compared_and_losses_are_not()
    {
        using var folder = new TemporaryFolder();
        var whole = Sweeps.Quickstart();
        await WriteAsync(whole, folder["a"]);
        foreach (var (data, words) in new (DataSummary, string)[]
        {
            (Sweeps.Data with { CorpusHash = new string('c', 64) }, "other on dotnet-docs (SHA-256 cccccccccccc)"),
            (Sweeps.Data with { TokenizerHash = new string('c', 64) }, "other has cccccccccccc ("),
            (Sweeps.Data with { ValidationTokens = 1 }, "quickstart holds out 170000 tokens, other 1"),
        })
        {
            await WriteAsync(whole with
                { Name = "other", Data = data,
                    Runs = [.. whole.Runs.Select(r => Other(r, r.Result!.LossValidation))] }, folder["b"]);
            var outcome = await SweepCompare.WriteAsync(folder["a"], folder["b"], folder["c"], "", Quick);
            var lines = outcome.Headline.Split('\n');
            Assert.StartsWith("Losses: not comparable, since ", lines[0], StringComparison.Ordinal);
            Assert.EndsWith(". Exponents are.", lines[0], StringComparison.Ordinal);
            Assert.Contains(words, lines[0], StringComparison.Ordinal);
            Assert.StartsWith("Exponent a of N_opt ∝ C^a, IsoFLOP minima: ", lines[1], StringComparison.Ordinal);
            Assert.Contains("figures/frontiers.svg", outcome.Files);
            Assert.DoesNotContain("figures/loss-curves.svg", outcome.Files);
            var report = File.ReadAllText(folder["c/report.md"]);
            Assert.Contains("\n## Losses\n\nNot comparable: ", report, StringComparison.Ordinal);
            Assert.DoesNotContain("### Pair by pair", report, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Two_sweeps_with_neither_a_pair_nor_a_law_are_refused_with_what_they_are_made_of()
    {
        using var folder = new TemporaryFolder();
        var one = Sweeps.Quickstart() with { Runs = [.. Sweeps.Quickstart().Runs.Take(2)] };
        await WriteAsync(one, folder["a"]);
        var others = one.Runs.Select(r => Other(r, r.Result!.LossValidation)).ToList();
        await WriteAsync(one with
            { Name = "other", Runs = others, Data = Sweeps.Data with { CorpusHash = new string('c', 64) } },
            folder["b"]);
        await WriteAsync(one with { Runs = [Sweeps.Completed(Sweeps.Cell(96, 6e11, 1), 3)] }, folder["d"]);
        foreach (var (other, words) in new[]
        {
            ("b", "nothing can be compared: the losses are not (quickstart is on dotnet-docs"),
            ("d", "nothing can be compared: no two completed runs share shape, length and recipe, and no law is sure in both. "),
        })
        {
            var nothing =
                await Assert.ThrowsAsync<InputException>(() =>
                    SweepCompare.WriteAsync(folder["a"], folder[other], folder["c"], "", Quick));
            Assert.Contains(words, nothing.Message, StringComparison.Ordinal);
            Assert.False(Directory.Exists(folder["c"]));
        }
    }

    [Fact]
    public void Runs_pair_by_shape_length_seed_and_shared_fields_and_the_fields_of_one_sweep_alone_tell_recipes()
    {
        RunRow Row(int seed, double loss, params RecipeChoice[] varies) =>
            RunRow.From("x", Other(Sweeps.Completed(Sweeps.Cell(24, 1e11, seed, varies), loss), loss)) with
            { RunId = $"{loss}" };
        RecipeChoice Positions(string value) => new("positions", value);
        var a = new[]
            { Row(1, 3.1, Positions("rotary")), Row(2, 3.3, Positions("rotary")), Row(1, 3.2, Positions("learned")) };
        var b = new[] { Row(1, 3.0), Row(2, 3.0), Row(3, 3.0) }.Select((r, i) => r with { RunId = $"b{i}" }).ToList();
        var pairing = RunPairing.Create(a, b);
        Assert.False(pairing.IsOverSeeds);
        Assert.Equal(
            [("positions=rotary", 2, -0.2), ("positions=learned", 1, -0.2)],
            pairing.Recipes.Select(r => (r.OfA, r.Pairs.Count, Math.Round(r.Difference.Mean, 6))));
        // Both vary it: it is a part of the cell. Tokens that differ by rounding are one length, others are not.
        RunRow[] c =
        [
            a[0] with { RunId = "c0", Tokens = a[0].Tokens + (a[0].Tokens / 80), BudgetFlops = null },
            a[2] with { RunId = "c1", Tokens = 2 * a[2].Tokens, BudgetFlops = null },
        ];
        Assert.Equal("3.1", Assert.Single(Assert.Single(RunPairing.Create(a, c).Recipes).Pairs).A.RunId);
        // No seed in both: means.
        var means = RunPairing.Create(a[..2], [b[0] with { Seed = 7, LossValidation = 3.1 }]);
        Assert.True(means.IsOverSeeds);
        Assert.Equal(-0.1, Assert.Single(means.Recipes).Difference.Mean, 6);
        Assert.Equal((0, 3), (RunPairing.Create(a, a).Recipes.Count, RunPairing.Create(a, a).SameRuns));
    }

    [Fact]
    public void Exponents_are_told_apart_where_the_interval_of_their_difference_leaves_zero_out()
    {
        var pair = new ExponentPair("", "x", "a", 0.40, new Interval(0.37, 0.44), 0.55, new Interval(0.50, 0.57));
        // 0.15 - sqrt(0.05^2 + 0.04^2), 0.15 + sqrt(0.02^2 + 0.03^2)
        Assert.Equal(0.085969, pair.Interval95!.Low, 6);
        Assert.Equal(0.186056, pair.Interval95.High, 6);
        Assert.True(pair.ExcludesZero);
        Assert.False((pair with { B = 0.43, IntervalB = new Interval(0.40, 0.46) }).ExcludesZero);
        Assert.Null((pair with { IntervalB = null }).ExcludesZero);
    }

    [Fact]
    public void Grids_differ_by_value_and_not_by_how_it_is_written()
    {
        var a = JsonNode.Parse(
            """{ "name": "a", "models": ["23m"], "lengths": [{ "flops": 1e16 }], "recipe": { "warmup": 0.1, "mlp": "gelu" } }""");
        var b = JsonNode.Parse(
            """{ "name": "b", "lengths": [{ "flops": 10000000000000000 }], "recipe": { "mlp": "gelu", "warmup": 0.2 } }""");
        Assert.Equal([("models", "[\"23m\"]", ""), ("recipe.warmup", "0.1", "0.2")], GridDifference.Compare(a, b));
    }

    // The same run of another recipe: another name, another rate.
    private static RunRecord Other(RunRecord run, double loss) => run with
    {
        Cell = run.Cell with
        {
            Spec = run.Cell.Spec with
                { Recipe = run.Cell.Spec.Recipe with { LearningRateMax = 0.9 * run.Cell.Spec.Recipe.LearningRateMax } },
        },
        Result = run.Result! with { LossValidation = loss },
    };

    // Tables and what the sweep is about; nobody reads its fits.
    private static async Task WriteAsync(SweepResults results, string folder)
    {
        Directory.CreateDirectory(folder);
        var table = SweepTable.From(results, Quick);
        await RunsCsv.WriteAsync(Path.Combine(folder, "runs.csv"), table.Runs);
        await CurvesCsv.WriteAsync(Path.Combine(folder, "curves.csv"), table.Curves);
        var about =
            FitFile.Write(table, SweepFits.Fit([], [], new FitOptions { Bootstrap = 0 }), RecipeComparison.Create([]),
                RepetitionStudy.Create([]));
        await File.WriteAllTextAsync(Path.Combine(folder, "fit.json"), about);
    }
}
