using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Recipes;
using ScalingLab.Runs.Tuning;

namespace ScalingLab.Runs.Tests;

/// <summary>Successive halving over a tune's cells, as a pure function of what has ended.</summary>
public class TunePlanTests
{
    private static readonly DataIdentity Data = new("dotnet-docs", "c0", "t0");

    private const string Grid =
        """ "name": "a", "context": 16, "models": ["micro-63k", "micro-154k"], "lengths": [{ "tokens": 8e5 }, { "tokens": 1.6e6 }] """;

    [Fact]
    public void A_tune_trains_all_candidates_a_quarter_and_ever_fewer_of_them_longer()
    {
        var runs =
            Search("{" + Grid + "}", (rate, batch) => Math.Pow(Math.Log(rate), 2)
                + (0.5 * Math.Pow(Math.Log(batch), 2)));
        foreach (var cell in runs.GroupBy(c => (c.Model, Length(c))))
        {
            // The cell of 1.6e6 tokens has rungs at 4e5, 8e5 and 1.6e6, that of 8e5 at 2e5, 4e5 and 8e5: what both need
            // is trained once.
            Assert.Equal(cell.Key.Item2 switch { 2e5 or 4e5 => 25, 8e5 => 9, _ => 9 }, cell.Count());
            Assert.Contains(cell, c => Factor(c, Tune.RateScale) == 1 && Factor(c, Tune.BatchScale) == 1);
        }

        Assert.Equal(runs.Count, runs.Select(c => c.Spec.Id).Distinct().Count());
        Assert.Equal([2e5, 4e5, 8e5, 1.6e6], runs.Select(Length).Distinct().Order());
    }

    [Fact]
    public void A_candidate_is_a_factor_of_the_rule_at_its_own_length()
    {
        foreach (var cell in Search("{" + Grid + "}", (rate, batch) => rate + batch))
        {
            var shape = cell.Spec.Shape;
            var length = Length(cell);
            Assert.Equal(SizeRule.Auto.BatchSequences(shape, length, Factor(cell, Tune.BatchScale)),
                cell.Spec.Recipe.BatchSequences);
            Assert.Equal(SizeRule.Auto.Rate(shape, length, cell.Spec.BatchTokens) * Factor(cell, Tune.RateScale),
                cell.Spec.Recipe.LearningRateMax, 10);
        }
    }

    [Fact]
    public void A_best_candidate_at_the_edge_is_followed_beyond_it_as_far_as_allowed_and_that_is_said()
    {
        var notes = new List<string>();
        var far =
            Search("{" + Grid + "}", (rate, batch) => Math.Pow(Math.Log(rate / 16), 2) + Math.Pow(Math.Log(batch), 2),
                notes: notes);
        foreach (var cell in far.GroupBy(c => (c.Model, Length(c))))
            Assert.Contains(cell, c => Factor(c, Tune.RateScale) == 32); // a neighbour on both sides of 16
        Assert.Contains(
            "micro-63k 8e5 tokens, at 0.25 of it: learningRateScale 4 is best, at the edge; 8 is tried too", notes);

        var bounded = new List<string>();
        var near = Search("{" + Grid + "}", (rate, _) => -rate, new TuneOptions { Beyond = 1 }, bounded);
        Assert.Equal(8, near.Max(c => Factor(c, Tune.RateScale)));
        Assert.Contains("micro-63k 8e5 tokens: learningRateScale 8 is best and nothing higher can be tried (--beyond "
            + "allows more)", bounded);
    }

    [Fact]
    public void Diverged_candidates_lose_and_a_cell_of_nothing_else_is_left_out()
    {
        var notes = new List<string>();
        var runs = Search(
            "{" + Grid + "}", (rate, batch) => rate > 1 ? double.NaN : Math.Pow(Math.Log(rate * 2), 2)
            + Math.Pow(Math.Log(batch), 2), notes: notes);
        Assert.DoesNotContain(runs, c => Length(c) == 1.6e6 && Factor(c, Tune.RateScale) > 1);

        Search("{" + Grid + "}", (_, _) => double.NaN, notes: notes);
        Assert.Equal(4,
            notes.Count(n => n.EndsWith("no candidate has a loss; the cell is left out", StringComparison.Ordinal)));
    }

    [Fact]
    public void Fields_that_are_no_numbers_are_tuned_apart_and_numbers_of_the_grid_are_ladders()
    {
        var runs = Search(
            "{" + Grid
            + """, "recipe": { "optimizer": ["adamw", "lion"], "weightDecayTimescale": [0.1, 0.2, 0.4], "mlp": "swiglu" } }""",
            (rate, _) => rate, new TuneOptions { Fields = [Tune.RateScale, "optimizer", "weightDecayTimescale"] });
        Assert.Equal(["optimizer", "learningRateScale", "weightDecayTimescale"], runs[0].Varies.Select(v => v.Field));
        Assert.Equal([OptimizerKind.Adamw, OptimizerKind.Lion], runs.Select(c => c.Spec.Recipe.Optimizer).Distinct());
        Assert.All(runs, c => Assert.Equal(MlpKind.Swiglu, c.Spec.Shape.Mlp));
        Assert.All(runs, c => Assert.Equal(
            1 / (Factor(c, "weightDecayTimescale") * c.Spec.Recipe.LearningRateMax * c.Spec.Steps),
            c.Spec.Recipe.WeightDecay, 10));
        // beyond the ladder, where its end was as good as any
        Assert.Contains(runs, c => Factor(c, "weightDecayTimescale") == 0.05);
    }

