namespace ScalingLab.Runs;

/// <summary>Learning rate and batch from the model's size: a named rule, used where the grid gives neither.</summary>
public static class SizeRule
{
    /// <summary>Models with fewer parameters (blocks and head) than this follow the micro rule.</summary>
    public const long PorianFrom = 5_000_000;

    /// <summary>The rule that leaves learning rate and batch to the grid.</summary>
    public const string Fixed = "fixed";

    private const string Nanochat = "nanochat";
    private const double NanochatBatchTokens = 1 << 19;

    // 12 tokens a weight of 12 blocks 768 wide (12 x 12 x 768^2) and a head over 32,768 tokens.
    private const double NanochatTokens = 12 * 110_100_480.0;

    /// <summary>The rules' names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["porian", "nanochat", "micro", Fixed];

    /// <summary>The rule's name for a shape: "porian" or "micro".</summary>
    public static string NameFor(ModelShape shape) => ParameterCount.Of(shape).WithHead >= PorianFrom ? "porian" : "micro";

    /// <summary>
    /// Learning rate and batch. "porian" (Porian et al. 2024, arXiv 2406.19146, section 3.4, tuned over 5M-900M): LR = 0.0047 (N/108M)^(-1/3),
    /// batch = 327,680 (N/108M)^(2/3) tokens. "micro" (this project's own trial on two cores, models of 28k to 0.5M parameters at context 64):
    /// LR = 0.02 (32/width)^(2/3), 512 tokens a batch below 300,000 tokens and 1,024 from there: smaller runs starve for steps. "nanochat"
    /// (github.com/karpathy/nanochat, scripts/base_train.py and nanochat/gpt.py as of 2026-07-03): batch B = 2^19 (D/1.32e9)^0.383 tokens, to the nearest power
    /// of two (the exponent is Bergsma et al. 2025's, arXiv 2505.13738), D being the run's tokens and 1.32e9 12 tokens a weight of its model of 12 layers;
    /// learning rates grow with sqrt(B/2^19), those of AdamW with width^(-1/2). Of its many rates ours is that of the blocks' matrices: 0.02 for an
    /// orthogonal update, whose numbers have a mean square of 1/width, is 0.02 / (0.2 sqrt(width)) in AdamW's size of step (Liu et al. 2025, eq. 4).
    /// </summary>
    /// <param name="rule">One of <see cref="Names"/>.</param>
    /// <param name="shape">The model.</param>
    /// <param name="tokens">Tokens of the run.</param>
    /// <param name="batchTokens">Tokens in a step where the grid gives them; nanochat's learning rate follows the batch.</param>
    /// <returns>The learning rate and the batch in sequences, at least 1.</returns>
    /// <exception cref="ArgumentException">There is no such rule.</exception>
    public static (double LearningRateMax, int BatchSequences) Apply(string rule, ModelShape shape, double tokens, long? batchTokens = null)
    {
        switch (rule)
        {
            case "porian":
                var ratio = ParameterCount.Of(shape).WithHead / 108e6;
                return (0.0047 * Math.Pow(ratio, -1.0 / 3), Sequences(327_680 * Math.Pow(ratio, 2.0 / 3)));
            case Nanochat:
                var batch = NanochatBatch(tokens);
                return (0.02 / (0.2 * Math.Sqrt(shape.Width)) * Math.Sqrt((batchTokens ?? batch) / NanochatBatchTokens), Sequences(batch));
            case "micro" or Fixed:
                return (0.02 * Math.Pow(32.0 / shape.Width, 2.0 / 3), Sequences(tokens < 3e5 ? 512 : 1024));
            default:
                throw new ArgumentException($"no size rule is called '{rule}': {string.Join(", ", Names)}", nameof(rule));
        }

        int Sequences(double each) => Math.Max(1, (int)Math.Round(each / shape.Context));
    }

    /// <summary>
    /// What the optimizer's usual weight decay is multiplied with: 1, but for "nanochat" sqrt(B/2^19) (1.32e9/D), so that learning rate x decay x steps stays
    /// (Wang and Aitchison 2024, arXiv 2405.13698). Its own decay is 0.28, spares weights that the update pulls the other way and fades to
    /// zero; ours does neither.
    /// </summary>
    /// <param name="rule">One of <see cref="Names"/>.</param>
    /// <param name="tokens">Tokens of the run.</param>
    /// <param name="batchTokens">Tokens in a step.</param>
    public static double WeightDecayScale(string rule, double tokens, long batchTokens) =>
        rule == Nanochat ? Math.Sqrt(batchTokens / NanochatBatchTokens) * (NanochatTokens / tokens) : 1;

    private static double NanochatBatch(double tokens) =>
        Math.Pow(2, Math.Round(Math.Log2(NanochatBatchTokens * Math.Pow(tokens / NanochatTokens, 0.383))));
}
