using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Models;

/// <summary>
/// One block of <see cref="Transformer"/>: causal attention and an MLP, each added to the stream [B, T, d], with their
/// norms.
/// </summary>
internal sealed class TransformerBlock
{
    private readonly ModelShape _shape;
    private readonly Positions _positions;
    private readonly Norm _attentionNorm;
    private readonly Linear _qkv;
    private readonly Norm? _queryNorm;
    private readonly Norm? _keyNorm;
    private readonly Linear _out;
    private readonly Norm _mlpNorm;
    private readonly Linear _up;
    private readonly Linear _down;

    /// <summary>The block whose parameters have that number.</summary>
    public TransformerBlock(ModelShape shape, ParameterBuffer parameters, Positions positions, int number)
    {
        (_shape, _positions) = (shape, positions);
        var name = $"blocks.{number}.";
        _attentionNorm = new Norm(shape, parameters, name + "attention.norm");
        _qkv = new Linear(parameters, name + "attention.qkv");
        if (shape.QkNorm)
        {
            _queryNorm = new Norm(NormKind.Rms, shape.QkEpsilon, parameters, name + "attention.query.norm");
            _keyNorm = new Norm(NormKind.Rms, shape.QkEpsilon, parameters, name + "attention.key.norm");
        }

        _out = new Linear(parameters, name + "attention.out");
        _mlpNorm = new Norm(shape, parameters, name + "mlp.norm");
        _up = new Linear(parameters, name + "mlp.up");
        _down = new Linear(parameters, name + "mlp.down");
    }

    /// <summary>The stream after this block, [B, T, d] to [B, T, d].</summary>
    /// <param name="x">The stream before.</param>
    /// <param name="past">Keys and values of the tokens before, and where those of x go; null where x begins at
    /// position 0.</param>
    /// <param name="layer">Which layer of the cache this is; blocks may be passed more than once.</param>
    public Tensor Forward(Tensor x, KeyValueCache? past = null, int layer = 0) => _shape.ParallelBlocks
        ? x + Attention(_attentionNorm.Forward(x), past, layer) + Mlp(_mlpNorm.Forward(x))
        : MlpHalf(AttentionHalf(x, past, layer));

    /// <summary>The stream after attention, [B, T, d] to [B, T, d]; parameters as of <see cref="Forward"/>.</summary>
    /// <exception cref="NotSupportedException">The two halves are side by side.</exception>
    public Tensor AttentionHalf(Tensor x, KeyValueCache? past = null, int layer = 0) => _shape.ParallelBlocks
        ? throw new NotSupportedException("blocks whose halves are side by side have no first half")
        : _shape.NormPlacement == NormPlacement.Pre
            ? x + Attention(_attentionNorm.Forward(x), past, layer)
            : _attentionNorm.Forward(x + Attention(x, past, layer));

    /// <summary>The stream after the MLP, [B, T, d] to [B, T, d].</summary>
    public Tensor MlpHalf(Tensor x) =>
        _shape.NormPlacement == NormPlacement.Pre ? x + Mlp(_mlpNorm.Forward(x)) : _mlpNorm.Forward(x + Mlp(x));

    /// <summary>Causal attention, [B, T, d] to [B, T, d].</summary>
    private Tensor Attention(Tensor x, KeyValueCache? past, int layer)
    {
        var (batch, tokens, offset) = (x.shape[0], x.shape[1], past?.Length ?? 0);
        int heads = _shape.Heads, pairs = _shape.KeyValueHeads;
        // Packed as all queries, all keys, all values. Split and not selected: the gradient is then joined in one pass.
        var parts = _qkv.Forward(x).view(batch, tokens, heads + (2 * pairs), _shape.HeadWidth)
            .split([heads, pairs, pairs], 2);
        // [B, H, T, h]
        var q = _positions.ApplyRotary((_queryNorm?.Forward(parts[0]) ?? parts[0]).transpose(1, 2), offset);
        var k = _positions.ApplyRotary((_keyNorm?.Forward(parts[1]) ?? parts[1]).transpose(1, 2), offset);
        var v = parts[2].transpose(1, 2);
        if (past is not null) (k, v) = past.Append(layer, k, v);
        var mixed = Kernels.causal_attention(q, k, v, _positions.Slopes);
        return _out.Forward(mixed.transpose(1, 2).reshape(batch, tokens, _shape.Width));
    }

    /// <summary>The position-wise half of a block, [B, T, d] to [B, T, d].</summary>
    private Tensor Mlp(Tensor x)
    {
        var up = _up.Forward(x);
        if (_shape.Mlp == MlpKind.Gelu) return _down.Forward(F.gelu(up)); // by erf
        if (_shape.Mlp == MlpKind.GeluTanh) return _down.Forward(GeluTanh(up));
        if (_shape.Mlp == MlpKind.Relu2) return _down.Forward(F.relu(up).square());
        var halves = up.chunk(2, -1);
        return _down.Forward(Kernels.swiglu(halves[0], halves[1]));
    }

    /// <summary>x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).</summary>
    private static Tensor GeluTanh(Tensor x)
    {
        var inner = (x + (x * x * x * 0.044715)) * Math.Sqrt(2 / Math.PI);
        return x * 0.5 * (inner.tanh() + 1);
    }
}
