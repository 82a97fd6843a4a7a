namespace ScalingLab.Runs;

/// <summary>What an optimizer uses where the grid says nothing.</summary>
/// <param name="LearningRateScale">Its learning rate as a multiple of AdamW's, for which the size rules were tuned.</param>
/// <param name="Beta1">Decay of the first moment, or momentum.</param>
/// <param name="Beta2">Decay of the second moment (of the momentum, for Lion).</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">Decoupled weight decay of matrices.</param>
public sealed record OptimizerDefaults(double LearningRateScale, double Beta1, double Beta2, double Epsilon, double WeightDecay)
{
    /// <summary>
    /// The papers' own values but for what was tuned here. The scales are from a trial on dotnet-docs (a model of 39k parameters, batches of 512 and 1,024
    /// tokens, 195 and 293 steps, one seed; docs/recipes.md has the losses), where AdamW itself liked twice its rate then: they are what each liked
    /// beside that, in steps of 2, and rough. Lion's decay keeps learning rate x decay as it is for AdamW (Chen et al. 2023, section 5); there its rate is
    /// 3 to 10 times less, here twice less. AdamW's second decay of 0.99 in place of 0.95 is worth 0.01 to 0.17 nats/token at the small batches of small runs
    /// (docs/size-rules.md; Porian et al. 2024, arXiv 2406.19146, section 3.4, raise it for them too). Sizes and lengths far from these want a trial of their
    /// own.
    /// </summary>
    public static OptimizerDefaults Of(OptimizerKind kind) => kind switch
    {
        OptimizerKind.Adamw => new(1, 0.9, 0.99, 1e-8, 0.1),
        OptimizerKind.Lion => new(0.5, 0.9, 0.99, 1e-8, 0.2),
        OptimizerKind.Lamb => new(1, 0.9, 0.999, 1e-6, 0.01),
        OptimizerKind.Muon => new(2, 0.95, 0.95, 1e-8, 0.1),
        OptimizerKind.Sgd => new(20, 0.9, 0, 0, 0),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
