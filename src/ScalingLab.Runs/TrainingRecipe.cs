using System.ComponentModel;

namespace ScalingLab.Runs;

/// <summary>How weights and activations are held while training.</summary>
public enum Precision
{
    /// <summary>Everything in 32-bit floating point.</summary>
    Fp32,

    /// <summary>
    /// Weights and activations in bfloat16, master weights, gradients' sum and optimizer state in 32 bits.
    /// </summary>
    Bf16,

    /// <summary>
    /// As <see cref="Bf16"/> in IEEE half precision, the loss scaled so that small gradients survive (Micikevicius et
    /// al. 2018, arXiv 1710.03740).
    /// </summary>
    Fp16,

    /// <summary>
    /// As <see cref="Bf16"/>, and the factors of the head's three products in 8 bits while training: the stream and the
    /// matrix in e4m3, the logits' gradient in e5m2 (Micikevicius et al. 2022, arXiv 2209.05433). Evaluation is
    /// bfloat16's.
    /// </summary>
    Fp8Head,
}

/// <summary>The course of the learning rate after warm-up.</summary>
public enum ScheduleKind
{
    /// <summary>
    /// Half a cosine from the maximum to the final fraction, ending exactly with the run (Hoffmann et al. 2022, section
    /// 3.1).
    /// </summary>
    Cosine,

    /// <summary>A straight line from the maximum to the final fraction.</summary>
    Linear,

    /// <summary>
    /// Warm-up, constant, then a cooldown over the last part (Hu et al. 2024, arXiv 2404.06395; Hägele et al. 2024,
    /// arXiv 2405.18392).
    /// </summary>
    Wsd,

    /// <summary>The maximum to the end.</summary>
    Constant,

    /// <summary>Maximum x sqrt(warm-up steps / step) (Vaswani et al. 2017, section 5.3).</summary>
    InverseSqrt,
}

/// <summary>The way down of <see cref="ScheduleKind.Wsd"/>, p from 0 to 1 (Hägele et al. 2024, section 3.2).</summary>
public enum CooldownKind
{
    /// <summary>1 - p.</summary>
    Linear,

    /// <summary>1 - sqrt(p): faster at first.</summary>
    Sqrt,
}

/// <summary>How learning rates follow the width of the model.</summary>
public enum Parametrisation
{
    /// <summary>The size rule's rate, or the grid's, for every tensor.</summary>
    Standard,

    /// <summary>
    /// Maximal update (Yang et al. 2022, arXiv 2203.03466, table 8, Adam): the rate is that of a model of the base
    /// width; matrices inside and at the end of a wider one take base width / width of it, embeddings and vectors the
    /// whole.
    /// </summary>
    Mup,
}

/// <summary>How a run is trained, with every number resolved: nothing here waits for a rule or a default.</summary>
public sealed record TrainingRecipe
{
    /// <summary>Sequences in one optimizer step; times the context gives the batch in tokens.</summary>
    public required int BatchSequences { get; init; }

    /// <summary>Learning rate after warm-up.</summary>
    public required double LearningRateMax { get; init; }

    /// <summary>Update rule.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Adamw;

    /// <summary>Schedule after warm-up.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

    /// <summary>Share of the steps over which the learning rate rises linearly from 0.</summary>
    public double WarmupFraction { get; init; } = 0.2;

    /// <summary>Steps over which it rises, in place of the share: runs of several lengths then begin alike.</summary>
    public long? WarmupSteps { get; init; }

    /// <summary>Share of the steps in the cooldown of <see cref="ScheduleKind.Wsd"/>.</summary>
    [DefaultValue(0.2)]
    public double CooldownFraction { get; init; } = 0.2;

    /// <summary>Shape of that cooldown.</summary>
    [DefaultValue(CooldownKind.Linear)]
    public CooldownKind Cooldown { get; init; }

    /// <summary>
    /// Length of a cosine's or a line's cycle in runs, at least 1: above 1 the run ends before the learning rate is
    /// down.
    /// </summary>
    [DefaultValue(1.0)]
    public double Cycle { get; init; } = 1;

    /// <summary>Share of the steps over which the batch grows to <see cref="BatchSequences"/>.</summary>
    [DefaultValue(0.0)]
    public double BatchWarmupFraction { get; init; }

    /// <summary>The batch that such a run begins with, as a fraction of the whole.</summary>
    [DefaultValue(0.25)]
    public double BatchWarmupStart { get; init; } = 0.25;

    /// <summary>Learning rate at the end, as a fraction of the maximum.</summary>
    public double LearningRateFinalFraction { get; init; } = 0.1;

    /// <summary>
    /// Decay of the first moment; the momentum of <see cref="OptimizerKind.Muon"/>'s matrices and of
    /// <see cref="OptimizerKind.Sgd"/>.
    /// </summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay of matrices; vectors are not decayed.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Largest norm of the whole gradient; a larger one is scaled down to it. 0 means no clipping.</summary>
    public double GradientClip { get; init; } = 1.0;

    /// <summary>
    /// Weight of log(sum(exp(logits)))^2 in the loss that is trained on, not in the one that is reported (PaLM, arXiv
    /// 2204.02311, section 5).
    /// </summary>
    [DefaultValue(0.0)]
    public double ZLoss { get; init; }

    /// <summary>
    /// Share of the teacher's predictions in the loss that is trained on, in the place of as much of the text's own
    /// (<see cref="RunSpec.DistilledFrom"/>).
    /// </summary>
    [DefaultValue(0.0)]
    public double DistillWeight { get; init; }

    /// <summary>Divides both models' logits in that part of the loss (Hinton et al. 2015, section 2).</summary>
    [DefaultValue(1.0)]
    public double DistillTemperature { get; init; } = 1;

    /// <summary>
    /// Standard deviation with which the token embedding (and learned positions) begins; absent: that of the shape, see
    /// ParameterSpec.
    /// </summary>
    public double? EmbeddingStd { get; init; }

    /// <summary>
    /// Learning rate of the token embedding and of learned positions, as a multiple of <see cref="LearningRateMax"/>,
    /// which is that of the blocks' matrices. Decoupled decay goes by the latter everywhere.
    /// </summary>
    [DefaultValue(1.0)]
    public double EmbeddingRate { get; init; } = 1;

    /// <summary>The same of an output matrix of its own.</summary>
    [DefaultValue(1.0)]
    public double HeadRate { get; init; } = 1;

    /// <summary>The same of vectors: gains and biases.</summary>
    [DefaultValue(1.0)]
    public double VectorRate { get; init; } = 1;

    /// <summary>Number format of weights and activations.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;

    /// <summary>Tokens of the fixed validation set that the losses are measured on.</summary>
    public long EvaluationTokens { get; init; } = 65_536;
}
