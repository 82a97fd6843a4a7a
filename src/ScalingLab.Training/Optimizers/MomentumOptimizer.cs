using ScalingLab.Runs;
using ScalingLab.Torch;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Optimizers;

/// <summary>An optimizer that keeps one moment and treats every value alike, but for the decay of matrices.</summary>
public abstract class MomentumOptimizer : Optimizer
{
    private readonly IReadOnlyList<(Tensor Weight, Tensor Gradient, Tensor Moment, Tensor? Copy, ParameterGroup Pace)> _ranges;

    /// <summary>A new optimizer.</summary>
    private protected MomentumOptimizer(ParameterBuffer parameters, TrainingRecipe recipe)
        : base(parameters, recipe)
    {
        Moment = zeros_like(parameters.Master);
        State = [Moment];
        _ranges = [.. FlatRange.Merge(parameters.Specs, GroupOf).Select(range =>
        {
            Tensor Part(Tensor flat) => flat.narrow(0, range.Start, range.Count);
            return (Part(parameters.Master), Part(parameters.Gradient), Part(Moment), parameters.Copy is { } copy
                ? Part(copy) : null,
                range.Key);
        })];
    }

    /// <summary>The moment, fp32 [Count].</summary>
    public Tensor Moment { get; }

    /// <summary>The one moment.</summary>
    public override IReadOnlyList<Tensor> State { get; }

    /// <inheritdoc/>
    protected sealed override void Update(long step, double learningRate, double gradientScale)
    {
        foreach (var (weight, gradient, moment, _, pace) in _ranges)
            Update(weight, gradient, moment, learningRate * pace.Rate, pace.Decay, gradientScale);
    }

    /// <inheritdoc/>
    protected sealed override void UpdateOnDevice(Tensor control, Tensor norm)
    {
        foreach (var (weight, gradient, moment, copy, pace) in _ranges)
            UpdateOnDevice(weight, gradient, moment, copy, ControlOf(control, pace), norm, pace.Decay);
    }

    /// <summary>One range of values on a CUDA device.</summary>
    private protected abstract void UpdateOnDevice(
        Tensor weight, Tensor gradient, Tensor moment, Tensor? copy, Tensor control, Tensor norm, double decay);

    /// <summary>One range of values.</summary>
    private protected abstract void Update(Tensor weight, Tensor gradient, Tensor moment, double learningRate,
        double decay, double gradientScale);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var (weight, gradient, moment, copy, _) in _ranges)
        {
            foreach (var view in (Tensor?[])[weight, gradient, moment, copy]) view?.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>
/// Lion (Chen et al. 2023, arXiv 2302.06675, algorithm 2): w = w - lr (sign(b1 m + (1 - b1) g) + decay w), then m = b2
/// m + (1 - b2) g. Every value moves by the learning rate, so that it is to be 3 to 10 times smaller than AdamW's and
/// the decay as many times larger (section 5).
/// </summary>
public sealed class Lion(ParameterBuffer parameters, TrainingRecipe recipe) : MomentumOptimizer(parameters, recipe)
{
    private protected override void Update(Tensor weight, Tensor gradient, Tensor moment, double learningRate,
        double decay, double gradientScale) =>
        Kernels.lion_(weight, gradient, moment, learningRate, Recipe.Beta1, Recipe.Beta2, decay, gradientScale);

    private protected override void UpdateOnDevice(
        Tensor weight, Tensor gradient, Tensor moment, Tensor? copy, Tensor control, Tensor norm, double decay) =>
        CudaBlocks.lion_(weight, gradient, moment, copy, control, norm, Recipe.GradientClip, Recipe.Beta1,
            Recipe.Beta2, decay);
}

/// <summary>
/// Gradient descent with momentum (Polyak 1964; Sutskever et al. 2013): v = b1 v + g; w = w - lr (v + decay w). The
/// decay is decoupled (Loshchilov and Hutter 2019, algorithm 1).
/// </summary>
public sealed class Sgd(ParameterBuffer parameters, TrainingRecipe recipe) : MomentumOptimizer(parameters, recipe)
{
    private protected override void Update(Tensor weight, Tensor gradient, Tensor moment, double learningRate,
        double decay, double gradientScale) =>
        Kernels.sgd_(weight, gradient, moment, learningRate, Recipe.Beta1, decay, gradientScale);

    private protected override void UpdateOnDevice(
        Tensor weight, Tensor gradient, Tensor moment, Tensor? copy, Tensor control, Tensor norm, double decay) =>
        CudaBlocks.sgd_(weight, gradient, moment, copy, control, norm, Recipe.GradientClip, Recipe.Beta1, decay);
}
