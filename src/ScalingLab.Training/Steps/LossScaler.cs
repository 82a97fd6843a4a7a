namespace ScalingLab.Training.Steps;

/// <summary>
/// What the loss is multiplied by in half precision, so that small gradients do not become zero (Micikevicius et al.
/// 2018, arXiv 1710.03740, section 3.2), by the rule of PyTorch's GradScaler: twice as much after
/// <see cref="Interval"/> good steps in a row, half as much after a step whose gradient overflowed. Such a step leaves
/// weights and moments as they are; it counts as a step all the same, so that learning rate and data go on as the
/// schedule has them.
/// </summary>
public sealed class LossScaler
{
    /// <summary>The first scale.</summary>
    public const double Initial = 65_536;

    /// <summary>Good steps in a row after which the scale grows.</summary>
    public const int Interval = 2000;

    // From here on a gradient that overflows is no matter of scale.
    private const double MinScale = 1;

    /// <summary>The scale, a power of two: taking it out again is exact.</summary>
    public double Scale { get; private set; } = Initial;

    /// <summary>Good steps since the scale last changed.</summary>
    public int GoodSteps { get; private set; }

    /// <summary>Takes in how a step ended.</summary>
    /// <param name="overflowed">Whether its gradient held an infinity or no number.</param>
    /// <returns>Whether training can go on: false where the gradient overflowed without being scaled up.</returns>
    public bool Update(bool overflowed)
    {
        if (overflowed)
        {
            var hopeless = Scale <= MinScale;
            (Scale, GoodSteps) = (Math.Max(MinScale, Scale / 2), 0);
            return !hopeless;
        }

        if (++GoodSteps < Interval) return true;
        (Scale, GoodSteps) = (Scale * 2, 0);
        return true;
    }

    /// <summary>Scale and good steps, for a checkpoint; both exact in fp32.</summary>
    public float[] State => [(float)Scale, GoodSteps];

    /// <summary>
    /// Goes on from a checkpoint's <see cref="State"/>; what no scaler can have come to is brought to the nearest that
    /// one can.
    /// </summary>
    public void Resume(ReadOnlySpan<float> state) =>
        (Scale, GoodSteps) = (Math.Max(MinScale, state[0]), (int)Math.Clamp(state[1], 0, Interval - 1));
}
