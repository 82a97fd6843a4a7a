using ScalingLab.Runs;
using ScalingLab.Torch;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Optimizers;

/// <summary>An optimizer that keeps one moment and treats every value alike, but for the decay of matrices.</summary>
public abstract class MomentumOptimizer : Optimizer
{
    private readonly IReadOnlyList<Range> _ranges;

    /// <summary>A new optimizer.</summary>
    private protected MomentumOptimizer(ParameterBuffer parameters, TrainingRecipe recipe)
        : base(parameters, recipe)
    {
        Moment = zeros_like(parameters.Master);
        State = [Moment];
        _ranges = [.. FlatRange.Merge(parameters.Specs, GroupOf).Select(range =>
        {
            Tensor Part(Tensor flat) => flat.narrow(0, range.Start, range.Count);
            return new Range(
                Part(parameters.Master), Part(parameters.Gradient), Part(Moment),
                parameters.Copy is { } copy ? Part(copy) : null, range.Key);
        })];
    }

    /// <summary>The moment, fp32 [Count].</summary>
    public Tensor Moment { get; }

    /// <summary>The one moment.</summary>
    public override IReadOnlyList<Tensor> State { get; }

    /// <inheritdoc/>
    protected sealed override void Update(long step, double learningRate, double gradientScale)
    {
        foreach (var range in _ranges) Update(range, learningRate * range.Group.Rate, gradientScale);
    }

    /// <inheritdoc/>
    protected sealed override void UpdateOnDevice(Tensor control, Tensor norm)
    {
        foreach (var range in _ranges) UpdateOnDevice(range, ControlOf(control, range.Group), norm);
    }

    /// <summary>One range of values on a CUDA device.</summary>
    private protected abstract void UpdateOnDevice(Range range, Tensor control, Tensor norm);

    /// <summary>One range of values.</summary>
    private protected abstract void Update(Range range, double learningRate, double gradientScale);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var range in _ranges)
        {
            foreach (var view in (Tensor?[])[range.Weight, range.Gradient, range.Moment, range.Copy]) view?.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Neighbours in the flat tensors that are treated alike.</summary>
    /// <param name="Weight">Weights, fp32.</param>
    /// <param name="Gradient">Their gradient.</param>
    /// <param name="Moment">Their moment.</param>
    /// <param name="Copy">The weights in 16 bits that the model reads; null where it reads these.</param>
    /// <param name="Group">Their share of the learning rate, and their decay.</param>
    private protected sealed record Range(
        Tensor Weight, Tensor Gradient, Tensor Moment, Tensor? Copy, ParameterGroup Group);
}

/// <summary>
/// Lion (Chen et al. 2023, arXiv 2302.06675, algorithm 2): w = w - lr (sign(b1 m + (1 - b1) g) + decay w), then m = b2
/// m + (1 - b2) g. Every value moves by the learning rate, so that it is to be 3 to 10 times smaller than AdamW's and
/// the decay as many times larger (section 5).
/// </summary>
public sealed class Lion(ParameterBuffer parameters, TrainingRecipe recipe) : MomentumOptimizer(parameters, recipe)
{
    private protected override void Update(Range range, double learningRate, double gradientScale) => Kernels.lion_(
        range.Weight, range.Gradient, range.Moment, learningRate, Recipe.Beta1, Recipe.Beta2, range.Group.Decay,
        gradientScale);

    private protected override void UpdateOnDevice(Range range, Tensor control, Tensor norm) => CudaBlocks.lion_(
        range.Weight, range.Gradient, range.Moment, range.Copy, control, norm, Recipe.GradientClip, Recipe.Beta1,
        Recipe.Beta2, range.Group.Decay);
}

/// <summary>
/// Gradient descent with momentum (Polyak 1964; Sutskever et al. 2013): v = b1 v + g; w = w - lr (v + decay w). The
/// decay is decoupled (Loshchilov and Hutter 2019, algorithm 1).
/// </summary>
public sealed class Sgd(ParameterBuffer parameters, TrainingRecipe recipe) : MomentumOptimizer(parameters, recipe)
{
    private protected override void Update(Range range, double learningRate, double gradientScale) => Kernels.sgd_(
        range.Weight, range.Gradient, range.Moment, learningRate, Recipe.Beta1, range.Group.Decay, gradientScale);

    private protected override void UpdateOnDevice(Range range, Tensor control, Tensor norm) => CudaBlocks.sgd_(
        range.Weight, range.Gradient, range.Moment, range.Copy, control, norm, Recipe.GradientClip, Recipe.Beta1,
        range.Group.Decay);
}
