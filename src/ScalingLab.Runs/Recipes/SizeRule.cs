using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Recipes;

/// <summary>
/// Learning rate and batch from the model's size and the run's tokens: a named rule, used where the grid gives neither.
/// </summary>
public sealed record SizeRule
{
    /// <summary>The rule that leaves learning rate and batch to the grid.</summary>
    public const string Fixed = "fixed";

    private const double NanochatBatchTokens = 1 << 19;

    // 12 tokens a weight of 12 blocks 768 wide (12 x 12 x 768^2) and a head over 32,768 tokens.
    private const double NanochatTokens = 12 * 110_100_480.0;

    // In a field, since initialisers run in the order of the text.
    private static readonly RuleLaw AutoRate = new(0.0178, -0.537, 0.38);
    private static readonly RuleLaw AutoBatch = new(0.0078, 0, 0.8);
    private static readonly RuleLaw StepRate = new(1.79, -0.713, 0.307);
    private static readonly RuleLaw StepBatch = new(0.58, 0, 0.571);

    // Steps over which a weight forgets, as a share of the run.
    private const double AutoTimescale = 0.5;

    /// <summary>
    /// "auto": LR = 0.0178 N^-0.537 D^0.38 sqrt(batch / B), B = 0.0078 D^0.8 tokens, N without embedding and head. The
    /// laws go, by least squares in logarithms, through the best rates of seven cells measured here (micro-28k on 0.3M
    /// tokens to 23m on 60M) and five of Lingle's grid of 1,800 runs (2025: N 46M and 109M on 128M to 1,024M tokens),
    /// each met within a factor of 1.52 and all but one of 1.25; D's exponent is one of 0.30 to 0.46 that fit nearly as
    /// well; the batches through the best of micro-63k and Lingle's (docs/size-rules.md). The root of the batch is
    /// Malladi et al. 2022's (arXiv 2205.10287); the ridge of the lattices measured here rises with its power 0.5 to
    /// 0.7. Weight decay: 1 / (LR x decay) steps are half the run, a timescale (Wang and Aitchison 2024, arXiv
    /// 2405.13698).
    /// </summary>
    public static SizeRule Auto { get; } = new()
    {
        Name = "auto",
        Region = new(1.5e4, 1.4e8, 3e5, 1.1e9),
        Rate = (shape, tokens, batch) =>
            AutoRate.At(ParameterCount.For(shape).NonEmbedding, tokens) * Math.Sqrt(batch / AutoBatch.At(1, tokens)),
        Batch = (_, tokens) => AutoBatch.At(1, tokens),
        DecayScale = (tokens, batch, rate) => 1 / (AutoTimescale * rate * (tokens / batch))
            / OptimizerDefaults.For(OptimizerKind.Adamw).WeightDecay,
    };

    /// <summary>
    /// "step-law" (Li et al. 2025, arXiv 2503.04715, eq. 1): LR = 1.79 N^-0.713 D^0.307, batch = 0.58 D^0.571 tokens; N
    /// without embedding and head, 60M to 1B parameters on 2B to 100B tokens.
    /// </summary>
    public static SizeRule StepLaw { get; } = new()
    {
        Name = "step-law",
        Region = new(6e7, 1.1e9, 2e9, 1e11),
        Rate = (shape, tokens, _) => StepRate.At(ParameterCount.For(shape).NonEmbedding, tokens),
        Batch = (_, tokens) => StepBatch.At(1, tokens),
    };

    /// <summary>
    /// "porian" (Porian et al. 2024, arXiv 2406.19146, section 3.4, tuned over 5M-900M on about 20 tokens a parameter):
    /// LR = 0.0047 (N/108M)^(-1/3), batch = 327,680 (N/108M)^(2/3) tokens, N with the head. It does not know the run's
    /// tokens: on fewer it starves the run of steps.
    /// </summary>
    public static SizeRule Porian { get; } = new()
    {
        Name = "porian",
        Region = new(5e6, 9e8, 1e8, 2e10),
        Rate = (shape, _, _) => 0.0047 * Math.Pow(ParameterCount.For(shape).WithHead / 108e6, -1.0 / 3),
        Batch = (shape, _) => 327_680 * Math.Pow(ParameterCount.For(shape).WithHead / 108e6, 2.0 / 3),
    };

