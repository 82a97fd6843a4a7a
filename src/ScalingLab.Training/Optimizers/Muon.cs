using ScalingLab.Runs;
using ScalingLab.Torch;

namespace ScalingLab.Training;

/// <summary>
/// Muon (Jordan et al. 2024) as Liu et al. 2025 (arXiv 2502.16982, eq. 4) have it: of each matrix [A, B] inside a block, M = mu M + G,
/// O = NewtonSchulz5(G + mu M), w = w - lr (0.2 sqrt(max(A, B)) O + decay w). The factor gives the update the root mean square of AdamW's, so that its
/// learning rate and decay hold for both. Embeddings, head and vectors are AdamW's, with a first moment of 0.9 and the recipe's
/// second. Queries, keys, values and SwiGLU's halves are matrices of their own (<see cref="ParameterPart"/>).
/// </summary>
public sealed class Muon : Optimizer
{
    private const double AdamBeta1 = 0.9;
    private const double UpdateRms = 0.2;

    private readonly Tensor _first;
    private readonly Tensor _second;
    private readonly Tensor _direction;
    private readonly List<(Tensor Weight, Tensor Gradient, Tensor First, Tensor Second, double Decay)> _plain = [];
    private readonly List<(Tensor Gradient, Tensor Momentum, Tensor Direction)> _hidden = [];
    private readonly List<(double Scale, List<(Tensor Weight, Tensor Direction)> Matrices)> _groups;

    /// <summary>An optimizer at rest.</summary>
    public Muon(ParameterBuffer parameters, ModelShape shape, TrainingRecipe recipe)
        : base(parameters, recipe)
    {
        var ranges = FlatRange.Of(parameters.Specs, s => (IsHidden: ParameterPart.IsHiddenMatrix(s), s.Decays));
        var device = parameters.Master.device;
        _first = zeros_like(parameters.Master);
        _second = zeros(ranges.Where(r => !r.Key.IsHidden).Sum(r => r.Count), ScalarType.Float32, device);
        _direction = zeros(ranges.Where(r => r.Key.IsHidden).Sum(r => r.Count), ScalarType.Float32, device);
        long plain = 0, hidden = 0;
        foreach (var range in ranges)
        {
            Tensor Part(Tensor flat) => flat.narrow(0, range.Start, range.Count);
            if (range.Key.IsHidden)
            {
                _hidden.Add((Part(parameters.Gradient), Part(_first), _direction.narrow(0, hidden, range.Count)));
                hidden += range.Count;
            }
            else
            {
                _plain.Add((Part(parameters.Master), Part(parameters.Gradient), Part(_first), _second.narrow(0, plain, range.Count),
                    DecayOf(range.Key.Decays)));
                plain += range.Count;
            }
        }

        _groups = Groups(ParameterPart.Of(parameters.Specs, shape));
    }

    /// <summary>First moment or momentum of all, fp32 [Count], and the second moment of what is AdamW's.</summary>
    public override IReadOnlyList<Tensor> State => [_first, _second];

    /// <inheritdoc/>
    protected override void Update(long step, double learningRate, double gradientScale)
    {
        using var still = no_grad();
        foreach (var (weight, gradient, first, second, decay) in _plain)
            Kernels.adamw_(weight, gradient, first, second, learningRate, AdamBeta1, Recipe.Beta2, Recipe.Epsilon, decay, step, gradientScale);
        foreach (var (gradient, momentum, direction) in _hidden)
            Kernels.nesterov_(gradient, momentum, direction, Recipe.Beta1, gradientScale);
        foreach (var (scale, matrices) in _groups)
        {
            using var scope = NewDisposeScope();
            var orthogonal = Kernels.orthogonalize(stack(matrices.Select(m => m.Direction)));
            for (var i = 0; i < matrices.Count; i++)
                matrices[i].Weight.mul_(1 - (learningRate * Recipe.WeightDecay)).add_(orthogonal.select(0, i), -learningRate * scale);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var (weight, gradient, first, second, _) in _plain)
        {
            foreach (var view in (Tensor[])[weight, gradient, first, second]) view.Dispose();
        }

        foreach (var (gradient, momentum, direction) in _hidden)
        {
            foreach (var view in (Tensor[])[gradient, momentum, direction]) view.Dispose();
        }

        foreach (var (weight, direction) in _groups.SelectMany(g => g.Matrices))
        {
            weight.Dispose();
            direction.Dispose();
        }

        _direction.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Matrices of one shape go through the products together.</summary>
    private List<(double, List<(Tensor, Tensor)>)> Groups(IReadOnlyList<ParameterPart> parts)
    {
        long offset = 0;
        var placed = new List<(ParameterPart Part, long Offset)>();
        foreach (var part in parts.Where(p => p.IsHidden))
        {
            placed.Add((part, offset));
            offset += part.Count;
        }

        return
        [
            .. placed.GroupBy(p => (Rows: p.Part.Dimensions[0], Columns: p.Part.Dimensions[1])).Select(group => (
                UpdateRms * Math.Sqrt(Math.Max(group.Key.Rows, group.Key.Columns)),
                group.Select(p => (
                    Parameters.Master.narrow(0, p.Part.Start, p.Part.Count).view(group.Key.Rows, group.Key.Columns),
                    _direction.narrow(0, p.Offset, p.Part.Count).view(group.Key.Rows, group.Key.Columns))).ToList())),
        ];
    }
}
