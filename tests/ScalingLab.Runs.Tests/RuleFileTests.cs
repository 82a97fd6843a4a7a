using System.Text.Json;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Runs.Tests;

/// <summary>
/// Size rules in files: read for every problem, written without loss, and resolved by grids that name them.
/// </summary>
public sealed class RuleFileTests : IDisposable
{
    private static readonly DataIdentity Data = new("dotnet-docs", "c0", "t0");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_grid_takes_learning_rate_and_batch_from_the_rule_file_beside_it()
    {
        _folder.Write("rules/mine.json", """
            { "name": "mine", "laws": {
                "learningRate": { "coefficient": 0.5, "parameters": -0.4, "tokens": 0.1 },
                "batchTokens": { "coefficient": 0.2, "parameters": 0.05, "tokens": 0.6 } } }
            """);
        foreach (var cell in Expand(""" "recipe": { "sizeRule": "rules/mine.json" } """))
        {
            var (n, d) = (ParameterCount.For(cell.Spec.Shape).WithHead, 1e6);
            Assert.Equal(0.5 * Math.Pow(n, -0.4) * Math.Pow(d, 0.1), cell.Spec.Recipe.LearningRateMax, 12);
            Assert.Equal(Math.Round(0.2 * Math.Pow(n, 0.05) * Math.Pow(d, 0.6) / 64), cell.Spec.Recipe.BatchSequences);
        }
    }

    [Fact]
    public void What_a_rule_file_has_no_law_for_its_base_decides_and_what_the_grid_gives_the_grid()
    {
        _folder.Write("rule.json", """
            { "name": "r", "relativeTo": "porian", "counts": "non-embedding", "laws": {
                "learningRate": { "coefficient": 2, "parameters": -0.5, "tokens": 0, "followsBatch": 0.5 },
                "weightDecayTimescale": { "coefficient": 0.3, "parameters": 0, "tokens": 0 }, "beta2": { "coefficient": 0.97, "parameters": 0, "tokens": 0 } } }
            """);
        var ruled = Expand(""" "recipe": { "sizeRule": "rule.json" } """)[0].Spec;
        Assert.Equal(SizeRule.Porian.BatchSequences(ruled.Shape, 1e6), ruled.Recipe.BatchSequences);
        var best = SizeRule.Porian.Batch(ruled.Shape, 1e6);
        var rate = 2 * Math.Pow(ParameterCount.For(ruled.Shape).NonEmbedding, -0.5);
        Assert.Equal(rate * Math.Sqrt(ruled.BatchTokens / best), ruled.Recipe.LearningRateMax, 12);
        Assert.Equal(1 / (0.3 * ruled.Recipe.LearningRateMax * ruled.Steps), ruled.Recipe.WeightDecay, 12);
        Assert.Equal(0.97, ruled.Recipe.Beta2, 12);

        var given =
            Expand(""" "recipe": { "sizeRule": "rule.json", "batchTokens": 4096, "weightDecay": 0.05, "beta2": 0.9, "optimizer": "muon" } """)[0].Spec;
        Assert.Equal(4096, given.BatchTokens);
        Assert.Equal((0.05, 0.9), (given.Recipe.WeightDecay, given.Recipe.Beta2));
        Assert.Equal(rate * Math.Sqrt(4096 / best) * OptimizerDefaults.For(OptimizerKind.Muon).LearningRateScale,
            given.Recipe.LearningRateMax, 12);
    }

    [Fact]
    public void A_rule_tuned_with_an_optimizer_gives_that_optimizer_the_rate_that_was_measured()
    {
        _folder.Write("rule.json", """
            { "name": "r", "recipe": { "optimizer": "muon" }, "laws": { "learningRate": { "coefficient": 0.01, "parameters": 0, "tokens": 0 } } }
            """);
        Assert.Equal(0.01,
            Expand(""" "recipe": { "sizeRule": "rule.json", "optimizer": "muon" } """)[0].Spec.Recipe.LearningRateMax,
            12);
        var ofAdamw = Expand(""" "recipe": { "sizeRule": "rule.json" } """)[0].Spec.Recipe.LearningRateMax;
        Assert.Equal(0.01 / OptimizerDefaults.For(OptimizerKind.Muon).LearningRateScale, ofAdamw, 12);
    }

