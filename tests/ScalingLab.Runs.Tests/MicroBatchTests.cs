using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Tests;

public sealed class MicroBatchTests
{
    private static readonly RunSpec Spec = new()
    {
        Shape = new ModelShape { Layers = 6, Width = 192, Heads = 6, Vocabulary = 4096, Context = 256 },
        Data = new DataIdentity("none", "00", "00"),
        Steps = 1,
        Recipe = new TrainingRecipe { BatchSequences = 100, LearningRateMax = 1e-3 },
        Seed = 1,
    };

    private static readonly WorkerSettings Settings = new() { DataFolder = "", CheckpointFolder = "" };

    [Fact]
    public void It_is_the_largest_whose_peak_fits_or_smaller_parts_of_as_few()
    {
        for (var budget = 400_000_000L; budget < 8_000_000_000; budget += 370_000_001)
        {
            var tokens = MicroBatch.LargestThatFits(Spec, Settings, budget);
            var sequences = tokens / 256;
            Assert.Equal(0, tokens % 256);
            Assert.True(Peak(tokens) <= budget, $"{tokens} tokens need {Peak(tokens)} of {budget}");
            var parts = (100 + sequences - 1) / sequences;
            if (parts == 1) continue;
            var fewer = (100 + parts - 2) / (parts - 1); // sequences with which one part less would do
            Assert.True(Peak(fewer * 256) > budget, $"{fewer} sequences would have fitted {budget}");
        }
    }

    [Fact]
    public void Plenty_takes_the_whole_batch_and_too_little_one_sequence()
    {
        Assert.Equal(100 * 256, MicroBatch.LargestThatFits(Spec, Settings, 1L << 40));
        Assert.Equal(256, MicroBatch.LargestThatFits(Spec, Settings, 1));
    }

    [Fact]
    public void Computing_again_makes_room_for_more()
    {
        var block = Settings with { Recompute = RecomputeMode.Block };
        Assert.True(MicroBatch.LargestThatFits(Spec, block, 1_000_000_000) >= 2
            * MicroBatch.LargestThatFits(Spec, Settings, 1_000_000_000));
    }

    [Fact]
    public void Where_the_room_is_unknown_the_micro_batch_stands() =>
        Assert.Equal(16_384, MicroBatch.LargestThatFits(Spec, Settings, null));

    [Fact]
    public void A_grid_may_ask_for_it_and_for_computing_again_and_old_grids_say_what_they_said()
    {
        GridWorker Read(string worker) => GridFile.Parse(
            $$"""{ "name": "x", "data": { "corpus": "dotnet-docs" }, "models": ["micro-28k"], "lengths": { "tokens": 100000 }, "worker": {{worker}} }""",
            "grid.json", "/").Worker;
        var auto = Read("""{ "microBatchTokens": "auto", "recompute": "block", "memoryBytes": 24000000000 }""")
            .Over(Settings);
        Assert.True(auto.AutoMicroBatch);
        Assert.Equal((RecomputeMode.Block, 24_000_000_000L, 16_384),
            (auto.Recompute, auto.MemoryBytes!.Value, auto.MicroBatchTokens));
        var given = Read("""{ "microBatchTokens": 512 }""").Over(Settings);
        Assert.Equal((false, 512, RecomputeMode.None), (given.AutoMicroBatch, given.MicroBatchTokens, given.Recompute));
        Assert.Equal(Settings, Read("{}").Over(Settings));
        Assert.Throws<InputException>(() => Read("""{ "recompute": "everything" }"""));
        Assert.Throws<InputException>(() => Read("""{ "microBatchTokens": "automatic" }"""));
    }

    private static long Peak(int tokens) => MemoryEstimate.For(Spec, Settings with { MicroBatchTokens = tokens }).Total;
}
