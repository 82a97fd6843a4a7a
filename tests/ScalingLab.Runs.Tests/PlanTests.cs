using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Planning;

namespace ScalingLab.Runs.Tests;

public class PlanTests
{
    [Fact]
    public void Seeds_share_a_row_and_totals_count_every_run()
    {
        var plan =
            PlanOf("""{ "name": "a", "models": ["micro-63k", "micro-90k"], "lengths": [{ "tokens": 1e5 }], "seeds": [3, 5] }""", 50_000);

        Assert.Equal(2, plan.Rows.Count);
        Assert.Equal([3, 5], plan.Rows[0].Seeds);
        Assert.Equal(4, plan.Runs);
        Assert.Equal(plan.Rows.Sum(r => 2 * r.Tokens), plan.Tokens);
        Assert.Equal(plan.Rows.Sum(r => 2 * r.Flops), plan.Flops, 1.0);
        Assert.Equal(plan.Rows[0].Tokens / 50_000.0, plan.Rows[0].Epochs);
    }

    [Fact]
    public void A_budget_whose_likely_optimum_is_larger_than_every_size_says_so() => Assert.Contains(
        "likely larger than every size",
        Assert.Single(
            PlanOf("""{ "name": "a", "models": ["micro-28k", "micro-39k", "micro-63k"], "lengths": [{ "flops": 1e13 }] }""").Warnings),
        StringComparison.Ordinal);

    [Fact]
    public void A_budget_whose_likely_optimum_is_smaller_than_every_size_says_so() => Assert.Contains(
        "likely smaller than every size",
        Assert.Single(
            PlanOf("""{ "name": "a", "models": ["micro-278k", "micro-394k", "micro-528k"], "lengths": [{ "flops": 1e11 }] }""").Warnings,
            w => w.StartsWith("budget ", StringComparison.Ordinal)), StringComparison.Ordinal);

    [Fact]
    public void Two_sizes_hold_no_law_which_is_said_once_whatever_the_budgets()
    {
        foreach (var lengths in new[] { """{ "flops": 2.5e11 }, { "flops": 6e11 }""", """{ "tokens": 1e6 }""" })
        {
            var said =
                PlanOf($$"""{ "name": "a", "models": ["micro-63k", "micro-154k"], "lengths": [{{lengths}}] }""").Warnings;
            Assert.StartsWith("2 sizes hold no law of size",
                Assert.Single(said, w => w.Contains("sizes", StringComparison.Ordinal)), StringComparison.Ordinal);
        }
        Assert.DoesNotContain(
            PlanOf("""{ "name": "a", "models": ["micro-63k", "micro-90k", "micro-154k"], "lengths": [{ "tokens": 1e6 }] }""").Warnings,
            w => w.Contains("no law", StringComparison.Ordinal));
    }

    [Fact]
    public void Too_few_sizes_for_a_parabola_and_many_repeats_of_the_text_are_said()
    {
        var plan = PlanOf(
            """
            {
              "name": "a", "models": ["micro-63k", "micro-90k", "micro-154k"], "lengths": [{ "flops": 6e11 }, { "tokens": 1e6 }],
              "exclude": [{ "flops": 6e11, "model": "micro-90k" }]
            }
            """,
            10_000);
        Assert.Contains(plan.Warnings, w => w.Contains("at least 3 sizes", StringComparison.Ordinal));
        Assert.Contains(plan.Warnings, w => w.Contains("more than 4 times", StringComparison.Ordinal));
    }

    [Fact]
    public void Text_of_unknown_length_leaves_epochs_empty() =>
        Assert.Null(
            PlanOf("""{ "name": "a", "models": ["micro-63k"], "lengths": [{ "tokens": 1e5 }] }""").Rows[0].Epochs);

    [Fact]
    public void Runs_that_a_gpu_would_train_by_plain_operations_are_said_with_the_reason()
    {
        Assert.DoesNotContain(Warnings("bf16"), Slow);
        var said = Assert.Single(Warnings("fp8-head"), Slow);
        Assert.StartsWith("1 of 2 runs", said, StringComparison.Ordinal);
        Assert.Contains("context (256), width of the token embedding (24) and vocabulary (1024)", said,
            StringComparison.Ordinal);
        Assert.StartsWith("2 of 2 runs", Assert.Single(Warnings("fp16"), Slow), StringComparison.Ordinal);

        Assert.DoesNotContain(PlanOf("""
            { "name": "a", "models": ["micro-63k"], "lengths": [{ "tokens": 1e5 }], "recipe": { "precision": "fp16" } }
            """, onGpu: false).Warnings, Slow);

        static bool Slow(string warning) => warning.Contains("plain operations", StringComparison.Ordinal);
        static IReadOnlyList<string> Warnings(string precision) => PlanOf($$"""
            {
              "name": "a", "models": ["micro-63k", "micro-90k"], "lengths": [{ "tokens": 1e5 }], "context": 256, "recipe": { "precision": "{{precision}}" }
            }
            """).Warnings;
    }

    private static Plan PlanOf(string json, long? trainTokens = null, bool onGpu = true) => Plan.Create(
        GridExpansion.Expand(GridFile.Parse(json, "grid.json", Path.GetTempPath()),
            new DataIdentity("dotnet-docs", "c0", "t0"), 1024), trainTokens, onGpu: onGpu);
}
