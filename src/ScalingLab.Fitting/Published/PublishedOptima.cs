namespace ScalingLab.Fitting.Published;

/// <summary>Best learning rate and batch as printed by somebody, for comparison.</summary>
/// <param name="Name">Short name for a legend.</param>
/// <param name="Source">Paper and place in it.</param>
/// <param name="NonEmbedding">Whether N leaves out embedding and head.</param>
/// <param name="Rate">Learning rate of (N, D).</param>
/// <param name="Batch">Tokens in a step of (N, D).</param>
public sealed record PublishedOptimum(string Name, string Source, bool NonEmbedding, Func<double, double, double> Rate,
    Func<double, double, double> Batch)
{
    /// <summary>The law of a quantity named as in a rule file; null where it has none.</summary>
    public Func<double, double, double>? For(string quantity) => quantity switch
    {
        "learningRate" => Rate,
        "batchTokens" => Batch,
        _ => null,
    };
}

/// <summary>
/// The laws of learning rate and batch that a tune is set beside. Each was measured far above a micro model.
/// </summary>
public static class PublishedOptima
{
    /// <summary>Rate = 1.79 N^-0.713 D^0.307, batch = 0.58 D^0.571 tokens.</summary>
    public static PublishedOptimum StepLaw { get; } = new(
        "Li et al. 2025 (Step Law)",
        "Predictable Scale: Part I, Step Law, arXiv 2503.04715, eq. 1",
        true,
        (n, d) => 1.79 * Math.Pow(n, -0.713) * Math.Pow(d, 0.307),
        (_, d) => 0.58 * Math.Pow(d, 0.571));

    /// <summary>
    /// Rate = 0.0047 (N / 108M)^(-1/3), batch = 327,680 (N / 108M)^(2/3) tokens, at about 20 tokens a parameter.
    /// </summary>
    public static PublishedOptimum Porian2024 { get; } = new(
        "Porian et al. 2024",
        "Resolving Discrepancies in Compute-Optimal Scaling of Language Models, arXiv 2406.19146, section 3.4",
        false,
        (n, _) => 0.0047 * Math.Pow(n / 108e6, -1.0 / 3),
        (n, _) => 327_680 * Math.Pow(n / 108e6, 2.0 / 3));

    /// <summary>
    /// Rate = 0.3118 C^-0.1250, batch = 0.2920 C^0.3271 tokens; C is non-embedding compute, here 6 N D.
    /// </summary>
    public static PublishedOptimum DeepSeek2024 { get; } = new(
        "DeepSeek-AI 2024",
        "DeepSeek LLM, arXiv 2401.02954, section 3.1",
        true,
        (n, d) => 0.3118 * Math.Pow(6 * n * d, -0.1250),
        (n, d) => 0.2920 * Math.Pow(6 * n * d, 0.3271));

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PublishedOptimum> All { get; } = [StepLaw, Porian2024, DeepSeek2024];
}