    [Fact]
    public void A_written_rule_read_back_gives_the_same_numbers()
    {
        var law = new RuleFileLaw(new RuleLaw(0.1 + 0.2, -1 / 3.0, Math.PI / 20))
        {
            ParametersInterval95 = (-0.4, -0.2), TokensInterval95 = (0.1, 0.2),
                Covariance = [[1e-3, 2e-5, -3e-7], [2e-5, 1 / 7.0, 0], [-3e-7, 0, 1e-9]],
            Freedom = 13, Scatter = 0.11, LeaveOneOut = 0.12, FollowsBatch = 0.41,
        };
        var rule = new RuleFile
        {
            Name = "mine", RelativeTo = "step-law", Date = "2026-11-28", Data = "dotnet-docs", Runs = 800, Cells = 16,
                Residual = 0.003,
            Recipe =
                [new RecipeChoice("optimizer", "lion"), new RecipeChoice("beta2", "0.97"),
                    new RecipeChoice("qkNorm", "true")],
            Region = new RuleRegion(3e4, 5e5, 2e5, 1.6e6),
            Laws = new Dictionary<string, RuleFileLaw>
                { ["learningRate"] = law, ["batchTokens"] = law with { FollowsBatch = null } },
        };
        var read = RuleFile.Read(_folder.Write("rule.json", rule.ToJson()));
        Assert.Equal(64, read.Hash.Length);
        Assert.Equal(rule.ToJson(), read.ToJson());
        Assert.Equal(law.Law, read.Laws["learningRate"].Law);
        Assert.Equal(law.Covariance, read.Laws["learningRate"].Covariance);
        Assert.Equal(rule.Recipe, read.Recipe);
        var shape = ModelPresets.Find("micro-63k")!.Shape(1024);
        Assert.Equal(rule.ToRule().Rate(shape, 1e6, 2048), read.ToRule().Rate(shape, 1e6, 2048));
        Assert.Equal(rule.Region, read.ToRule().Region);
        foreach (var counts in Enum.GetValues<ParameterConvention>())
        {
            // Its region is in the N that it counts, and a weight forgets over half the run at its own rates.
            var one = (rule with { Counts = counts, RelativeTo = "auto" }).ToRule();
            var count = ParameterCount.For(shape);
            Assert.Equal(counts == ParameterConvention.NonEmbedding ? count.NonEmbedding : count.WithHead,
                one.Parameters(shape));
            Assert.Equal(0.5, 1 / (0.1 * one.DecayScale(1e6, 2048, 0.03) * 0.03 * (1e6 / 2048)), 1e-9);
        }
    }

    [Fact]
    public void Every_problem_of_a_rule_file_is_listed_with_its_place()
    {
        _folder.Write("bad.json", """
            { "nam": "x", "relativeTo": "aut", "counts": "all", "date": "yesterday", "runs": 0, "recipe": { "optimizer": "adam" },
              "region": { "parameters": [5, 1], "tokens": [1] },
              "laws": { "learningRate": { "coefficient": -1, "parameters": "x" }, "rate": {},
                "batchTokens": { "coefficient": 1, "parameters": 0, "tokens": 0, "followsBatch": 1, "covariance": [[1, 2], [3]] } } }
            """);
        string[] places =
        [
            "bad.json nam:", "bad.json name:", "bad.json relativeTo:", "bad.json counts:", "bad.json date:",
                "bad.json runs:", "bad.json recipe.optimizer:",
            "bad.json region.parameters:", "bad.json region.tokens:", "bad.json laws.learningRate:",
                "bad.json laws.learningRate.coefficient:",
            "bad.json laws.learningRate.parameters:", "bad.json laws.rate:", "bad.json laws.batchTokens.followsBatch:",
                "bad.json laws.batchTokens.covariance:",
        ];
        var problems = ProblemsOf(() => RuleFile.Read(_folder["bad.json"], "bad.json"));
        Assert.Equal(
            places.Order(StringComparer.Ordinal),
            problems.Select(p => p[..(p.IndexOf(": ", StringComparison.Ordinal) + 1)]).Order(StringComparer.Ordinal));

        var grid =
            ProblemsOf(() => Expand(""" "recipe": { "sizeRule": ["bad.json", "none.json", "auto", "atuo"] } """));
        Assert.Equal(places.Length,
            grid.Count(p => p.StartsWith("recipe.sizeRule, bad.json ", StringComparison.Ordinal)));
        Assert.Contains(grid,
            p => p.StartsWith("recipe.sizeRule: no rule file 'none.json' (looked for ", StringComparison.Ordinal));
        Assert.Contains(grid,
            p => p.StartsWith("recipe.sizeRule[3]: 'atuo' is not known (did you mean 'auto'?)",
                StringComparison.Ordinal));
    }

