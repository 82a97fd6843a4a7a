using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Recipes;

/// <summary>A quantity that follows model size and tokens by a power law: coefficient x N^a x D^b.</summary>
/// <param name="Coefficient">Its value at N = D = 1.</param>
/// <param name="ParametersExponent">a.</param>
/// <param name="TokensExponent">b.</param>
public sealed record RuleLaw(double Coefficient, double ParametersExponent, double TokensExponent)
{
    /// <summary>Coefficient x N^a x D^b, in the unit of the quantity.</summary>
    /// <param name="parameters">N: parameters of blocks and head (<see cref="ParameterCount.WithHead"/>) unless the
    /// rule says otherwise.</param>
    /// <param name="tokens">D: tokens of the run.</param>
    public double At(double parameters, double tokens) =>
        Coefficient * Math.Pow(parameters, ParametersExponent) * Math.Pow(tokens, TokensExponent);
}

/// <summary>Model sizes and tokens between which a rule was measured.</summary>
/// <param name="ParametersLeast">Smallest N.</param>
/// <param name="ParametersMost">Largest N.</param>
/// <param name="TokensLeast">Fewest tokens of a run.</param>
/// <param name="TokensMost">Most tokens of a run.</param>
public sealed record RuleRegion(double ParametersLeast, double ParametersMost, double TokensLeast, double TokensMost)
{
    /// <summary>Whether a run lies in it.</summary>
    public bool Contains(double parameters, double tokens) =>
        parameters >= ParametersLeast && parameters <= ParametersMost && tokens >= TokensLeast && tokens <= TokensMost;
}
