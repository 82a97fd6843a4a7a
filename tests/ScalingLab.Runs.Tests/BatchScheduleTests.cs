namespace ScalingLab.Runs.Tests;

public class BatchScheduleTests
{
    private static readonly TrainingRecipe Steady = new() { BatchSequences = 16, LearningRateMax = 0.01 };

    private static readonly TrainingRecipe Growing = Steady with { BatchWarmupFraction = 0.5, BatchWarmupStart = 0.25 };

    [Fact]
    public void A_steady_batch_is_the_same_at_every_step()
    {
        Assert.Equal(16, BatchSchedule.SequencesAt(Steady, 0, 10));
        Assert.Equal(160, BatchSchedule.SequencesAfter(Steady, 10, 10));
        Assert.Equal(10, BatchSchedule.StepsFor(Steady, 155));
    }

    [Fact]
    public void A_growing_batch_begins_at_its_start_and_never_shrinks()
    {
        int[] sizes = [.. Enumerable.Range(0, 100).Select(step => BatchSchedule.SequencesAt(Growing, step, 100))];
        Assert.Equal(4, sizes[0]);
        Assert.Equal(16, sizes[50]);
        Assert.All(sizes.Zip(sizes.Skip(1)), pair => Assert.True(pair.First <= pair.Second));
        Assert.Equal(sizes.Sum(), BatchSchedule.SequencesAfter(Growing, 100, 100));
        Assert.Equal(sizes.Take(37).Sum(), BatchSchedule.SequencesAfter(Growing, 37, 100));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(57)]
    [InlineData(1600)]
    [InlineData(123_456)]
    public void The_number_of_steps_comes_as_near_to_the_wanted_length_as_any(double sequences)
    {
        var steps = BatchSchedule.StepsFor(Growing, sequences);
        double Miss(long n) => Math.Abs(BatchSchedule.SequencesAfter(Growing, n, n) - sequences);
        Assert.True(Miss(steps) <= Miss(steps + 1));
        if (steps > 1) Assert.True(Miss(steps) <= Miss(steps - 1));
    }
}
