using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Runs.Tests;

public class GridExpansionTests
{
    private static readonly DataIdentity Data = new("dotnet-docs", "c0", "t0");

    [Fact]
    public void Tokens_of_an_IsoFLOP_cell_are_the_budget_over_exact_FLOPs_a_token()
    {
        var cell =
            Expand("""{ "name": "a", "models": ["micro-63k"], "lengths": [{ "flops": 6e11 }] }""").Cells.Single();

        var perToken = FlopCount.For(cell.Spec.Shape).PerToken;
        Assert.Equal(6e11, cell.BudgetFlops);
        Assert.InRange(cell.Spec.Tokens, (6e11 / perToken) - cell.Spec.BatchTokens, (6e11 / perToken)
            + cell.Spec.BatchTokens);
        Assert.InRange(cell.Spec.Flops / 6e11, 0.999, 1.001);
        Assert.Equal(SizeRule.Auto.BatchSequences(cell.Spec.Shape, 6e11 / perToken), cell.Spec.Recipe.BatchSequences);
        Assert.Equal(SizeRule.Auto.Rate(cell.Spec.Shape, 6e11 / perToken, cell.Spec.BatchTokens),
            cell.Spec.Recipe.LearningRateMax, 12);
    }

    [Fact]
    public void Tokens_per_parameter_count_blocks_and_head()
    {
        var cell =
            Expand("""{ "name": "a", "models": ["micro-154k"], "lengths": [{ "tokensPerParameter": 20 }] }""").Cells.Single();
        var n = ParameterCount.For(cell.Spec.Shape).WithHead;
        Assert.InRange(cell.Spec.Tokens - (20 * n), -cell.Spec.BatchTokens, cell.Spec.BatchTokens);
        Assert.Null(cell.BudgetFlops);
    }

    [Fact]
    public void Arrays_are_axes_and_every_combination_is_one_run()
    {
        var sweep = Expand("""
            { "name": "a", "models": ["micro-63k", { "layers": 3, "width": 64, "heads": 4 }], "lengths": [{ "tokens": 1e5 }, { "tokens": 2e5 }],
              "context": [32, 64], "recipe": { "positions": ["rotary", "learned"], "learningRate": [0.01, 0.02], "mlp": "swiglu" }, "seeds": 2 }
            """);

        Assert.Equal(2 * 2 * 2 * 2 * 2 * 2, sweep.Cells.Count);
        Assert.Equal(sweep.Cells.Count, sweep.Cells.Select(c => c.Spec.Id).Distinct().Count());
        Assert.Equal(["positions=rotary learningRate=0.01", "positions=rotary learningRate=0.02", "positions=learned "
            + "learningRate=0.01",
            "positions=learned learningRate=0.02"], sweep.Cells.Select(Axes).Distinct());
        Assert.All(sweep.Cells, c => Assert.Equal(MlpKind.Swiglu, c.Spec.Shape.Mlp));
        Assert.Equal(["micro-63k", "3x64"], sweep.Cells.Select(c => c.Model).Distinct());
        Assert.Equal([1, 2], sweep.Cells.Select(c => c.Spec.Seed).Distinct());

        static string Axes(SweepCell cell) => string.Join(' ', cell.Varies.Select(v => $"{v.Field}={v.Value}"));
    }

    [Fact]
    public void An_exclusion_takes_out_the_cells_that_match_all_its_fields_and_any_of_a_fields_values()
    {
        var sweep = Expand("""
            { "name": "a", "models": ["micro-63k", "micro-90k", "micro-154k"], "lengths": [{ "flops": 1e11 }, { "flops": 6e11 }],
              "recipe": { "positions": ["rotary", "learned"] },
              "exclude": [{ "flops": 1e11, "width": [32, 48] }, { "model": "micro-63k", "positions": "learned" },
                          { "head": "untied", "layers": 2, "flops": 6e11, "positions": "learned" }] }
            """);

        Assert.Equal(
            ["micro-63k 1E+11 rotary", "micro-63k 6E+11 rotary", "micro-90k 6E+11 rotary", "micro-154k 6E+11 rotary"],
            sweep.Cells.Select(c =>
                FormattableString.Invariant($"{c.Model} {c.BudgetFlops:0E+0} {c.Varies[0].Value}")));
    }

    [Fact]
    public void Two_names_for_one_run_make_one_run()
    {
        var sweep = Expand("""
            { "name": "a", "models": ["micro-63k", { "layers": 2, "width": 24, "heads": 1 }], "lengths": [{ "tokens": 1e5 }] }
            """);
        Assert.Equal("micro-63k", Assert.Single(sweep.Cells).Model);
    }

    [Fact]
    public void Learning_rate_and_batch_of_the_grid_replace_the_rules_and_the_scale_multiplies_it()
    {
        var given = Expand("""
            { "name": "a", "models": ["micro-63k"], "lengths": [{ "tokens": 1e5 }], "recipe": { "learningRate": 0.003, "batchTokens": 2048 } }
            """);
        Assert.Equal((0.003, 32, 49L),
            (given.Cells[0].Spec.Recipe.LearningRateMax, given.Cells[0].Spec.Recipe.BatchSequences,
                given.Cells[0].Spec.Steps));

        var rates =
            Expand("""{ "name": "a", "models": ["micro-90k"], "lengths": [{ "tokens": 1e5 }], "recipe": { "learningRateScale": [0.5, 2] } }""");
        Assert.Equal(4, rates.Cells[1].Spec.Recipe.LearningRateMax / rates.Cells[0].Spec.Recipe.LearningRateMax, 12);

        var porian =
            Expand("""{ "name": "a", "models": ["micro-90k"], "lengths": [{ "tokens": 1e6 }], "recipe": { "sizeRule": "porian" } }""");
        var n = ParameterCount.For(porian.Cells[0].Spec.Shape).WithHead;
        Assert.Equal(0.0047 * Math.Pow(n / 108e6, -1.0 / 3), porian.Cells[0].Spec.Recipe.LearningRateMax, 9);
    }

    [Fact]
    public void A_batch_that_is_no_whole_number_of_sequences_is_a_problem()
    {
        var e = Assert.Throws<InputException>(() => Expand(
            """{ "name": "a", "models": ["micro-63k"], "lengths": [{ "tokens": 1e5 }], "recipe": { "batchTokens": 100 } }"""));
        Assert.Equal("recipe.batchTokens: 100 is no whole number of sequences of 64 tokens",
            e.Problems.Single().ToString());
    }

    [Fact]
    public void A_smaller_vocabulary_than_asked_for_changes_the_FLOPs_that_are_counted()
    {
        var grid =
            GridFile.Parse("""{ "name": "a", "models": ["micro-63k"], "lengths": [{ "flops": 6e11 }] }""", "grid.json",
                "/");
        Assert.True(GridExpansion.Expand(grid, Data, 300).Cells[0].Spec.Tokens
            > GridExpansion.Expand(grid, Data, 1024).Cells[0].Spec.Tokens);
    }

    [Fact]
    public void A_grid_of_too_many_cells_is_a_problem() => Assert.Contains(
        "cells before exclusions",
        Assert.Throws<InputException>(() => Expand("""
            { "name": "a", "models": ["micro-63k", "micro-90k"], "lengths": [{ "tokens": 1e5 }], "seeds": 1000,
              "recipe": { "warmup": [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], "beta1": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7] } }
            """)).Message,
        StringComparison.Ordinal);

    private static Sweep Expand(string json) =>
        GridExpansion.Expand(GridFile.Parse(json, "grid.json", Path.GetTempPath()), Data, 1024);
}
