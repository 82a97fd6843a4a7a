namespace ScalingLab.Runs;

/// <summary>What an optimizer uses where the grid says nothing.</summary>
/// <param name="LearningRateScale">Its learning rate as a multiple of AdamW's, for which the size rules were tuned.</param>
/// <param name="Beta1">Decay of the first moment, or momentum.</param>
/// <param name="Beta2">Decay of the second moment (of the momentum, for Lion).</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">Decoupled weight decay of matrices.</param>
public sealed record OptimizerDefaults(double LearningRateScale, double Beta1, double Beta2, double Epsilon, double WeightDecay)
{
    /// <summary>The papers' own values; scale and decay of Lion by its authors' advice of 3 to 10 times less and more (section 5).</summary>
    public static OptimizerDefaults Of(OptimizerKind kind) => kind switch
    {
        OptimizerKind.Adamw => new(1, 0.9, 0.95, 1e-8, 0.1),
        OptimizerKind.Lion => new(0.2, 0.9, 0.99, 1e-8, 0.5),
        OptimizerKind.Lamb => new(1, 0.9, 0.999, 1e-6, 0.01),
        OptimizerKind.Muon => new(1, 0.95, 0.95, 1e-8, 0.1),
        OptimizerKind.Sgd => new(1, 0.9, 0, 0, 0),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
