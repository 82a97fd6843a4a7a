using ScalingLab.Runs;
using ScalingLab.Torch;
using static ScalingLab.Torch.torch;

namespace ScalingLab.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019, algorithm 2) over the flat parameters: m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2;
/// w = w - lr (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps) + decay w). The decay is not multiplied by anything but the learning rate, and
/// reaches matrices only.
/// </summary>
public sealed class AdamW : IDisposable
{
    private readonly ParameterBuffer parameters;
    private readonly TrainingRecipe recipe;
    private readonly IReadOnlyList<(Tensor Weight, Tensor Gradient, Tensor First, Tensor Second, double Decay)> ranges;

    /// <summary>An optimizer at rest.</summary>
    public AdamW(ParameterBuffer parameters, TrainingRecipe recipe)
    {
        this.parameters = parameters;
        this.recipe = recipe;
        FirstMoment = zeros_like(parameters.Master);
        SecondMoment = zeros_like(parameters.Master);
        ranges = Ranges().ToList();
    }

    /// <summary>Running mean of the gradient, fp32 [Count].</summary>
    public Tensor FirstMoment { get; }

    /// <summary>Running mean of its square, fp32 [Count].</summary>
    public Tensor SecondMoment { get; }

    /// <summary>Clips the gradient to the recipe's norm and updates the weights.</summary>
    /// <param name="step">1 for the first update.</param>
    /// <param name="learningRate">Learning rate of this step.</param>
    /// <returns>The gradient's norm before clipping; where it is not finite the weights are left alone.</returns>
    public double Step(long step, double learningRate)
    {
        var norm = Math.Sqrt(Kernels.squared_norm(parameters.Gradient));
        if (!double.IsFinite(norm)) return norm;
        var scale = recipe.GradientClip > 0 && norm > recipe.GradientClip ? recipe.GradientClip / norm : 1;
        foreach (var (weight, gradient, first, second, decay) in ranges)
            Kernels.adamw_(weight, gradient, first, second, learningRate, recipe.Beta1, recipe.Beta2, recipe.Epsilon, decay, step, scale);
        parameters.PublishWeights();
        return norm;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (weight, gradient, first, second, _) in ranges)
        {
            weight.Dispose();
            gradient.Dispose();
            first.Dispose();
            second.Dispose();
        }

        FirstMoment.Dispose();
        SecondMoment.Dispose();
    }

    /// <summary>Neighbouring tensors with the same decay are updated as one range.</summary>
    private IEnumerable<(Tensor, Tensor, Tensor, Tensor, double)> Ranges()
    {
        long start = 0, end = 0;
        for (var i = 0; i < parameters.Specs.Count; i++)
        {
            end += parameters.Specs[i].Count;
            if (i + 1 < parameters.Specs.Count && parameters.Specs[i + 1].Decays == parameters.Specs[i].Decays) continue;
            Tensor Part(Tensor flat) => flat.narrow(0, start, end - start);
            yield return (Part(parameters.Master), Part(parameters.Gradient), Part(FirstMoment), Part(SecondMoment),
                parameters.Specs[i].Decays ? recipe.WeightDecay : 0);
            start = end;
        }
    }
}
