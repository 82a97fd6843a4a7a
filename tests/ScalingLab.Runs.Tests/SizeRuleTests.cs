namespace ScalingLab.Runs.Tests;

public class SizeRuleTests
{
    private static readonly DataIdentity Data = new("dotnet-docs", "c0", "t0");

    [Fact]
    public void Nanochats_reference_model_has_its_own_batch_and_learning_rate()
    {
        var reference = new ModelShape { Layers = 12, Width = 768, Heads = 6, Vocabulary = 32_768, Context = 2048 };
        var tokens = 12.0 * ((12 * 12 * 768 * 768) + (768 * 32_768));
        var (rate, sequences) = SizeRule.Apply("nanochat", reference, tokens);
        Assert.Equal(524_288, sequences * 2048);
        Assert.Equal(0.02 / (0.2 * Math.Sqrt(768)), rate, 12); // 0.02 for the matrices, in AdamW's size of step
        Assert.Equal(1, SizeRule.WeightDecayScale("nanochat", tokens, 524_288), 12);
    }

    [Theory]
    [InlineData(256, 1e7)]
    [InlineData(1024, 6e9)]
    public void Nanochats_rule_is_that_of_its_training_script(int width, double tokens)
    {
        // scripts/base_train.py, steps 2 to 4, line by line.
        var reference = 12.0 * 110_100_480;
        var batch = Math.Pow(2, Math.Round(Math.Log2(524_288 * Math.Pow(tokens / reference, 0.383))));
        var rateScale = Math.Sqrt(batch / 524_288);
        var decayScale = Math.Sqrt(batch / 524_288) * (reference / tokens);

        var shape = new ModelShape { Layers = 4, Width = width, Heads = 4, Vocabulary = 1024, Context = 128 };
        var (rate, sequences) = SizeRule.Apply("nanochat", shape, tokens);
        Assert.Equal(batch, sequences * 128.0);
        Assert.Equal(0.1 / Math.Sqrt(width) * rateScale, rate, 12);
        Assert.Equal(decayScale, SizeRule.WeightDecayScale("nanochat", tokens, sequences * 128), 12);
    }

    [Fact]
    public void Nanochats_learning_rate_and_decay_follow_the_batch_that_the_grid_gives()
    {
        var cells = Expand("""
            { "name": "a", "models": ["micro-2m"], "lengths": [{ "tokens": 1e8 }], "recipe": { "sizeRule": "nanochat", "batchTokens": [16384, 65536] } }
            """);
        Assert.Equal(2, cells[1].LearningRateMax / cells[0].LearningRateMax, 12);
        Assert.Equal(2, cells[1].WeightDecay / cells[0].WeightDecay, 12);
    }

    [Fact]
    public void Under_nanochats_rule_a_run_forgets_its_weights_over_the_same_share_of_itself_whatever_its_length()
    {
        var recipes = Expand(
            """{ "name": "a", "models": ["micro-2m"], "lengths": [{ "tokens": 1e7 }, { "tokens": 4e8 }], "recipe": { "sizeRule": "nanochat" } }""",
            out var steps);
        var shares = recipes.Zip(steps, (recipe, n) => 1 / (recipe.LearningRateMax * recipe.WeightDecay * n)).ToList();
        Assert.Equal(1, shares[0] / shares[1], 0.01);
    }

    [Fact]
    public void A_time_scale_of_the_decay_stays_the_same_share_of_the_run_at_every_length_and_learning_rate()
    {
        var recipes = Expand(
            """
            { "name": "a", "models": ["micro-90k"], "lengths": [{ "tokens": 1e5 }, { "tokens": 1.6e6 }],
              "recipe": { "weightDecayTimescale": 0.25, "learningRateScale": [1, 0.5], "optimizer": ["adamw", "lion"] } }
            """, out var steps);
        Assert.Equal(8, recipes.Count);
        Assert.All(recipes.Zip(steps), pair => Assert.Equal(0.25, 1 / (pair.First.LearningRateMax * pair.First.WeightDecay * pair.Second), 12));

        // Lion at the rate is AdamW at half of it, so of eight decays two are the same, twice.
        Assert.Equal(6, recipes.Select(r => r.WeightDecay).Distinct().Count());
    }

    [Fact]
    public void Other_rules_leave_the_weight_decay_alone()
    {
        foreach (var rule in new[] { "porian", "micro", "fixed" }) Assert.Equal(1, SizeRule.WeightDecayScale(rule, 1e9, 1024));
        Assert.Equal(0.1, Expand("""{ "name": "a", "models": ["micro-90k"], "lengths": [{ "tokens": 1e5 }] }""")[0].WeightDecay);
        var given = """{ "name": "a", "models": ["micro-90k"], "lengths": [{ "tokens": 1e6 }], "recipe": { "sizeRule": "nanochat", "weightDecay": 0.3 } }""";
        Assert.Equal(0.3, Expand(given)[0].WeightDecay);
    }

    private static IReadOnlyList<TrainingRecipe> Expand(string json) => Expand(json, out _);

    private static IReadOnlyList<TrainingRecipe> Expand(string json, out IReadOnlyList<long> steps)
    {
        var cells = SweepGrid.Expand(GridFile.Parse(json, "grid.json", Path.GetTempPath()), Data, 1024).Cells;
        steps = [.. cells.Select(c => c.Spec.Steps)];
        return [.. cells.Select(c => c.Spec.Recipe)];
    }
}
