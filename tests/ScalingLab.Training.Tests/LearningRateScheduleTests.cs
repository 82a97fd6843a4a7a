using ScalingLab.Runs;

namespace ScalingLab.Training.Tests;

public sealed class LearningRateScheduleTests
{
    private static readonly TrainingRecipe Recipe = new()
    {
        BatchSequences = 1, LearningRateMax = 0.5, WarmupFraction = 0.1, LearningRateFinalFraction = 0.1,
    };

    [Fact]
    public void It_rises_in_a_line_to_the_maximum_over_the_warm_up()
    {
        Assert.Equal([0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5],
            Enumerable.Range(0, 10).Select(step => Math.Round(LearningRateSchedule.At(Recipe, step, 100), 12)));
    }

    [Fact]
    public void Its_last_step_is_exactly_the_final_fraction_whatever_the_length()
    {
        foreach (var steps in new long[] { 1, 2, 7, 100, 12345 })
            Assert.Equal(0.05, LearningRateSchedule.At(Recipe, steps - 1, steps), 12);
    }

    [Fact]
    public void It_never_rises_after_the_warm_up_and_is_half_way_in_the_middle()
    {
        var rates = Enumerable.Range(9, 91).Select(step => LearningRateSchedule.At(Recipe, step, 100)).ToList();
        Assert.All(rates.Zip(rates.Skip(1)), pair => Assert.True(pair.Second <= pair.First));
        Assert.Equal(0.5 * (0.5 + 0.05), LearningRateSchedule.At(Recipe, 54, 100), 12);
    }
}
