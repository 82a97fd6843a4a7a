using ScalingLab.Fitting.Observations;

namespace ScalingLab.Fitting.Laws;

/// <summary>
/// L = E + A/N'^alpha + B/D'^beta, nats/token, where repeated tokens and excess parameters count for less (Muennighoff
/// et al. 2023, "Scaling Data-Constrained Language Models", arXiv 2305.16264, in the form of their published fit): with
/// U distinct tokens, D' = U + U R_D* (1 - exp(-R_D/R_D*)), R_D = D/U - 1, and N' = U_N + U_N R_N* (1 -
/// exp(-R_N/R_N*)), R_N = N/U_N - 1, where U_N is the compute-optimal size for U tokens (C = 6ND) or N itself where
/// that is smaller.
/// </summary>
/// <param name="Base">E, A, B, alpha and beta.</param>
/// <param name="TokensDecay">R_D*: repetitions after which repeating has given 1 - 1/e of all it can.</param>
/// <param name="ParametersDecay">R_N*: the same for parameters beyond U_N; infinity takes every parameter at its full
/// worth.</param>
public sealed record DataConstrainedLaw(ParametricLaw Base, double TokensDecay, double ParametersDecay)
{
    /// <summary>
    /// Muennighoff et al. 2023's own fit, to the digits of the README and notebook of huggingface/datablations (C4).
    /// </summary>
    public static DataConstrainedLaw Muennighoff2023 { get; } = new(
        new ParametricLaw(Math.Exp(0.6254804), Math.Exp(6.255414), Math.Exp(7.3049974), 0.3526596, 0.3526596),
        15.387756, 5.309743);

    /// <summary>The law's loss; distinct tokens beyond D count as D.</summary>
    public double Loss(double parameters, double tokens, double uniqueTokens)
    {
        var unique = Math.Min(uniqueTokens, tokens);
        return Base.Loss(EffectiveParameters(parameters, unique), EffectiveTokens(tokens, unique));
    }

    /// <summary>D'.</summary>
    public double EffectiveTokens(double tokens, double uniqueTokens)
    {
        var unique = Math.Min(uniqueTokens, tokens);
        return unique * (1 + Saturation.At((tokens / unique) - 1, TokensDecay).Worth);
    }

    /// <summary>
    /// Rows as the runs on fresh text that they are worth: D' tokens, and compute in proportion. Rows that say nothing
    /// of repetition stay as they are.
    /// </summary>
    public IReadOnlyList<LossObservation> AsFresh(IReadOnlyList<LossObservation> rows) => [.. rows.Select(one =>
    {
        var tokens = one.UniqueTokens is { } unique ? EffectiveTokens(one.Tokens, unique) : one.Tokens;
        return tokens == one.Tokens ? one
            : one with { Tokens = tokens, Flops = one.Flops * tokens / one.Tokens, BudgetFlops = null };
    })];

    /// <summary>N'.</summary>
    public double EffectiveParameters(double parameters, double uniqueTokens)
    {
        var matched = Math.Min(parameters, MatchedParameters(uniqueTokens));
        return matched * (1 + Saturation.At((parameters / matched) - 1, ParametersDecay).Worth);
    }

    /// <summary>
    /// The size for which a number of distinct tokens is compute-optimal: alpha A N^-alpha = beta B D^-beta.
    /// </summary>
    public double MatchedParameters(double tokens) => Math.Exp(
        (Math.Log(Base.Alpha * Base.A) - Math.Log(Base.Beta * Base.B) + (Base.Beta * Math.Log(tokens))) / Base.Alpha);
}

/// <summary>
/// What R repetitions are worth with a decay R*: R* (1 - exp(-R/R*)), and its slopes in R and in ln R*.
/// </summary>
internal readonly record struct Saturation(double Worth, double Slope, double LogDecaySlope)
{
    public static Saturation At(double repetitions, double decay)
    {
        if (double.IsPositiveInfinity(decay))
            return new Saturation(repetitions, 1, 0);
        var x = repetitions / decay;
        var left = Math.Exp(-x);
        // 1 - exp(-x) without losing the digits of a small x, nor all of them of a large one.
        var gone = x > 1 ? 1 - left : 2 * Math.Exp(-x / 2) * Math.Sinh(x / 2);
        return new Saturation(decay * gone, left, decay * (gone - (x * left)));
    }
}