    [Fact]
    public void Text_that_is_no_JSON_and_a_law_outside_a_fields_range_are_said()
    {
        _folder.Write("torn.json", "{ \"name\": \"x\",\n \"laws\" }");
        var torn = ProblemsOf(() => RuleFile.Read(_folder["torn.json"], "torn.json"));
        Assert.StartsWith("torn.json, line 2, column ", torn.Single(), StringComparison.Ordinal);

        _folder.Write("far.json",
            """{ "name": "far", "laws": { "beta2": { "coefficient": 1e-3, "parameters": 0, "tokens": 0.6 } } }""");
        var far = ProblemsOf(() => Expand(""" "recipe": { "sizeRule": "far.json" } """));
        Assert.StartsWith("recipe.sizeRule: the rule far gives micro-63k a beta2 that is ", far[0],
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_grid_tells_which_rule_files_it_used_and_their_hashes()
    {
        _folder.Write("a.json",
            """{ "name": "first", "laws": { "learningRate": { "coefficient": 0.01, "parameters": 0, "tokens": 0 } } }""");
        var mark = Assert.Single(Read(""" "recipe": { "sizeRule": ["auto", "a.json"] } """).RuleMarks);
        Assert.Equal(("first", "a.json", RuleFile.Read(_folder["a.json"]).Hash), (mark.Name, mark.File, mark.Hash));
        var sweep = Expand(""" "recipe": { "sizeRule": ["auto", "a.json"] } """);
        Assert.Equal(["auto", "a.json"], sweep.Select(c => c.Varies.Single().Value).Distinct());
    }

    [Fact]
    public void The_schema_knows_the_fields_of_a_rule_file_and_of_a_law()
    {
        using var schema =
            JsonDocument.Parse(File.ReadAllText(Path.Combine(GridSchemaTests.Experiments, "rule.schema.json")));
        var properties = schema.RootElement.GetProperty("properties");
        Assert.Equal(Known("""{ "?????????????": 0 }"""), Names(properties));
        Assert.Equal(Known("""{ "laws": { "?????????????": 0 } }"""),
            Names(properties.GetProperty("laws").GetProperty("properties")));
        var law = schema.RootElement.GetProperty("$defs").GetProperty("law").GetProperty("properties");
        Assert.Equal(Known("""{ "laws": { "beta2": { "?????????????": 0 } } }"""), Names(law));

        IEnumerable<string> Known(string json)
        {
            var problem = ProblemsOf(() => RuleFile.Read(_folder.Write("r.json", json)))
                .Single(p => p.Contains("'?????????????'", StringComparison.Ordinal));
            return problem[(problem.IndexOf("(known: ", StringComparison.Ordinal) + 8)..^1].Split(", ")
                .Order(StringComparer.Ordinal);
        }

        static IEnumerable<string> Names(JsonElement properties) =>
            properties.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal);
    }

    private Grid Read(string recipe) => GridFile.Parse(
        "{ \"name\": \"a\", \"models\": [\"micro-63k\", \"micro-154k\"], \"lengths\": [{ \"tokens\": 1e6 }], " + recipe
        + "}", "grid.json", _folder.Path);

    private IReadOnlyList<SweepCell> Expand(string recipe) => GridExpansion.Expand(Read(recipe), Data, 1024).Cells;

    private static IReadOnlyList<string> ProblemsOf(Action read) =>
        [.. Assert.Throws<InputException>(read).Problems.Select(p => p.ToString())];
}
