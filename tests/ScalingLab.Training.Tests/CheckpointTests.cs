using ScalingLab.Runs.Outcomes;
using ScalingLab.Torch;
using ScalingLab.Training.Checkpoints;

namespace ScalingLab.Training.Tests;

public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    [Fact]
    public void What_was_saved_is_loaded_bit_for_bit()
    {
        var (weights, moments) = (randn(1000), randn(1000));
        new CheckpointFolder(folder.Path).Save(At(7), [weights, moments]);
        var (a, b) = (zeros(1000), zeros(1000));
        var progress = new CheckpointFolder(folder.Path).Load("run", [a, b]);
        Assert.NotNull(progress);
        Assert.Equal(7, progress.Step);
        Assert.Equal(2.5, Assert.Single(progress.Points).LossTrain);
        Assert.True(a.HasBitsOf(weights) && b.HasBitsOf(moments));
    }

    [Fact]
    public void One_that_is_written_beside_the_training_holds_the_state_as_it_was()
    {
        var weights = randn(1000);
        var before = weights.clone();
        using var gate = new ManualResetEventSlim();
        using var writer = new CheckpointWriter([weights], beside: true);
        Assert.Empty(writer.Save(3, state =>
        {
            gate.Wait();
            new CheckpointFolder(folder.Path).Save(At(3), state);
        }));
        Assert.True(writer.IsBusy);
        weights.zero_();
        gate.Set();
        Assert.Equal([3], writer.Wait());
        Assert.InRange(writer.LastSeconds, 1e-9, 60);
        var loaded = zeros(1000);
        Assert.Equal(3, new CheckpointFolder(folder.Path).Load("run", [loaded])!.Step);
        Assert.True(loaded.HasBitsOf(before));
    }

    [Fact]
    public void The_two_newest_are_kept()
    {
        foreach (var step in new long[] { 1, 2, 10 }) new CheckpointFolder(folder.Path).Save(At(step), [ones(3)]);
        Assert.Equal(["step-10.ckpt", "step-2.ckpt"],
            Directory.GetFiles(folder.Path).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(-1)]
    public void A_damaged_checkpoint_is_passed_over_for_the_one_before(int at)
    {
        new CheckpointFolder(folder.Path).Save(At(1), [full([3], 1f)]);
        new CheckpointFolder(folder.Path).Save(At(2), [full([3], 2f)]);
        var newest = folder["step-2.ckpt"];
        var bytes = File.ReadAllBytes(newest);
        bytes[at < 0 ? bytes.Length + at : at] ^= 1;
        File.WriteAllBytes(newest, bytes);
        var weights = zeros(3);
        Assert.Equal(1, new CheckpointFolder(folder.Path).Load("run", [weights])!.Step);
        Assert.True(weights.HasBitsOf(ones(3)));
    }

    [Fact]
    public void Every_truncation_of_a_checkpoint_is_refused()
    {
        new CheckpointFolder(folder.Path).Save(At(1), [ones(3)]);
        var path = folder["step-1.ckpt"];
        var bytes = File.ReadAllBytes(path);
        for (var length = 0; length < bytes.Length; length += 7)
        {
            File.WriteAllBytes(path, bytes[..length]);
            Assert.Null(new CheckpointFolder(folder.Path).Load("run", [zeros(3)]));
        }
    }

    [Fact]
    public void Another_runs_checkpoint_is_not_taken()
    {
        new CheckpointFolder(folder.Path).Save(At(1), [ones(3)]);
        Assert.Null(new CheckpointFolder(folder.Path).Load("another", [zeros(3)]));
    }

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    private static TrainingProgress At(long step) =>
        new("run", step, 1, 2, 0, 0, [new MetricPoint(step, step * 10, LossTrain: 2.5)]);
}
