using System.Globalization;

namespace ScalingLab.Runs;

/// <summary>Which cells of a sweep would be slow on a GPU, and why.</summary>
internal static class PlanPathAdvice
{
    /// <summary>One line for each reason (<see cref="TrainingPath.Obstacles(ModelShape, TrainingRecipe)"/>).</summary>
    public static IEnumerable<string> Of(Sweep sweep) => sweep.Cells
        .SelectMany(cell => TrainingPath.Obstacles(cell.Spec.Shape, cell.Spec.Recipe))
        .GroupBy(obstacle => obstacle)
        .Select(group => string.Create(
            CultureInfo.InvariantCulture,
            $"{group.Count()} of {sweep.Cells.Count} runs train by plain operations on a GPU, several times slower and in more memory: {group.Key}"));
}
