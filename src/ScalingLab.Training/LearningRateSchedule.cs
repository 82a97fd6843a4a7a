using ScalingLab.Runs;

namespace ScalingLab.Training;

/// <summary>The learning rate of every step, a pure function of the recipe and the run's length.</summary>
public static class LearningRateSchedule
{
    /// <summary>
    /// Linear warm-up from 0 over the first <see cref="TrainingRecipe.WarmupFraction"/> of the steps, then half a cosine that reaches the final
    /// fraction at the last step: a cycle longer than the run costs loss (Hoffmann et al. 2022, appendix B).
    /// </summary>
    /// <param name="recipe">Maximum, warm-up and final fraction.</param>
    /// <param name="step">0 for the first step.</param>
    /// <param name="steps">Steps in the run.</param>
    public static double At(TrainingRecipe recipe, long step, long steps)
    {
        var warmup = (long)Math.Round(recipe.WarmupFraction * steps);
        if (step < warmup) return recipe.LearningRateMax * (step + 1) / warmup;
        var progress = (step + 1.0 - warmup) / (steps - warmup);
        var final = recipe.LearningRateFinalFraction;
        return recipe.LearningRateMax * (final + ((1 - final) * 0.5 * (1 + Math.Cos(Math.PI * progress))));
    }
}
