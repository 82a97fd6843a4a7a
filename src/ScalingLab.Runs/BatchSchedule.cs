namespace ScalingLab.Runs;

/// <summary>
/// How many sequences each step takes: the recipe's batch, or while it warms up a part of it that grows in a straight
/// line, in whole sequences (small batches lose nothing early in training: McCandlish et al. 2018, arXiv 1812.06162;
/// Merrill et al. 2025, arXiv 2505.23971).
/// </summary>
public static class BatchSchedule
{
    /// <summary>Sequences of a step.</summary>
    /// <param name="recipe">Batch and its warm-up.</param>
    /// <param name="step">0 for the first.</param>
    /// <param name="steps">Steps in the run.</param>
    public static int SequencesAt(TrainingRecipe recipe, long step, long steps)
    {
        var warmup = WarmupSteps(recipe, steps);
        if (step >= warmup) return recipe.BatchSequences;
        var share = recipe.BatchWarmupStart + ((1 - recipe.BatchWarmupStart) * step / warmup);
        return Math.Clamp((int)Math.Round(recipe.BatchSequences * share), 1, recipe.BatchSequences);
    }

    /// <summary>
    /// Sequences of the first <paramref name="done"/> steps of a run of <paramref name="steps"/> steps.
    /// </summary>
    public static long SequencesAfter(TrainingRecipe recipe, long done, long steps)
    {
        var growing = Math.Min(done, WarmupSteps(recipe, steps));
        var sum = (done - growing) * recipe.BatchSequences;
        for (long step = 0; step < growing; step++) sum += SequencesAt(recipe, step, steps);
        return sum;
    }

    /// <summary>The number of steps, at least 1, that comes nearest to so many sequences.</summary>
    public static long StepsFor(TrainingRecipe recipe, double sequences)
    {
        var most = (long)Math.Max(1, Math.Round(sequences / recipe.BatchSequences));
        if (recipe.BatchWarmupFraction == 0) return most;
        double Miss(long steps) => SequencesAfter(recipe, steps, steps) - sequences;
        var (low, high) =
            (most, (long)Math.Ceiling(most
                / (1 - recipe.BatchWarmupFraction + (recipe.BatchWarmupFraction * recipe.BatchWarmupStart))) + 1);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (Miss(middle) < 0) low = middle + 1;
            else high = middle;
        }

        return low > 1 && Math.Abs(Miss(low - 1)) <= Math.Abs(Miss(low)) ? low - 1 : low;
    }

    private static long WarmupSteps(TrainingRecipe recipe, long steps) =>
        (long)Math.Round(recipe.BatchWarmupFraction * steps);
}
