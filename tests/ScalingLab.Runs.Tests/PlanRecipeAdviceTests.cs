using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Planning;

namespace ScalingLab.Runs.Tests;

/// <summary>What a plan says before the time is spent.</summary>
public sealed class PlanRecipeAdviceTests
{
    [Fact]
    public void Runs_of_fewer_than_400_steps_are_named_with_their_steps_and_with_what_to_do()
    {
        var said = Assert.Single(Warnings("""
            { "name": "a", "models": ["micro-63k", "micro-90k"], "lengths": [{ "tokens": 3e5 }, { "tokens": 1e6 }], "recipe": { "batchTokens": 1024 } }
            """), w => w.Contains("fewer", StringComparison.Ordinal));
        Assert.StartsWith(
            "2 of 4 rows have fewer than 400 steps: micro-63k at 300k tokens (293 steps); micro-90k at 300k tokens "
                + "(293 steps). ", said,
            StringComparison.Ordinal);
        Assert.Contains("smaller batchTokens or batchScale, or more tokens", said, StringComparison.Ordinal);
    }

    [Fact]
    public void The_rule_that_is_used_unless_told_otherwise_gives_no_cause_for_warning_where_it_was_measured() =>
        Assert.Empty(Warnings("""
        { "name": "a", "models": ["micro-28k", "micro-528k", "micro-5m", "23m", "110m"], "lengths": [{ "tokens": 1e6 }, { "tokens": 5e7 }, { "tokens": 1e9 }] }
        """));

    [Fact]
    public void The_case_of_a_rule_that_does_not_know_the_tokens_is_told_on_every_count()
    {
        var warnings = Warnings("""
            { "name": "a", "models": ["23m", "55m"], "lengths": [{ "flops": 1e16 }], "recipe": { "sizeRule": "porian" } }
            """, 32_768);
        Assert.Contains(warnings,
            w => w.Contains("1 of 2 rows has fewer than 400 steps: 55m at 1e16 FLOPs (1", StringComparison.Ordinal));
        Assert.Contains(warnings, w => w.StartsWith("2 of 2 rows have learning rate and batch from size rule porian "
            + "where it was not measured "
            + "(5M to 900M parameters, 100M to 20B tokens): 23m at 1e16 FLOPs (23.2M, 5", StringComparison.Ordinal));
        Assert.Contains(warnings, w => w.StartsWith("2 of 2 rows have a batch more than 3 times what size rule auto "
            + "gives for their tokens: 55m at ",
            StringComparison.Ordinal));
    }

    [Fact]
    public void A_length_just_below_a_million_is_said_in_millions() =>
        Assert.Contains(Warnings("""
            { "name": "a", "models": ["23m"], "context": 512, "lengths": [{ "tokens": 999936 }],
              "recipe": { "sizeRule": "porian", "batchTokens": 512 } }
            """, 32_768), w => w.Contains("(23.2M, 1M tokens, rate 0.00", StringComparison.Ordinal));

    [Fact]
    public void A_batch_or_a_rate_that_the_grid_gives_is_held_against_the_rule_measured_there_and_an_axis_of_them_is_a_question()
    {
        var far = Warnings("""
            { "name": "a", "models": ["micro-2m"], "lengths": [{ "tokens": 3e7 }],
              "recipe": { "sizeRule": "fixed", "batchTokens": 65536, "learningRate": 0.1 } }
            """);
        Assert.Contains(far, w => w.StartsWith("1 of 1 rows has a batch more than 3 times", StringComparison.Ordinal)
            && w.Contains("(65,536 tokens, 8.8 times it, 458 steps)", StringComparison.Ordinal));
        Assert.Contains(far, w => w.StartsWith("1 of 1 rows has a learning rate more than 4 times off what size rule "
            + "auto gives: micro-2m at 30M tokens (0.1, ",
            StringComparison.Ordinal));
        Assert.Empty(Warnings("""
            { "name": "a", "models": ["micro-2m"], "lengths": [{ "tokens": 3e7 }],
              "recipe": { "sizeRule": "fixed", "batchTokens": [16384, 65536], "learningRate": [0.001, 0.1] } }
            """));
    }

    [Fact]
    public void Outside_of_what_was_measured_only_what_comes_from_the_rule_is_a_guess()
    {
        const string Grid =
            """{ "name": "a", "models": [{ "layers": 2, "width": 8, "heads": 1 }], "lengths": [{ "tokens": 3e5 }], "recipe": { RECIPE } }""";
        List<string> Given(string recipe) => Warnings(Grid.Replace("RECIPE", recipe, StringComparison.Ordinal));
        Assert.Contains("learning rate and batch from size rule auto where it was not measured",
            Assert.Single(Given("")), StringComparison.Ordinal);
        Assert.Contains("(15.9k, 1e15 tokens, rate 110)", string.Join('\n', Warnings(
            """{ "name": "a", "models": ["micro-28k"], "lengths": [{ "tokens": 1e15 }] }""")), StringComparison.Ordinal);
        Assert.Contains("have the learning rate from",
            Assert.Single(Given("\"batchTokens\": 128")).Replace("has", "have", StringComparison.Ordinal),
            StringComparison.Ordinal);
        Assert.Empty(Given("\"batchTokens\": 128, \"learningRate\": 0.01"));
    }

    private static List<string> Warnings(string json, int vocabulary = 1024) => Plan.Create(
        GridExpansion.Expand(GridFile.Parse(json, "grid.json", Path.GetTempPath()),
            new DataIdentity("dotnet-docs", "c0", "t0"), vocabulary), null)
        .Warnings.Where(w => !w.StartsWith("budget ", StringComparison.Ordinal)
            && !w.Contains("no law of size", StringComparison.Ordinal)).ToList();
}
