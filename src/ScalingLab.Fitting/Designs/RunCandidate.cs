namespace ScalingLab.Fitting.Designs;

/// <summary>A run that could be made.</summary>
/// <param name="Parameters">N, counted as the rows count it.</param>
/// <param name="Tokens">D, training tokens.</param>
/// <param name="Flops">What one run costs, in the unit of the budget.</param>
/// <param name="Most">How many of it can be made, each with a seed of its own.</param>
public sealed record RunCandidate(double Parameters, double Tokens, double Flops, int Most = 1);
