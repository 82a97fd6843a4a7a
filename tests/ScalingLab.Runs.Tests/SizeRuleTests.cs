using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Runs.Tests;

public class SizeRuleTests
{
    private static readonly DataIdentity Data = new("dotnet-docs", "c0", "t0");

    [Fact]
    public void Nanochats_reference_model_has_its_own_batch_and_learning_rate()
    {
        var reference = new ModelShape { Layers = 12, Width = 768, Heads = 6, Vocabulary = 32_768, Context = 2048 };
        var tokens = 12.0 * ((12 * 12 * 768 * 768) + (768 * 32_768));
        Assert.Equal(524_288, SizeRule.Nanochat.BatchSequences(reference, tokens) * 2048);
        // 0.02 for the matrices, in AdamW's size of step
        Assert.Equal(0.02 / (0.2 * Math.Sqrt(768)), SizeRule.Nanochat.Rate(reference, tokens, 524_288), 12);
        Assert.Equal(1, SizeRule.Nanochat.DecayScale(tokens, 524_288, 1), 12);
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
        Assert.Equal(batch, SizeRule.Nanochat.BatchSequences(shape, tokens) * 128.0);
        Assert.Equal(0.1 / Math.Sqrt(width) * rateScale, SizeRule.Nanochat.Rate(shape, tokens, batch), 12);
        Assert.Equal(decayScale, SizeRule.Nanochat.DecayScale(tokens, batch, 1), 12);
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
              "recipe": { "weightDecayTimescale": 0.25, "learningRateScale": [1, 0.25], "optimizer": ["adamw", "lion"] } }
            """, out var steps);
        Assert.Equal(8, recipes.Count);
        Assert.All(recipes.Zip(steps),
            pair => Assert.Equal(0.25, 1 / (pair.First.LearningRateMax * pair.First.WeightDecay * pair.Second), 12));

        // Lion at the rate is AdamW at a quarter of it, so of eight decays two are the same, twice.
        Assert.Equal(6, recipes.Select(r => r.WeightDecay).Distinct().Count());
    }

    [Fact]
    public void Other_published_rules_leave_the_weight_decay_alone_and_the_grids_own_stays()
    {
        foreach (var rule in (SizeRule[])[SizeRule.StepLaw, SizeRule.Porian])
        {
            Assert.Equal(1, rule.DecayScale(1e9, 1024, 1));
            var json = $$"""{ "name": "a", "models": ["micro-90k"], "lengths": [{ "tokens": 1e6 }], "recipe": { "sizeRule": "{{rule.Name}}" } }""";
            Assert.Equal(0.1, Expand(json)[0].WeightDecay);
        }

        var given =
            """{ "name": "a", "models": ["micro-90k"], "lengths": [{ "tokens": 1e6 }], "recipe": { "sizeRule": "nanochat", "weightDecay": 0.3 } }""";
        Assert.Equal(0.3, Expand(given)[0].WeightDecay);
    }

    [Fact]
    public void By_the_default_rule_a_weight_forgets_over_half_the_run_at_every_size_length_and_batch()
    {
        var recipes = Expand(
            """
            { "name": "a", "models": ["micro-90k", "23m"], "lengths": [{ "tokens": 4e6 }, { "tokens": 1e8 }], "recipe": { "batchScale": [1, 4] } }
            """, out var steps);
        Assert.All(recipes.Zip(steps),
            pair => Assert.Equal(0.5, 1 / (pair.First.LearningRateMax * pair.First.WeightDecay * pair.Second), 0.01));
        // the rate goes with the root of the batch
        Assert.Equal(2, recipes[1].LearningRateMax / recipes[0].LearningRateMax, 0.02);
    }

    [Fact]
    public void The_default_rule_is_near_the_best_rates_of_the_cells_that_it_was_made_from()
    {
        (string Model, double Tokens, double Best, long Batch)[] cells =
        [
            ("micro-28k", 3e5, 0.05, 1024), ("micro-63k", 9e5, 0.0195, 480), ("micro-154k", 2e6, 0.015, 1100),
                ("micro-278k", 4e6, 0.012, 2048),
            ("micro-1m", 2e7, 0.0098, 8192), ("micro-5m", 5e7, 0.0072, 16_384), ("23m", 6e7, 0.004, 32_768),
        ];
        Assert.All(cells, cell => Assert.InRange(
            SizeRule.Auto.Rate(ModelPresets.Find(cell.Model)!.Shape(1024), cell.Tokens, cell.Batch) / cell.Best,
            1 / 1.55, 1.55));
    }

    [Fact]
    public void Embedding_and_head_have_rates_of_their_own_where_they_are_two_matrices_and_the_optimizer_heeds_them()
    {
        (double, double) Rates(string recipe) => Expand($$"""
            { "name": "a", "models": ["micro-90k"], "lengths": [{ "tokens": 1e6 }], "recipe": { {{recipe}} } }
            """)[0] is var r ? (r.EmbeddingRate, r.HeadRate) : default;

        Assert.Equal((8.0, 4.0), Rates(""));
        Assert.Equal((16.0, 8.0), Rates("\"optimizer\": \"muon\""));
        Assert.Equal((8.0, 2.0), Rates("\"optimizer\": \"lion\""));
        Assert.Equal((1.0, 1.0), Rates("\"head\": \"tied\""));
        Assert.Equal((1.0, 1.0), Rates("\"optimizer\": \"lamb\""));
        Assert.Equal((2.0, 4.0), Rates("\"embeddingRate\": 2"));
    }

    [Fact]
    public void The_published_rules_give_the_published_numbers_at_their_reference_sizes()
    {
        var shape = ModelPresets.Find("110m")!.Shape(32768);
        Assert.InRange(SizeRule.Porian.Rate(shape, 2e9, 0), 0.0046, 0.0047);
        Assert.InRange(SizeRule.Porian.BatchSequences(shape, 2e9) * 1024, 327_680, 335_000);

        // Li et al. 2025, abstract's law, at 12 blocks of 768 on 2B tokens, worked out by hand.
        Assert.Equal(1.79 * Math.Exp((-0.713 * Math.Log(84_953_856)) + (0.307 * Math.Log(2e9))),
            SizeRule.StepLaw.Rate(shape, 2e9, 0), 9);
        Assert.Equal(0.58 * Math.Exp(0.571 * Math.Log(2e9)) / 1024, SizeRule.StepLaw.BatchSequences(shape, 2e9), 0.51);
        Assert.Null(SizeRule.Find("largest"));
    }

    [Fact]
    public void The_default_rule_has_no_jump_from_28_thousand_to_a_billion_parameters()
    {
        // A step of 3 % in width moves rate and batch by a few per cent at most, whatever the size and the tokens a
        // parameter.
        foreach (var tokensPerParameter in new[] { 2.0, 20, 200 })
        {
            (double Rate, double Batch)? last = null;
            for (var width = 16.0; width < 2048; width *= 1.03)
            {
                var shape =
                    new ModelShape
                    { Layers = 12, Width = (int)Math.Round(width / 2) * 2, Heads = 1, Vocabulary = 1024, Context = 64 };
                var tokens = tokensPerParameter * ParameterCount.For(shape).WithHead;
                var now =
                    (Rate: SizeRule.Auto.Rate(shape, tokens, SizeRule.Auto.Batch(shape, tokens)),
                        Batch: SizeRule.Auto.Batch(shape, tokens));
                if (last is { } before)
                {
                    Assert.InRange(now.Rate / before.Rate, 0.85, 1.0001);
                    Assert.InRange(now.Batch / before.Batch, 0.9999, 1.3);
                }

                last = now;
            }
        }
    }

    [Fact]
    public void A_scale_multiplies_the_rules_batch_in_whole_sequences()
    {
        static long Batch(string scale) => GridExpansion.Expand(GridFile.Parse(
            $$"""{ "name": "a", "models": ["micro-2m"], "lengths": [{ "tokens": 1e8 }], "recipe": { "batchScale": {{scale}} } }""",
            "grid.json",
            "/"), Data, 1024).Cells[0].Spec.BatchTokens;

        Assert.InRange(Batch("2") / (double)Batch("1"), 1.98, 2.02);
        Assert.Equal(256, Batch("0.0001")); // one sequence at least
    }

    [Fact]
    public void Under_mup_matrices_take_the_base_widths_rate_by_the_width_and_embeddings_and_vectors_the_whole()
    {
        var cells = Expand("""
            { "name": "a", "models": [{ "layers": 4, "width": 256, "heads": 4 }, { "layers": 4, "width": 1024, "heads": 16 }], "lengths": [{ "tokens": 1e8 }],
              "recipe": { "parametrisation": "mup", "embeddingRate": 3, "headRate": 1, "vectorRate": 2, "batchTokens": 16384 } }
            """);
        Assert.Equal((3.0, 2.0), (cells[0].EmbeddingRate, cells[0].VectorRate));
        Assert.Equal((12.0, 8.0, 1.0), (cells[1].EmbeddingRate, cells[1].VectorRate, cells[1].HeadRate));
        Assert.Equal(4, cells[0].LearningRateMax / cells[1].LearningRateMax, 12);

        var given = Expand("""
            { "name": "a", "models": [{ "layers": 4, "width": 128, "heads": 4 }], "lengths": [{ "tokens": 1e8 }],
              "recipe": { "parametrisation": "mup", "learningRate": 0.01, "baseWidth": 64 } }
            """);
        Assert.Equal((0.005, 16.0), (given[0].LearningRateMax, given[0].EmbeddingRate));
    }

    [Fact]
    public void Rates_that_no_tensor_or_optimizer_would_heed_are_problems()
    {
        var e = Assert.Throws<InputException>(() => Expand("""
            { "name": "a", "models": ["micro-2m"], "lengths": [{ "tokens": 1e8 }],
              "recipe": { "optimizer": "lamb", "head": "tied", "embeddingRate": 2, "headRate": 4, "parametrisation": "mup" } }
            """));
        Assert.Equal(
            ["recipe.embeddingRate", "recipe.headRate", "recipe.headRate", "recipe.parametrisation",
                "recipe.parametrisation"],
            e.Problems.Select(p => p.Place).Order(StringComparer.Ordinal));
    }

    private static IReadOnlyList<TrainingRecipe> Expand(string json) => Expand(json, out _);

    private static IReadOnlyList<TrainingRecipe> Expand(string json, out IReadOnlyList<long> steps)
    {
        var cells = GridExpansion.Expand(GridFile.Parse(json, "grid.json", Path.GetTempPath()), Data, 1024).Cells;
        steps = [.. cells.Select(c => c.Spec.Steps)];
        return [.. cells.Select(c => c.Spec.Recipe)];
    }
}
