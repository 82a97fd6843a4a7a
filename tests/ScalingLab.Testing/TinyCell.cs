using ScalingLab.Runs;
using ScalingLab.Runs.Models;

namespace ScalingLab.Testing;

/// <summary>A cell of a sweep that no test trains.</summary>
public static class TinyCell
{
    /// <param name="size">Layers and heads, and an eighth of the width: each size is another run.</param>
    public static SweepCell Create(int size) => new(
        new RunSpec
        {
            Shape = new ModelShape { Layers = size, Width = 8 * size, Heads = size, Vocabulary = 16, Context = 8 },
            Data = new DataIdentity("none", "00", "00"),
            Steps = 80,
            Recipe = new TrainingRecipe { BatchSequences = 2, LearningRateMax = 0.01 },
            Seed = 1,
        },
        $"{size}x{8 * size}", BudgetFlops: 1e7, [new RecipeChoice("positions", "rotary")]);
}