    [Fact]
    public void Excluded_cells_are_not_tuned_and_batches_longer_than_the_run_not_tried()
    {
        var runs =
            Search("{" + Grid + """, "exclude": [{ "model": "micro-154k", "tokens": 1.6e6 }] }""", (rate, _) => rate);
        Assert.DoesNotContain(runs, c => c.Model == "micro-154k" && Length(c) == 1.6e6);
        // The rule's batch is one sequence here: smaller factors are the same run, and what is best is looked for past
        // them.
        var small = Search(
            """{ "name": "a", "models": ["micro-63k", "micro-154k"], "lengths": [{ "tokens": 4e3 }] }""",
            (_, batch) => -batch, new TuneOptions { Beyond = 9 });
        Assert.Equal(small.Count, small.Select(c => c.Spec.Id).Distinct().Count());
        foreach (var cell in small.GroupBy(c => (c.Model, Length(c))))
            Assert.InRange(cell.Max(c => c.Spec.BatchTokens), cell.Key.Item2 / 2, cell.Key.Item2);
    }

    [Fact]
    public void What_cannot_be_tuned_is_said_all_at_once()
    {
        var grid = GridFile.Parse(
            """
            { "name": "a", "models": ["micro-63k"], "lengths": [{ "tokens": 8e5 }],
              "recipe": { "learningRate": 0.01, "mlp": ["gelu", "swiglu"], "parametrisation": "mup", "warmup": [0, 0.1, 0.2], "beta2": [0.9, 0.95] } }
            """,
            "grid.json", "/");
        var problems = Assert.Throws<InputException>(() => Tune.Create(grid, new TuneOptions
        {
            Fields = ["learningRateScale", "batchTokens", "betta", "warmup", "beta2", "zLoss", "head"], Parts = [0.5],
                Keep = 0,
        })).Problems.Select(p => p.ToString()).ToList();
        string[] expected =
        [
            "--parts: ", "--keep: ", "--fields: batchTokens follows the cell; name batchScale",
                "--fields: unknown field 'betta'",
            "recipe.warmup: has a value that is not positive", "recipe.beta2: has 2 values; a minimum needs three",
            "recipe.zLoss: is to be tuned, but the grid gives no values", "recipe.head: is to be tuned",
                "recipe.mlp: has 2 values, but is not tuned",
            "recipe.learningRate: is what the tune looks for", "recipe.parametrisation: ", "models: gives one size",
        ];
        Assert.All(expected, e => Assert.Contains(problems, p => p.StartsWith(e, StringComparison.Ordinal)));
        Assert.Equal(expected.Length, problems.Count);
    }

    [Fact]
    public void A_tune_of_fields_that_have_no_law_is_told_which_have()
    {
        var grid = GridFile.Parse("""
            { "name": "a", "models": ["micro-63k", "micro-154k"], "lengths": [{ "tokens": 8e5 }], "recipe": { "mlp": ["gelu", "swiglu"] } }
            """, "grid.json", "/");
        var problem = Assert.Single(Assert.Throws<InputException>(
            () => Tune.Create(grid, new TuneOptions { Fields = ["mlp"] })).Problems);
        Assert.StartsWith("--fields: of mlp no law can be found; name one of learningRateScale, batchScale, ",
            problem.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("distillWeight", problem.Text, StringComparison.Ordinal);
    }

    /// <summary>Every run of a search whose runs end as soon as they are asked for, a few at a time.</summary>
    private static List<SweepCell> Search(
        string json, Func<double, double, double> loss, TuneOptions? options = null, List<string>? notes = null)
    {
        var tune = Tune.Create(GridFile.Parse(json, "grid.json", "/"), options ?? new TuneOptions());
        var ended = new Dictionary<RunId, RunRecord>();
        while (true)
        {
            var standing = TunePlanner.Next(tune, Data, 1024, id => ended.GetValueOrDefault(id));
            var next = standing.Cells.Where(c => !ended.ContainsKey(c.Spec.Id)).Take(40).ToList();
            Assert.Equal(standing.IsDone, next.Count == 0);
            if (next.Count == 0)
            {
                notes?.AddRange(standing.Notes);
                return [.. standing.Cells];
            }

            foreach (var cell in next)
                ended[cell.Spec.Id] = Ended(cell, loss(Factor(cell, Tune.RateScale), Factor(cell, Tune.BatchScale)));
        }
    }

    private static double Factor(SweepCell cell, string field) =>
        cell.Varies.FirstOrDefault(v => v.Field == field) is { } choice
        ? double.Parse(choice.Value, System.Globalization.CultureInfo.InvariantCulture) : 1;

    /// <summary>The length that the cell was planned for: its tokens but for whole steps.</summary>
    private static double Length(SweepCell cell) =>
        new[] { 1e3, 2e3, 4e3, 2e5, 4e5, 8e5, 1.6e6 }.MinBy(d => Math.Abs(Math.Log(d / cell.Spec.Tokens)));

    private static RunRecord Ended(SweepCell cell, double loss) => double.IsNaN(loss)
        ? new RunRecord { Cell = cell, State = RunState.Failed, Failure = FailureKind.Diverged }
        : new RunRecord
        {
            Cell = cell, State = RunState.Completed,
            Result = new RunResult
            {
                LossValidation = 10 + loss, BitsPerByte = 1, EvaluationTokens = 1, Epochs = 1, WallSeconds = 1,
                    TokensPerSecond = 1,
                Device = "none", Threads = 1,
            },
        };
}
