namespace ScalingLab.Runs;

/// <summary>The rule that turns gradients into updates.</summary>
public enum OptimizerKind
{
    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101).</summary>
    Adamw,

    /// <summary>
    /// The sign of an interpolated momentum, with decoupled decay (Chen et al. 2023, arXiv 2302.06675, algorithm 2).
    /// </summary>
    Lion,

    /// <summary>
    /// Adam's direction, each tensor's step scaled to the tensor's norm (You et al. 2020, arXiv 1904.00962, algorithm
    /// 2).
    /// </summary>
    Lamb,

    /// <summary>
    /// Momentum made orthogonal for the blocks' matrices (Jordan et al. 2024), scaled to AdamW's size of step (Liu et
    /// al. 2025, arXiv 2502.16982, eq. 4); AdamW for embeddings, head and vectors.
    /// </summary>
    Muon,

    /// <summary>Gradient descent with momentum (Polyak's) and decoupled decay.</summary>
    Sgd,
}

/// <summary>What an optimizer keeps, and what it uses where the grid says nothing.</summary>
/// <param name="Moments">fp32 numbers of state a weight.</param>
/// <param name="LearningRateScale">Its learning rate as a multiple of AdamW's, for which the size rules were
/// tuned.</param>
/// <param name="Beta1">Decay of the first moment, or momentum.</param>
/// <param name="Beta2">Decay of the second moment (of the momentum, for Lion).</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">Decoupled weight decay of matrices.</param>
/// <param name="EmbeddingRate">The embedding's rate over the blocks', where the head is untied.</param>
/// <param name="HeadRate">An untied head's rate over the blocks'.</param>
/// <param name="NewtonSchulzSteps">Steps of the iteration that makes each matrix of a block orthogonal (Jordan et al.
/// 2024); 0 where there is none.</param>
public sealed record OptimizerDefaults(
    int Moments, double LearningRateScale, double Beta1, double Beta2, double Epsilon, double WeightDecay,
    double EmbeddingRate = 1, double HeadRate = 1, int NewtonSchulzSteps = 0)
{
    /// <summary>
    /// The papers' own values but for what was tuned here: scale, second decay and the rates of embedding and head,
    /// each the best in sum over two lattices on dotnet-docs (micro-63k on 0.4M tokens, two seeds, and micro-154k on
    /// 1M), LAMB's first decay too; AdamW's at more sizes (docs/size-rules.md, docs/recipes-optimizers.md). An untied
    /// head begins at zero and an embedding at std 1: at the blocks' rate neither gets far in a short run. LAMB scales
    /// its steps to each tensor's norm, and SGD's follow the gradient: theirs have no rate of their own. AdamW's second
    /// decay of 0.99 in place of 0.95 is worth 0.01 to 0.17 nats/token at the small batches of small runs (Porian et
    /// al. 2024, arXiv 2406.19146, section 3.4, raise it for them too). SGD's scale is of an older and rougher trial.
    /// Sizes and lengths far from these want a trial of their own. Muon has a momentum of every weight, for vectors and
    /// embeddings a second moment and for its matrices a direction.
    /// </summary>
    public static OptimizerDefaults For(OptimizerKind kind) => kind switch
    {
        OptimizerKind.Adamw => new(2, 1, 0.9, 0.99, 1e-8, 0.1, EmbeddingRate: 8, HeadRate: 4),
        OptimizerKind.Lion => new(1, 0.25, 0.9, 0.98, 1e-8, 0.2, EmbeddingRate: 8, HeadRate: 2),
        OptimizerKind.Lamb => new(2, 2, 0.8, 0.99, 1e-6, 0.01),
        OptimizerKind.Muon => new(2, 1, 0.95, 0.99, 1e-8, 0.1, EmbeddingRate: 16, HeadRate: 8,
            NewtonSchulzSteps: 5),
        OptimizerKind.Sgd => new(1, 20, 0.9, 0, 0, 0),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
