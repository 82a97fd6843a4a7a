using ScalingLab.Runs;
using ScalingLab.Torch;

namespace ScalingLab.Training;

/// <summary>A rule that turns the batch's gradient into new weights, over the flat parameters, with its state between steps.</summary>
public abstract class Optimizer : IDisposable
{
    /// <summary>Over those parameters, which it does not own.</summary>
    protected Optimizer(ParameterBuffer parameters, TrainingRecipe recipe) => (Parameters, Recipe) = (parameters, recipe);

    /// <summary>What it keeps from step to step beside the weights: flat fp32 tensors, for the checkpoint; all zeros at rest.</summary>
    public abstract IReadOnlyList<Tensor> State { get; }

    /// <summary>The parameters that it updates.</summary>
    protected ParameterBuffer Parameters { get; }

    /// <summary>Its numbers.</summary>
    protected TrainingRecipe Recipe { get; }

    /// <summary>The recipe's optimizer, at rest.</summary>
    /// <param name="parameters">What it updates.</param>
    /// <param name="shape">The model's shape, which says what lies packed in one tensor.</param>
    /// <param name="recipe">Which optimizer, and its numbers.</param>
    public static Optimizer Of(ParameterBuffer parameters, ModelShape shape, TrainingRecipe recipe) => recipe.Optimizer switch
    {
        OptimizerKind.Adamw => new AdamW(parameters, recipe),
        OptimizerKind.Lion => new Lion(parameters, recipe),
        OptimizerKind.Lamb => new Lamb(parameters, shape, recipe),
        OptimizerKind.Muon => new Muon(parameters, shape, recipe),
        OptimizerKind.Sgd => new Sgd(parameters, recipe),
        _ => throw new ArgumentOutOfRangeException(nameof(recipe), recipe.Optimizer, null),
    };

    /// <summary>Clips the gradient to the recipe's norm and updates the weights.</summary>
    /// <param name="step">1 for the first update.</param>
    /// <param name="learningRate">Learning rate of this step.</param>
    /// <returns>The gradient's norm before clipping; where it is not finite the weights are left alone.</returns>
    public double Step(long step, double learningRate)
    {
        var norm = Math.Sqrt(Kernels.squared_norm(Parameters.Gradient));
        if (!double.IsFinite(norm)) return norm;
        var scale = Recipe.GradientClip > 0 && norm > Recipe.GradientClip ? Recipe.GradientClip / norm : 1;
        Update(step, learningRate, scale);
        Parameters.PublishWeights();
        return norm;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Changes the master weights and the state.</summary>
    /// <param name="step">1 for the first update.</param>
    /// <param name="learningRate">Learning rate of this step.</param>
    /// <param name="gradientScale">What the gradient is to be multiplied with.</param>
    protected abstract void Update(long step, double learningRate, double gradientScale);

    /// <summary>Frees the state.</summary>
    protected virtual void Dispose(bool disposing)
    {
        foreach (var tensor in State) tensor.Dispose();
    }

    /// <summary>The recipe's decay for matrices, none for vectors.</summary>
    protected double DecayOf(bool decays) => decays ? Recipe.WeightDecay : 0;
}
