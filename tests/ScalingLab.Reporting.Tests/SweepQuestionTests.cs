using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;

namespace ScalingLab.Reporting.Tests;

public sealed class SweepQuestionTests
{
    [Fact]
    public void What_varies_is_what_is_asked()
    {
        Assert.Equal([SweepTopic.OneRun], Topics(Row(24, 1e11, 1)));
        Assert.Equal([SweepTopic.Noise], Topics(Row(24, 1e11, 1), Row(24, 1e11, 2)));
        Assert.Equal([SweepTopic.Scaling], Topics(Row(24, 1e11, 1), Row(32, 1e11, 1)));
        Assert.Equal([SweepTopic.Scaling], Topics(Row(24, 1e11, 1), Row(24, 2e11, 2)));
        Assert.Equal([SweepTopic.Recipes],
            Topics(Row(24, 1e11, 1, ("head", "tied")), Row(24, 1e11, 1, ("head", "untied"))));
        Assert.Equal([SweepTopic.Recipes, SweepTopic.Scaling],
            Topics(Row(24, 1e11, 1, ("head", "tied")), Row(32, 1e11, 1, ("head", "untied"))));
        Assert.Equal(
            [SweepTopic.Repetition, SweepTopic.Scaling],
            Topics(Row(24, 1e11, 1, ("uniqueTokens", "1000")), Row(32, 1e11, 1, ("uniqueTokens", "2000"))));
        Assert.Equal(
            [SweepTopic.Repetition, SweepTopic.Recipes],
            Topics(Row(24, 1e11, 1, ("uniqueTokens", "1000"), ("head", "tied")),
                Row(24, 1e11, 1, ("uniqueTokens", "2000"), ("head", "untied"))));
        // A column with one value is no axis.
        Assert.Equal([SweepTopic.Noise],
            Topics(Row(24, 1e11, 1, ("head", "tied")), Row(24, 1e11, 2, ("head", "tied"))));
    }

    [Fact]
    public void Lengths_that_differ_by_rounding_to_whole_steps_are_one()
    {
        RunRow Tokens(long tokens, int seed, string batch) =>
            Row(24, null, seed, ("batchScale", batch)) with { Tokens = tokens };
        RunRow[] rounded = [Tokens(900_096, 1, "1"), Tokens(901_120, 1, "4"), Tokens(450_048, 2, "1")];
        var length = RunLength.Among(rounded);
        Assert.Equal(length(rounded[0]), length(rounded[1]));
        Assert.NotEqual(length(rounded[0]), length(rounded[2]));
        // One recipe has both: then they are two lengths.
        RunRow[] fine = [Tokens(900_096, 1, "1"), Tokens(901_120, 1, "1")];
        Assert.NotEqual(RunLength.Among(fine)(fine[0]), RunLength.Among(fine)(fine[1]));
        Assert.Equal(2, SweepQuestion.Infer(fine).Lengths);
    }

    private static IReadOnlyList<SweepTopic> Topics(params RunRow[] rows) => SweepQuestion.Infer(rows).Topics;

    private static RunRow Row(int width, double? budget, int seed, params (string Field, string Value)[] varies) =>
        RunRow.From("s",
            Sweeps.Completed(
                Sweeps.Cell(width, budget, seed, [.. varies.Select(v => new RecipeChoice(v.Field, v.Value))]), 3.5));
}
