using System.Security.Cryptography;
using System.Text;

namespace ScalingLab.Runs;

/// <summary>
/// Many budgets from one run (Hägele et al. 2024, arXiv 2405.18392): runs with a constant learning rate that differ in
/// their length are the same run until the first of them cools down. That part is the trunk; each shorter run is a
/// branch that needs its cooldown only. A branch is the very run that training it alone would give, so its name and its
/// result are the same: sharing the trunk saves work and decides nothing.
/// </summary>
public static class Trunk
{
    /// <summary>
    /// The name that runs with the same trunk share, or null where a run has none: its schedule is not
    /// <see cref="ScheduleKind.Wsd"/>, or its warm-up or batch follows its length, so that runs of other lengths differ
    /// from the first step.
    /// </summary>
    public static string? KeyOf(RunSpec spec)
    {
        var recipe = spec.Recipe;
        if (recipe.Schedule != ScheduleKind.Wsd || recipe.BatchWarmupFraction > 0) return null;
        if (recipe.WarmupSteps is null && recipe.WarmupFraction > 0) return null;
        var trunk = spec with
        {
            Steps = 0,
            Data = spec.Data with { Corpus = "" },
            Recipe = recipe with
            {
                WarmupFraction = 0, CooldownFraction = 0, Cooldown = default, LearningRateFinalFraction = 0,
                    EvaluationTokens = 0,
            },
        };
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(RunJson.Serialize(trunk))))[..16];
    }

    /// <summary>Steps before the cooldown: how far the run is its trunk.</summary>
    public static long StepsOf(RunSpec spec) => spec.Steps - CooldownSteps(spec.Recipe, spec.Steps);

    /// <summary>Steps in the cooldown of a run of that many steps.</summary>
    public static long CooldownSteps(TrainingRecipe recipe, long steps) =>
        (long)Math.Round(recipe.CooldownFraction * steps);

    /// <summary>
    /// Exact FLOPs of training those runs when each trunk is trained once, by the run that follows it furthest.
    /// </summary>
    public static double FlopsOf(IReadOnlyList<RunSpec> runs)
    {
        var flops = runs.Sum(run => run.Flops);
        foreach (var family in runs.Where(run => KeyOf(run) is not null).GroupBy(KeyOf))
        {
            var leader = family.MaxBy(StepsOf)!;
            flops -= family.Where(run => run != leader)
                .Sum(run => run.FlopsPerToken * run.TokensAfter(StepsOf(run)));
        }

        return flops;
    }
}
