namespace ScalingLab.Training.Steps;

/// <summary>The loss or the gradient stopped being a number.</summary>
public sealed class DivergedException(long step, double loss, double gradientNorm)
    : Exception($"step {step}: the loss is {loss}, the gradient's norm {gradientNorm}; lower the learning rate or "
        + "raise the warm-up")
{
    /// <summary>The step that diverged, from 1.</summary>
    public long Step => step;
}
