using ScalingLab.Runs;
using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Optimizers;

/// <summary>
/// LAMB (You et al. 2020, arXiv 1904.00962, algorithm 2, phi the identity): of each matrix or vector, u = Adam's
/// direction + decay w; w = w - lr |w| / |u| u. Both of Adam's corrections are made; where a norm is zero, as that of a
/// head that begins at zero, the ratio is 1.
/// </summary>
public sealed class Lamb : Optimizer
{
    private readonly IReadOnlyList<(long, double)> _parts;
    private readonly LambTables? _tables;

    /// <summary>A new optimizer.</summary>
    public Lamb(ParameterBuffer parameters, ModelShape shape, TrainingRecipe recipe)
        : base(parameters, recipe)
    {
        State = [zeros_like(parameters.Master), zeros_like(parameters.Master)];
        _parts =
            [.. ParameterPart.Split(parameters.Specs, shape)
                .Select(part => (part.Count, GroupOf(1, part.Decays).Decay))];
        if (parameters.Fused) _tables = new LambTables(_parts, parameters.Master.device);
    }

    /// <summary>Both moments, fp32 [Count] each.</summary>
    public override IReadOnlyList<Tensor> State { get; }

    /// <inheritdoc/>
    protected override void Update(long step, double learningRate, double gradientScale) => Kernels.lamb_(
        Parameters.Master, Parameters.Gradient, State[0], State[1], _parts, learningRate, Recipe.Beta1, Recipe.Beta2,
        Recipe.Epsilon, step, gradientScale);

    /// <inheritdoc/>
    protected override void UpdateOnDevice(Tensor control, Tensor norm) => CudaBlocks.lamb_(
        Parameters.Master, Parameters.Gradient, State[0], State[1], Parameters.Copy, _tables!, control, norm,
        Recipe.GradientClip, Recipe.Beta1,
        Recipe.Beta2, Recipe.Epsilon);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _tables?.Dispose();
        base.Dispose(disposing);
    }
}
