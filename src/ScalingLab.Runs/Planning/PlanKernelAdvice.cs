using System.Globalization;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Planning;

/// <summary>Which cells of a sweep would be slow on a GPU, and why.</summary>
internal static class PlanKernelAdvice
{
    /// <summary>One line for each reason (<see cref="KernelPath.Obstacles(ModelShape, TrainingRecipe)"/>).</summary>
    public static IEnumerable<string> ForSweep(Sweep sweep) => sweep.Cells
        .SelectMany(cell => KernelPath.Obstacles(cell.Spec.Shape, cell.Spec.Recipe))
        .GroupBy(obstacle => obstacle)
        .Select(group => string.Create(
            CultureInfo.InvariantCulture,
            $"{group.Count()} of {sweep.Cells.Count} runs train by plain operations on a GPU, several times slower and "
                + $"in more memory: {group.Key}"));
}
