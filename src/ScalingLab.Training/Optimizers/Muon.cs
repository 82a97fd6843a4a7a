using ScalingLab.Runs;
using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Optimizers;

/// <summary>
/// Muon (Jordan et al. 2024) as Liu et al. 2025 (arXiv 2502.16982, eq. 4) have it: of each matrix [A, B] inside a
/// block, M = mu M + G, O = NewtonSchulz5(G + mu M), w = w - lr (0.2 sqrt(max(A, B)) O + decay w). The factor gives the
/// update the root mean square of AdamW's, so that its learning rate and decay hold for both. Embeddings, head and
/// vectors are AdamW's, with a first moment of 0.9 and the recipe's second. Queries, keys, values and SwiGLU's halves
/// are matrices of their own (<see cref="ParameterPart"/>).
/// </summary>
public sealed class Muon : Optimizer
{
    private const double AdamBeta1 = 0.9;
    private const double UpdateRms = 0.2;

    private readonly Tensor _first;
    private readonly Tensor _second;
    private readonly List<(
        Tensor Weight, Tensor Gradient, Tensor First, Tensor Second, Tensor? Copy, ParameterGroup Group)> _plain = [];
    private readonly IReadOnlyList<Group> _groups;

    /// <summary>A new optimizer.</summary>
    public Muon(ParameterBuffer parameters, ModelShape shape, TrainingRecipe recipe)
        : base(parameters, recipe)
    {
        var ranges =
            FlatRange.Merge(parameters.Specs, s => (IsHidden: ParameterPart.IsHiddenMatrix(s), Group: GroupOf(s)))
            .Where(r => !r.Key.IsHidden).ToList();
        _first = zeros_like(parameters.Master);
        _second = zeros(ranges.Sum(r => r.Count), ScalarType.Float32, parameters.Master.device);
        long plain = 0;
        foreach (var range in ranges)
        {
            Tensor Part(Tensor flat) => flat.narrow(0, range.Start, range.Count);
            _plain.Add(
                (Part(parameters.Master), Part(parameters.Gradient), Part(_first),
                    _second.narrow(0, plain, range.Count),
                parameters.Copy is { } copy ? Part(copy) : null, range.Key.Group));
            plain += range.Count;
        }

        _groups = [.. ParameterPart.Split(parameters.Specs, shape).Where(p => p.IsHidden)
            .GroupBy(p => (p.Dimensions[0], p.Dimensions[1]))
            .Select(group => new Group(parameters, _first, [.. group]))];
    }

    /// <summary>First moment or momentum of all, fp32 [Count], and the second moment of what is AdamW's.</summary>
    public override IReadOnlyList<Tensor> State => [_first, _second];

    /// <summary>AdamW's part has its own.</summary>
    protected override double FirstDecay => AdamBeta1;

    /// <inheritdoc/>
    protected override void Update(long step, double learningRate, double gradientScale)
    {
        using var still = no_grad();
        foreach (var (weight, gradient, first, second, _, pace) in _plain)
        {
            Kernels.adamw_(weight, gradient, first, second, learningRate * pace.Rate, AdamBeta1, Recipe.Beta2,
                Recipe.Epsilon, pace.Decay, step,
                gradientScale);
        }

        foreach (var group in _groups)
        {
            using var scope = NewDisposeScope();
            foreach (var one in group.Matrices)
                Kernels.nesterov_(one.Gradient, one.Momentum, one.Direction, Recipe.Beta1, gradientScale);
            var orthogonal = Kernels.orthogonalize(group.Directions);
            for (var i = 0; i < group.Matrices.Count; i++)
            {
                group.Matrices[i].Weight.mul_(1 - (learningRate * Recipe.WeightDecay))
                    .add_(orthogonal.select(0, i), -learningRate * group.Scale);
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>The matrix products are in the model's precision, as Jordan et al. have them in bf16.</remarks>
    protected override void UpdateOnDevice(Tensor control, Tensor norm)
    {
        var clip = Recipe.GradientClip;
        foreach (var (weight, gradient, first, second, copy, pace) in _plain)
        {
            CudaBlocks.adamw_(weight, gradient, first, second, copy, ControlOf(control, pace), norm, clip, AdamBeta1,
                Recipe.Beta2, Recipe.Epsilon,
                pace.Decay);
        }

        foreach (var group in _groups)
        {
            using var scope = NewDisposeScope();
            foreach (var one in group.Matrices)
                CudaBlocks.nesterov_(one.Gradient, one.Momentum, one.Direction, norm, clip, Recipe.Beta1);
            var orthogonal = CudaBlocks.orthogonalize(group.Directions);
            for (var i = 0; i < group.Matrices.Count; i++)
            {
                var one = group.Matrices[i];
                CudaBlocks.muon_(one.Weight, orthogonal.select(0, i), one.Copy, control, norm, group.Scale,
                    Recipe.WeightDecay);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var (weight, gradient, first, second, copy, _) in _plain)
        {
            foreach (var view in (Tensor?[])[weight, gradient, first, second, copy]) view?.Dispose();
        }

        foreach (var group in _groups) group.Dispose();
        base.Dispose(disposing);
    }

    private sealed record Matrix(Tensor Weight, Tensor Gradient, Tensor Momentum, Tensor Direction, Tensor? Copy);

    /// <summary>Matrices of one shape, which go through the products together.</summary>
    private sealed class Group : IDisposable
    {
        public Group(ParameterBuffer parameters, Tensor momentum, IReadOnlyList<ParameterPart> parts)
        {
            var (rows, columns) = (parts[0].Dimensions[0], parts[0].Dimensions[1]);
            Scale = UpdateRms * Math.Sqrt(Math.Max(rows, columns));
            var type = parameters.Fused && parameters.Copy is { } half ? half.dtype : ScalarType.Float32;
            Directions = zeros([parts.Count, rows, columns], type, parameters.Master.device);
            Matrices = [.. parts.Select((part, i) =>
            {
                Tensor Of(Tensor flat) => flat.narrow(0, part.Start, part.Count).view(rows, columns);
                return new Matrix(Of(parameters.Master), Of(parameters.Gradient), Of(momentum), Directions.select(0, i),
                    parameters.Copy is { } copy ? Of(copy) : null);
            })];
        }

        /// <summary>By what an orthogonal matrix is multiplied.</summary>
        public double Scale { get; }

        /// <summary>
        /// What is made orthogonal, [matrices, rows, columns]: fp32, or what the fused model computes in.
        /// </summary>
        public Tensor Directions { get; }

        public IReadOnlyList<Matrix> Matrices { get; }

        public void Dispose()
        {
            foreach (var one in Matrices)
            {
                foreach (var view in (Tensor?[])[one.Weight, one.Gradient, one.Momentum, one.Direction, one.Copy])
                    view?.Dispose();
            }

            Directions.Dispose();
        }
    }
}
