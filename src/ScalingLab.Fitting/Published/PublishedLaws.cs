using ScalingLab.Fitting.Laws;

namespace ScalingLab.Fitting.Published;

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
    private const double AnyBudget = 1e21;

    /// <summary>The advice for a budget in FLOPs; null where the paper prints exponents only.</summary>
    public (double Parameters, double Tokens)? Optimum(double flops)
    {
        if (Law is not null)
            return Law.Optimum(flops);
        return ParametersLaw is null || TokensLaw is null ? null : (ParametersLaw.At(flops), TokensLaw.At(flops));
    }

    /// <summary>
    /// How its N and D are to be read: which parameters N counts, and how far 6ND is off the budget C where that is
    /// more than a tenth (at any budget, since a + b = 1). Empty where there is nothing to say.
    /// </summary>
    public string Reading
    {
        get
        {
            List<string> notes = NonEmbedding ? ["N without embeddings"] : [];
            if (Optimum(AnyBudget) is { } best
                && 6 * best.Parameters * best.Tokens / AnyBudget is var share and (< 0.9 or > 1.1))
                notes.Add(FormattableString.Invariant($"6ND is {share:0.0} C"));
            return string.Join("; ", notes);
        }
    }
}

/// <summary>The laws that every sweep is set beside.</summary>
public static class PublishedLaws
{
    private const double PetaflopDay = 1e15 * 86400;

    /// <summary>N_opt = 1.3e9 C^0.73 and D_opt = 2e10 C^0.27 with C (C_min) in PF-days.</summary>
    public static PublishedLaw Kaplan2020 { get; } = new(
        "Kaplan et al. 2020",
        "Scaling Laws for Neural Language Models, arXiv 2001.08361, appendix A, table 6",
        0.73,
        0.27,
        null,
        new PowerLaw(1.3e9 * Math.Pow(PetaflopDay, -0.73), 0.73),
        new PowerLaw(2e10 * Math.Pow(PetaflopDay, -0.27), 0.27),
        true);

    /// <summary>
    /// The parametric law (approach 3) as printed; the exponents of table 2 differ from beta/(alpha+beta) by the
    /// paper's rounding.
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

    /// <summary>
    /// The paper's headline, equal scaling: approach 1 of table 2, through a line of table 3 (10 billion parameters,
    /// 1.23e22 FLOPs, 205.1 billion tokens; at the other lines from 1e19 to 1e28 FLOPs it is off by at most 10 %, as
    /// the exponents are rounded).
    /// </summary>
    public static PublishedLaw Hoffmann2022EqualScaling { get; } = new(
        "Hoffmann et al. 2022, approach 1",
        "Training Compute-Optimal Large Language Models, arXiv 2203.15556, tables 2 and 3 (approach 1)",
        0.50,
        0.50,
        null,
        Through(1.23e22, 10e9, 0.50),
        Through(1.23e22, 205.1e9, 0.50),
        false);

    /// <summary>IsoFLOP profiles, approach 2: exponents alone are printed.</summary>
    public static PublishedLaw Hoffmann2022IsoFlop { get; } = new(
        "Hoffmann et al. 2022, approach 2",
        "Training Compute-Optimal Large Language Models, arXiv 2203.15556, table 2 (approach 2)",
        0.49,
        0.51,
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

    /// <summary>
    /// The law of fresh data on C4 behind their data-constrained law
    /// (<see cref="DataConstrainedLaw.Muennighoff2023"/>), alpha tied to beta.
    /// </summary>
    public static PublishedLaw Muennighoff2023 { get; } = new(
        "Muennighoff et al. 2023",
        "Scaling Data-Constrained Language Models, arXiv 2305.16264, digits of huggingface/datablations (README, "
            + "Parametric Fit)",
        0.5,
        0.5,
        DataConstrainedLaw.Muennighoff2023.Base,
        null,
        null,
        false);

    /// <summary>
    /// Printed for M = non-embedding FLOPs a token: M_opt = 0.1715 C^0.5243, D_opt = 5.8316 C^0.4757, C = MD. N stands
    /// for M/6, attention's share included.
    /// </summary>
    public static PublishedLaw DeepSeek2024 { get; } = new(
        "DeepSeek-AI 2024",
        "DeepSeek LLM: Scaling Open-Source Language Models with Longtermism, arXiv 2401.02954, eq. 4",
        0.5243,
        0.4757,
        null,
        new PowerLaw(0.1715 / 6, 0.5243),
        new PowerLaw(5.8316, 0.4757),
        true);

    /// <summary>
    /// Tokens grow as C^0.53, through the extrapolation that the authors print (402 billion parameters and 16.55
    /// trillion tokens at 3.8e25 FLOPs): their coefficient, 0.29, is rounded with the exponent to two digits and would
    /// give 10.5 trillion there. N as C/(6D).
    /// </summary>
    public static PublishedLaw Llama2024 { get; } = new(
        "Llama 3 2024",
        "The Llama 3 Herd of Models, arXiv 2407.21783, section 3.2.1",
        0.47,
        0.53,
        null,
        Through(3.8e25, 402e9, 0.47),
        Through(3.8e25, 16.55e12, 0.53),
        false);

    public static IReadOnlyList<PublishedLaw> All { get; } =
    [
        Kaplan2020, Hoffmann2022, Hoffmann2022EqualScaling, Hoffmann2022IsoFlop, Besiroglu2024, Muennighoff2023,
            DeepSeek2024, Llama2024,
    ];

    // The power law of a printed exponent through a printed point.
    private static PowerLaw Through(double flops, double value, double exponent) =>
        new(value * Math.Pow(flops, -exponent), exponent);
}
