using ScalingLab.Runs.Planning;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Runs.Grids;

/// <summary>A sweep, expanded: the cells in the order of the grid, each run once.</summary>
/// <param name="Name">The grid's name; the results' folder.</param>
/// <param name="Question">What the sweep asks, in the grid's words, for the report.</param>
/// <param name="Cells">The runs.</param>
public sealed record Sweep(string Name, string? Question, IReadOnlyList<SweepCell> Cells)
{
    /// <summary>
    /// How its runs stand to the size rules, for <see cref="Plan"/>; empty where the sweep was not made from a grid.
    /// </summary>
    internal IReadOnlyDictionary<RunId, RuleComparison> Rules { get; init; } = new Dictionary<RunId, RuleComparison>();
}
