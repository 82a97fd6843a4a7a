namespace ScalingLab.Runs;

/// <summary>Learning rate and batch from the model's size: a named rule, used where the grid gives neither.</summary>
public static class SizeRule
{
    /// <summary>Models with fewer parameters (blocks and head) than this follow the micro rule.</summary>
    public const long PorianFrom = 5_000_000;

    /// <summary>The rule that leaves learning rate and batch to the grid.</summary>
    public const string Fixed = "fixed";

    /// <summary>The rules' names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["porian", "micro", Fixed];

    /// <summary>The rule's name for a shape: "porian" or "micro".</summary>
    public static string NameFor(ModelShape shape) => ParameterCount.Of(shape).WithHead >= PorianFrom ? "porian" : "micro";

    /// <summary>
    /// Learning rate and batch. "porian" (Porian et al. 2024, arXiv 2406.19146, section 3.4, tuned over 5M-900M): LR = 0.0047 (N/108M)^(-1/3),
    /// batch = 327,680 (N/108M)^(2/3) tokens. "micro" (this project's own trial on two cores, models of 28k to 0.5M parameters at context 64):
    /// LR = 0.02 (32/width)^(2/3), 512 tokens a batch below 300,000 tokens and 1,024 from there: smaller runs starve for steps.
    /// </summary>
    /// <returns>The learning rate and the batch in sequences, at least 1.</returns>
    /// <exception cref="ArgumentException">The rule is neither.</exception>
    public static (double LearningRateMax, int BatchSequences) Apply(string rule, ModelShape shape, double tokens)
    {
        switch (rule)
        {
            case "porian":
                var ratio = ParameterCount.Of(shape).WithHead / 108e6;
                return (0.0047 * Math.Pow(ratio, -1.0 / 3), Sequences(327_680 * Math.Pow(ratio, 2.0 / 3)));
            case "micro" or Fixed:
                return (0.02 * Math.Pow(32.0 / shape.Width, 2.0 / 3), Sequences(tokens < 3e5 ? 512 : 1024));
            default:
                throw new ArgumentException($"no size rule is called '{rule}': {string.Join(", ", Names)}", nameof(rule));
        }

        int Sequences(double batchTokens) => Math.Max(1, (int)Math.Round(batchTokens / shape.Context));
    }
}
