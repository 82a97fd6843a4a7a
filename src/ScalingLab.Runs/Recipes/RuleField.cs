using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Recipes;

/// <summary>A recipe field that a size rule decides where the grid does not.</summary>
/// <param name="Name">The field.</param>
/// <param name="Value">Its value for a shape and a number of tokens.</param>
public sealed record RuleField(string Name, Func<ModelShape, double, double> Value);