    /// <summary>
    /// "nanochat" (github.com/karpathy/nanochat, scripts/base_train.py and nanochat/gpt.py as of 2026-07-03): batch B =
    /// 2^19 (D/1.32e9)^0.383 tokens, to the nearest power of two (the exponent is Bergsma et al. 2025's, arXiv
    /// 2505.13738), D being the run's tokens and 1.32e9 12 tokens a weight of its model of 12 layers; learning rates
    /// grow with sqrt(B/2^19), those of AdamW with width^(-1/2). Of its many rates ours is that of the blocks'
    /// matrices: 0.02 for an orthogonal update, whose numbers have a mean square of 1/width, is 0.02 / (0.2
    /// sqrt(width)) in AdamW's size of step (Liu et al. 2025, eq. 4). The weight decay is the optimizer's x
    /// sqrt(B/2^19) (1.32e9/D), so that learning rate x decay x steps stays (Wang and Aitchison 2024, arXiv
    /// 2405.13698); its own decay is 0.28, spares weights that the update pulls the other way and fades to zero; ours
    /// does neither.
    /// </summary>
    public static SizeRule Nanochat { get; } = new()
    {
        Name = "nanochat",
        Region = null,
        Rate = (shape, _, batch) => 0.02 / (0.2 * Math.Sqrt(shape.Width)) * Math.Sqrt(batch / NanochatBatchTokens),
        Batch = (_, tokens) =>
            Math.Pow(2, Math.Round(Math.Log2(NanochatBatchTokens * Math.Pow(tokens / NanochatTokens, 0.383)))),
        DecayScale = (tokens, batch, _) => Math.Sqrt(batch / NanochatBatchTokens) * (NanochatTokens / tokens),
    };

    /// <summary>Every rule that has a name here.</summary>
    public static IReadOnlyList<SizeRule> All { get; } = [Auto, StepLaw, Porian, Nanochat];

    /// <summary>The words that a grid may give.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(rule => rule.Name), Fixed];

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Where it was measured; null where nobody says.</summary>
    public required RuleRegion? Region { get; init; }

    /// <summary>Learning rate of (shape, tokens, tokens in a step).</summary>
    public required Func<ModelShape, double, double, double> Rate { get; init; }

    /// <summary>Tokens in a step of (shape, tokens).</summary>
    public required Func<ModelShape, double, double> Batch { get; init; }

    /// <summary>
    /// What the optimizer's usual weight decay is multiplied with, of (tokens, tokens in a step, AdamW's learning
    /// rate).
    /// </summary>
    public Func<double, double, double, double> DecayScale { get; init; } = (_, _, _) => 1;

    /// <summary>N as <see cref="Region"/> has it.</summary>
    public Func<ModelShape, double> Parameters { get; init; } = shape => ParameterCount.For(shape).WithHead;

    /// <summary>Recipe fields beside learning rate and batch that it decides where the grid does not.</summary>
    public IReadOnlyList<RuleField> Fields { get; init; } = [];

    /// <summary>The rule of that name; null where there is none.</summary>
    public static SizeRule? Find(string name) => All.FirstOrDefault(rule => rule.Name == name);

    /// <summary>The batch in whole sequences, at least 1.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="tokens">Tokens of the run.</param>
    /// <param name="scale">Multiplies the rule's batch.</param>
    public int BatchSequences(ModelShape shape, double tokens, double scale = 1) =>
        (int)Math.Clamp(Math.Round(scale * Batch(shape, tokens) / shape.Context), 1, int.MaxValue);
}
