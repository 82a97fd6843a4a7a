namespace ScalingLab.Runs;

/// <summary>How weights and activations are held while training.</summary>
public enum Precision
{
    /// <summary>Everything in 32-bit floating point.</summary>
    Fp32,

    /// <summary>Weights and activations in bfloat16, master weights, gradients' sum and optimizer state in 32 bits.</summary>
    Bf16,
}

/// <summary>The rule that turns gradients into updates.</summary>
public enum OptimizerKind
{
    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101).</summary>
    Adamw,
}

/// <summary>The course of the learning rate after warm-up.</summary>
public enum ScheduleKind
{
    /// <summary>Half a cosine from the maximum to the final fraction, ending exactly with the run (Hoffmann et al. 2022, section 3.1).</summary>
    Cosine,
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
    public double WarmupFraction { get; init; } = 0.05;

    /// <summary>Learning rate at the end, as a fraction of the maximum.</summary>
    public double LearningRateFinalFraction { get; init; } = 0.1;

    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay of matrices; vectors are not decayed.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Largest norm of the whole gradient; a larger one is scaled down to it. 0 means no clipping.</summary>
    public double GradientClip { get; init; } = 1.0;

    /// <summary>Number format of weights and activations.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;

    /// <summary>Tokens of the fixed validation set that the losses are measured on.</summary>
    public long EvaluationTokens { get; init; } = 65_536;
}
