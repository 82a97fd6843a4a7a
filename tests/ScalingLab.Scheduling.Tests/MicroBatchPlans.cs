using ScalingLab.Runs;
using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Tests;

/// <summary>The micro-batch that an attempt is started with.</summary>
public sealed class MicroBatchPlans
{
    private static readonly RunSpec Spec = new()
    {
        Shape = new ModelShape { Layers = 6, Width = 384, Heads = 6, Vocabulary = 32_768, Context = 1024 },
        Data = new DataIdentity("none", "00", "00"),
        Steps = 1,
        Recipe = new TrainingRecipe { BatchSequences = 64, LearningRateMax = 1e-3 },
        Seed = 1,
    };

    private static readonly WorkerSettings Auto =
        new() { DataFolder = "", CheckpointFolder = "", AutoMicroBatch = true };

    [Fact]
    public void An_automatic_one_fills_a_slots_share_of_nine_tenths_of_the_device_or_what_the_sweep_gives_it()
    {
        var settled = Settled(Auto, slots: 2, losses: 0);
        Assert.False(settled.AutoMicroBatch);
        Assert.Equal("cuda:0", settled.Device);
        Assert.Equal(0, settled.MicroBatchTokens % 1024);
        Assert.InRange(MemoryEstimate.For(Spec, settled).Total, 4_000_000_000, 9_000_000_000); // 0.9 x 20 GB / 2
        Assert.True(Settled(Auto, slots: 4, losses: 0).MicroBatchTokens < settled.MicroBatchTokens);
        Assert.InRange(
            MemoryEstimate.For(Spec, Settled(Auto with { MemoryBytes = 3_000_000_000 }, slots: 2, losses: 0)).Total,
            2_000_000_000, 3_000_000_000);
    }

    [Fact]
    public void Running_out_of_memory_halves_it_down_to_a_sequence_and_a_given_one_is_taken_as_it_stands()
    {
        var whole = Settled(Auto, slots: 2, losses: 0).MicroBatchTokens;
        Assert.Equal(whole / 2, Settled(Auto, slots: 2, losses: 1).MicroBatchTokens);
        Assert.Equal(1024, Settled(Auto, slots: 2, losses: 40).MicroBatchTokens);
        Assert.Equal(16_384, Settled(Auto with { AutoMicroBatch = false }, slots: 2, losses: 0).MicroBatchTokens);
    }

    [Fact]
    public void What_is_halved_is_what_went_through_at_once_which_is_no_more_than_the_batch()
    {
        var batch = Spec.Recipe.BatchSequences * 1024;
        var given = Auto with { AutoMicroBatch = false, MicroBatchTokens = 100 * batch };
        Assert.Equal(batch / 2, Settled(given, slots: 1, losses: 1).MicroBatchTokens);
        Assert.True(RunEstimates.CanHalveMicroBatch(Auto with { MicroBatchTokens = 100 * batch }, Spec));
        Assert.False(RunEstimates.CanHalveMicroBatch(Auto with { MicroBatchTokens = 1024 }, Spec));
    }

    [Fact]
    public void A_device_that_does_not_tell_its_memory_leaves_it_as_it_was() =>
        Assert.Equal(16_384,
            RunEstimates.ResolveMicroBatch(Auto, Spec, new NodeDevice("cuda:0", 1), 0).MicroBatchTokens);

    private static WorkerSettings Settled(WorkerSettings settings, int slots, int losses) =>
        RunEstimates.ResolveMicroBatch(settings, Spec,
            new NodeDevice("cuda:1", slots) { MemoryBytes = 20_000_000_000 }, losses);
}
