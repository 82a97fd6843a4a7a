using ScalingLab.Runs;
using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Optimizers;

/// <summary>
/// A rule that turns the batch's gradient into new weights, over the flat parameters, with its state between steps.
/// </summary>
public abstract class Optimizer : IDisposable
{
    private readonly IReadOnlyList<double> _learningRateScales;

    /// <summary>Over those parameters, which it does not own.</summary>
    protected Optimizer(ParameterBuffer parameters, TrainingRecipe recipe)
    {
        (Parameters, Recipe) = (parameters, recipe);
        _learningRateScales =
            [.. parameters.Specs.Select(spec => spec.LearningRateScale(recipe)).Prepend(1).Distinct()];
    }

    /// <summary>
    /// What it keeps from step to step beside the weights: flat fp32 tensors, for the checkpoint; all zeros at rest.
    /// </summary>
    public abstract IReadOnlyList<Tensor> State { get; }

    /// <summary>The parameters that it updates.</summary>
    protected ParameterBuffer Parameters { get; }

    /// <summary>Its numbers.</summary>
    protected TrainingRecipe Recipe { get; }

    /// <summary>The recipe's optimizer, at rest.</summary>
    /// <param name="parameters">What it updates.</param>
    /// <param name="shape">The model's shape, which says what lies packed in one tensor.</param>
    /// <param name="recipe">Which optimizer, and its numbers.</param>
    public static Optimizer Create(ParameterBuffer parameters, ModelShape shape, TrainingRecipe recipe) =>
        recipe.Optimizer switch
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
        Parameters.SyncModelWeights();
        return norm;
    }

    /// <summary>Numbers that <see cref="Control"/> gives: three for each learning rate of the model's parts.</summary>
    public int ControlCount => 3 * _learningRateScales.Count;

    /// <summary>
    /// What <see cref="StepOnDevice"/> reads of a step: learning rate, 1 / (1 - beta1^t) and 1 / (1 - beta2^t) of the
    /// moments; and so on for each other learning rate that parts of the model have.
    /// </summary>
    /// <param name="step">1 for the first update.</param>
    /// <param name="learningRate">Learning rate of this step.</param>
    public float[] Control(long step, double learningRate) =>
        [.. _learningRateScales.SelectMany(pace => new[]
        {
            (float)(learningRate * pace), (float)(1 / (1 - Math.Pow(FirstDecay, step))),
                (float)(1 / (1 - Math.Pow(Recipe.Beta2, step))),
        })];

    /// <summary>
    /// <see cref="Step"/> on a CUDA device without the host: what changes from step to step is read there, as the norm
    /// is left there, so that it can be captured once and replayed. The weights' copy is written with them.
    /// </summary>
    /// <param name="control"><see cref="Control"/> on the device, fp32 [<see cref="ControlCount"/>].</param>
    /// <param name="norm">Gets the gradient's norm before clipping, fp32 [1]; where it is not finite weights and state
    /// are left alone.</param>
    public void StepOnDevice(Tensor control, Tensor norm)
    {
        CudaBlocks.norm(Parameters.Gradient, norm);
        UpdateOnDevice(control, norm);
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

    /// <summary>Decay of the first moment that <see cref="Control"/> corrects.</summary>
    protected virtual double FirstDecay => Recipe.Beta1;

    /// <summary>Changes the master weights, their copy and the state.</summary>
    /// <param name="control"><see cref="Control"/> on the device.</param>
    /// <param name="norm">The gradient's norm there.</param>
    protected abstract void UpdateOnDevice(Tensor control, Tensor norm);

    /// <summary>Frees the state.</summary>
    protected virtual void Dispose(bool disposing)
    {
        foreach (var tensor in State) tensor.Dispose();
    }

    /// <summary>The three numbers of <see cref="Control"/> for values with that pace, a view.</summary>
    private protected Tensor ControlOf(Tensor control, ParameterGroup pace)
    {
        var place = 0;
        while (_learningRateScales[place] != pace.Rate) place++;
        return _learningRateScales.Count == 1 ? control : control.narrow(0, 3 * place, 3);
    }

    /// <summary>How values of a tensor are paced.</summary>
    private protected ParameterGroup GroupOf(ParameterSpec spec) =>
        GroupOf(spec.LearningRateScale(Recipe), spec.Decays);

    /// <summary>
    /// The recipe's decay for matrices, none for vectors. An update multiplies it with its own learning rate: divided
    /// by the pace here, it is that of the blocks' matrices everywhere.
    /// </summary>
    private protected ParameterGroup GroupOf(double rate, bool decays) =>
        new(rate, decays ? Recipe.WeightDecay / rate : 0);

    /// <summary>
    /// Of values that are treated alike: what the learning rate is multiplied with, and the decay to go with that rate.
    /// </summary>
    private protected readonly record struct ParameterGroup(double Rate, double Decay);
}
