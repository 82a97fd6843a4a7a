namespace ScalingLab.Fitting;

/// <summary>A law as printed by its authors, for comparison.</summary>
/// <param name="Name">Short name for a legend.</param>
/// <param name="Source">Paper and place in it.</param>
/// <param name="ParametersExponent">a in N_opt proportional to C^a.</param>
/// <param name="TokensExponent">b in D_opt proportional to C^b.</param>
/// <param name="Law">The parametric law; null where the authors give none of this form.</param>
/// <param name="ParametersLaw">N_opt of C in FLOPs; null where none is printed.</param>
/// <param name="TokensLaw">D_opt of C in FLOPs; null where none is printed.</param>
/// <param name="NonEmbedding">Whether N leaves out embeddings.</param>
public sealed record PublishedLaw(
    string Name,
    string Source,
    double ParametersExponent,
    double TokensExponent,
    ParametricLaw? Law,
    PowerLaw? ParametersLaw,
    PowerLaw? TokensLaw,
    bool NonEmbedding)
{
    /// <summary>The advice for a budget in FLOPs; null where the paper prints exponents only.</summary>
    public (double Parameters, double Tokens)? Optimum(double flops)
    {
        if (Law is not null)
            return Law.Optimum(flops);
        return ParametersLaw is null || TokensLaw is null ? null : (ParametersLaw.At(flops), TokensLaw.At(flops));
    }
}

/// <summary>The laws that every sweep is set beside.</summary>
public static class PublishedLaws
{
    private const double PetaflopDay = 1e15 * 86400;

    /// <summary>N_opt = 1.3e9 C^0.73 and D_opt = 2e10 C^0.27 with C (C_min) in PF-days.</summary>
    public static PublishedLaw Kaplan2020 { get; } = new(
        "Kaplan et al. 2020",
        "Scaling Laws for Neural Language Models, arXiv 2001.08361, appendix A",
        0.73,
        0.27,
        null,
        new PowerLaw(1.3e9 * Math.Pow(PetaflopDay, -0.73), 0.73),
        new PowerLaw(2e10 * Math.Pow(PetaflopDay, -0.27), 0.27),
        true);

    /// <summary>
    /// The parametric law (approach 3) as printed; the exponents of table 2 differ from beta/(alpha+beta) by the paper's rounding.
    /// </summary>
    public static PublishedLaw Hoffmann2022 { get; } = new(
        "Hoffmann et al. 2022",
        "Training Compute-Optimal Large Language Models, arXiv 2203.15556, eq. 10 and table 2 (approach 3)",
        0.46,
        0.54,
        new ParametricLaw(1.69, 406.4, 410.7, 0.34, 0.28),
        null,
        null,
        false);

    /// <summary>The paper's headline, equal scaling: approach 1 of table 2.</summary>
    public static PublishedLaw Hoffmann2022EqualScaling { get; } = new(
        "Hoffmann et al. 2022, approach 1",
        "Training Compute-Optimal Large Language Models, arXiv 2203.15556, table 2 (approach 1)",
        0.50,
        0.50,
        null,
        null,
        null,
        false);

    /// <summary>The same runs, refitted from the published figure.</summary>
    public static PublishedLaw Besiroglu2024 { get; } = new(
        "Besiroglu et al. 2024",
        "Chinchilla Scaling: A replication attempt, arXiv 2404.10102",
        0.513,
        0.487,
        new ParametricLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658),
        null,
        null,
        false);

    public static IReadOnlyList<PublishedLaw> All { get; } = [Kaplan2020, Hoffmann2022, Hoffmann2022EqualScaling, Besiroglu2024];
}
