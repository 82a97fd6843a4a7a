using ScalingLab.Runs;
using ScalingLab.Torch;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Optimizers;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019, algorithm 2) over the flat parameters: m = b1 m + (1 - b1) g; v = b2 v + (1 - b2)
/// g^2; w = w - lr (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps) + decay w). The decay is not multiplied by anything
/// but the learning rate, and reaches matrices only.
/// </summary>
public sealed class AdamW : Optimizer
{
    private readonly IReadOnlyList<(
        Tensor Weight, Tensor Gradient, Tensor First, Tensor Second, Tensor? Copy, ParameterGroup Group)> _ranges;

    /// <summary>A new optimizer.</summary>
    public AdamW(ParameterBuffer parameters, TrainingRecipe recipe)
        : base(parameters, recipe)
    {
        FirstMoment = zeros_like(parameters.Master);
        SecondMoment = zeros_like(parameters.Master);
        State = [FirstMoment, SecondMoment];
        _ranges = [.. FlatRange.Merge(parameters.Specs, GroupOf).Select(range =>
        {
            Tensor Part(Tensor flat) => flat.narrow(0, range.Start, range.Count);
            return (Part(parameters.Master), Part(parameters.Gradient), Part(FirstMoment), Part(SecondMoment),
                parameters.Copy is { } copy ? Part(copy) : null, range.Key);
        })];
    }

    /// <summary>Running mean of the gradient, fp32 [Count].</summary>
    public Tensor FirstMoment { get; }

    /// <summary>Running mean of its square, fp32 [Count].</summary>
    public Tensor SecondMoment { get; }

    /// <summary>Both moments.</summary>
    public override IReadOnlyList<Tensor> State { get; }

    /// <inheritdoc/>
    protected override void Update(long step, double learningRate, double gradientScale)
    {
        foreach (var (weight, gradient, first, second, _, pace) in _ranges)
        {
            Kernels.adamw_(weight, gradient, first, second, learningRate * pace.Rate, Recipe.Beta1, Recipe.Beta2,
                Recipe.Epsilon, pace.Decay, step,
                gradientScale);
        }
    }

    /// <inheritdoc/>
    protected override void UpdateOnDevice(Tensor control, Tensor norm)
    {
        foreach (var (weight, gradient, first, second, copy, pace) in _ranges)
        {
            CudaBlocks.adamw_(weight, gradient, first, second, copy, ControlOf(control, pace), norm,
                Recipe.GradientClip, Recipe.Beta1, Recipe.Beta2,
                Recipe.Epsilon, pace.Decay);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var (weight, gradient, first, second, copy, _) in _ranges)
        {
            foreach (var view in (Tensor?[])[weight, gradient, first, second, copy]) view?.Dispose();
        }

        base.Dispose(disposing);
    }
}
