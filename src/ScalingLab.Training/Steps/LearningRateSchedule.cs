using ScalingLab.Runs;

namespace ScalingLab.Training.Steps;

/// <summary>The learning rate of every step, a pure function of the recipe and the run's length.</summary>
public static class LearningRateSchedule
{
    /// <summary>
    /// Linear warm-up from 0 over <see cref="TrainingRecipe.WarmupSteps"/>, or the first
    /// <see cref="TrainingRecipe.WarmupFraction"/> of the steps, then with n steps done, W of warm-up and S in all, as
    /// a multiple of the maximum, f being the final fraction:
    /// <list type="bullet">
    /// <item>cosine: f + (1 - f) (1 + cos(pi p)) / 2, p = (n - W) / (cycle S - W): with a cycle of 1 the end is f, and
    /// a cycle longer than the run costs loss (Hoffmann et al. 2022, appendix B);</item>
    /// <item>linear: f + (1 - f) (1 - p), p as above;</item>
    /// <item>WSD: 1, and over the last <see cref="TrainingRecipe.CooldownFraction"/> of the steps f + (1 - f) (1 - p)
    /// or f + (1 - f) (1 - sqrt(p)), p from 0 to 1 (Hägele et al. 2024, arXiv 2405.18392, section 3);</item>
    /// <item>constant: 1;</item>
    /// <item>inverse square root: sqrt(W / n) (Vaswani et al. 2017, eq. 3), without warm-up sqrt(1 / n).</item>
    /// </list>
    /// </summary>
    /// <param name="recipe">Schedule, maximum, warm-up and final fraction.</param>
    /// <param name="step">0 for the first step.</param>
    /// <param name="steps">Steps in the run.</param>
    public static double At(TrainingRecipe recipe, long step, long steps)
    {
        var warmup = recipe.WarmupSteps ?? (long)Math.Round(recipe.WarmupFraction * steps);
        if (step < warmup) return recipe.LearningRateMax * (step + 1) / warmup;
        return recipe.Schedule switch
        {
            ScheduleKind.Cosine =>
                Between(recipe, 0.5 * (1 + Math.Cos(Math.PI * Progress(recipe, step, steps, warmup)))),
            ScheduleKind.Linear => Between(recipe, 1 - Progress(recipe, step, steps, warmup)),
            ScheduleKind.Wsd => Between(recipe, Cooldown(recipe, step, steps)),
            ScheduleKind.Constant => recipe.LearningRateMax,
            ScheduleKind.InverseSqrt => recipe.LearningRateMax * Math.Sqrt(Math.Max(1.0, warmup) / (step + 1)),
            _ => throw new ArgumentOutOfRangeException(nameof(recipe), recipe.Schedule, null),
        };
    }

    /// <summary>The first step, from 0, whose learning rate a WSD run's cooldown lowers.</summary>
    /// <param name="recipe">Warm-up and cooldown.</param>
    /// <param name="steps">Steps in the run.</param>
    public static long CooldownStart(TrainingRecipe recipe, long steps) => Math.Max(
        recipe.WarmupSteps ?? (long)Math.Round(recipe.WarmupFraction * steps), steps
        - (long)Math.Round(recipe.CooldownFraction * steps));

    private static double Between(TrainingRecipe recipe, double share)
    {
        var final = recipe.LearningRateFinalFraction;
        return recipe.LearningRateMax * (final + ((1 - final) * share));
    }

    private static double Progress(TrainingRecipe recipe, long step, long steps, long warmup) =>
        (step + 1.0 - warmup) / ((recipe.Cycle * steps) - warmup);

    private static double Cooldown(TrainingRecipe recipe, long step, long steps)
    {
        var start = CooldownStart(recipe, steps);
        if (step < start) return 1;
        var progress = (step + 1.0 - start) / (steps - start);
        return recipe.Cooldown == CooldownKind.Sqrt ? 1 - Math.Sqrt(progress) : 1 - progress;
    }
}
