using ScalingLab.Runs;
using ScalingLab.Runs.Models;

namespace ScalingLab.Lab.Tests;

/// <summary>A cell of 160 tokens that no test trains.</summary>
internal static class ShortRun
{
    public static SweepCell Create(int seed) => new(
        new RunSpec
        {
            Shape = new ModelShape { Layers = 1, Width = 8, Heads = 1, Vocabulary = 16, Context = 8 },
            Data = new DataIdentity("none", "00", "00"),
            Steps = 10,
            Recipe = new TrainingRecipe { BatchSequences = 2, LearningRateMax = 0.01 },
            Seed = seed,
        },
        "1x8", null, []);
}
