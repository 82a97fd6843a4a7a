using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Training.Steps;

namespace ScalingLab.Training.Tests;

/// <summary>The known models' architectures, narrow enough to train in a test.</summary>
public sealed class PresetTests
{
    public static TheoryData<string> Names => [.. ModelPresets.Known.Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_known_model_trains(string name)
    {
        var whole = ModelPresets.Find(name)!.Shape(vocabulary: 101, context: 16);
        var shape = whole with { Layers = 4, Width = 32, Heads = 4, EmbeddingWidth = whole.IsFactorised ? 8 : 0 };
        Assert.Empty(shape.Problems());
        var spec = new RunSpec
        {
            Shape = shape,
            Recipe = new TrainingRecipe { BatchSequences = 4, LearningRateMax = 0.01, WarmupFraction = 0 },
            Data = new DataIdentity("counting", "", ""),
            Steps = 3,
            Seed = 1,
        };
        using var training = new TrainingStep(spec, new WorkerSettings { DataFolder = "", CheckpointFolder = "" });
        Assert.Equal(ParameterCount.For(shape).Total, training.ParameterCount);
        var losses = Enumerable.Range(0, 3).Select(step => training.Run(step, Count).Loss).ToList();
        Assert.InRange(losses[0], Math.Log(101) - 0.5, Math.Log(101) + 1);
        Assert.True(losses[0] > losses[1] && losses[1] > losses[2], $"{name}: {string.Join(", ", losses)}");
    }

    private static void Count(long first, int sequences, Span<long> inputs, Span<long> targets)
    {
        for (var i = 0; i < inputs.Length; i++) (inputs[i], targets[i]) = (i % 101, (i + 1) % 101);
    }
}
