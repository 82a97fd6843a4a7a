using ScalingLab.Runs;
using ScalingLab.Torch;
using static ScalingLab.Torch.torch;
using F = ScalingLab.Torch.torch.nn.functional;

namespace ScalingLab.Training;

/// <summary>
/// The model: a decoder-only transformer. Pre-norm RMSNorm (Zhang and Sennrich 2019, arXiv 1910.07467), rotary or learned positions, causal
/// attention, GELU or SwiGLU MLP, tied or untied head, no biases. B sequences of T tokens, width d, H heads of h = d / H.
/// </summary>
public sealed class Transformer : IModelParts, IDisposable
{
    private const double NormEpsilon = 1e-6;
    private const double RotaryBase = 10_000;

    private readonly ModelShape _shape;
    private readonly ParameterBuffer _parameters;
    private readonly Block[] _blocks;
    private readonly FusedTransformer? _fused;
    private readonly Tensor? _cos;
    private readonly Tensor? _sin;
    private readonly Tensor? _positions;

    /// <summary>A model of that shape over those parameters (which it does not own).</summary>
    public Transformer(ModelShape shape, ParameterBuffer parameters)
    {
        _shape = shape;
        _parameters = parameters;
        _blocks = [.. Enumerable.Range(0, _shape.Layers).Select(layer => new Block(_parameters, layer))];
        var device = _parameters.Master.device;
        if (_shape.Positions == PositionKind.Rotary) (_cos, _sin) = RotaryTable(_shape, device);
        if (_shape.Positions == PositionKind.Learned) _positions = arange(_shape.Context, dtype: ScalarType.Int64, device: device);
        if (_parameters.Fused) _fused = new FusedTransformer(_shape, _parameters, _cos, _sin, _positions, NormEpsilon);
    }

    /// <summary>Logits a token.</summary>
    internal int Vocabulary => _shape.Vocabulary;

    /// <summary>The fused form on a device that has one.</summary>
    internal FusedTransformer? Fused => _fused;

    /// <summary>Mean cross-entropy of the next token, nats/token, times <paramref name="share"/>.</summary>
    /// <param name="inputs">Token ids, int64 [B, T].</param>
    /// <param name="targets">The tokens that follow, int64 [B, T].</param>
    /// <param name="share">This part's share of the batch; the sum of the parts' gradients is then the batch's.</param>
    public Tensor Loss(Tensor inputs, Tensor targets, double share = 1)
    {
        if (_fused is not null) return _fused.Loss(inputs, targets, share);
        if (!is_grad_enabled() && share == 1) return ChunkedLoss.Mean(this, Stream(inputs), targets);
        var logits = Forward(inputs).view(-1, _shape.Vocabulary);
        var loss = Kernels.cross_entropy(logits, targets.reshape(-1));
        return share == 1 ? loss : loss * share;
    }

    /// <summary>Logits of the next token, [B, T, vocabulary].</summary>
    /// <param name="inputs">Token ids, int64 [B, T], T at most the context.</param>
    public Tensor Forward(Tensor inputs) => Logits(Stream(inputs));

    /// <summary>The residual stream before the first block, [B, T, d].</summary>
    /// <param name="inputs">Token ids, int64 [B, T].</param>
    public Tensor Embed(Tensor inputs)
    {
        var x = Kernels.embedding(_parameters["embedding"], inputs);
        return _positions is null ? x : x + Kernels.embedding(_parameters["positions"], _positions.narrow(0, 0, inputs.shape[1]));
    }

    /// <summary>One block, [B, T, d] to [B, T, d].</summary>
    public Tensor Layer(int layer, Tensor x) => MlpHalf(layer, AttentionHalf(layer, x));

    /// <summary>The attention half of a block, [B, T, d] to [B, T, d].</summary>
    public Tensor AttentionHalf(int layer, Tensor x) =>
        x + Attention(_blocks[layer], Kernels.rms_norm(x, _blocks[layer].AttentionNorm, NormEpsilon));

    /// <summary>The MLP half of a block, [B, T, d] to [B, T, d].</summary>
    public Tensor MlpHalf(int layer, Tensor x) => x + Mlp(_blocks[layer], Kernels.rms_norm(x, _blocks[layer].MlpNorm, NormEpsilon));

    /// <summary>From the stream after the last block, [B, T, d], to logits, [B, T, vocabulary].</summary>
    public Tensor Logits(Tensor x) =>
        F.linear(Kernels.rms_norm(x, _parameters["norm"], NormEpsilon), _parameters[_shape.Head == HeadKind.Tied ? "embedding" : "head"]);

    /// <inheritdoc/>
    public void Dispose()
    {
        _cos?.Dispose();
        _sin?.Dispose();
        _positions?.Dispose();
    }

    /// <summary>The residual stream after the last block, [B, T, d]; what a block leaves behind is autograd's alone.</summary>
    private Tensor Stream(Tensor inputs)
    {
        var x = Embed(inputs);
        for (var layer = 0; layer < _shape.Layers; layer++)
        {
            using var scope = NewDisposeScope();
            var before = x;
            x = Layer(layer, before).MoveToOuterDisposeScope();
            before.Dispose();
        }

        return x;
    }

    /// <summary>Causal multi-head attention, [B, T, d] to [B, T, d].</summary>
    private Tensor Attention(Block block, Tensor x)
    {
        var (batch, tokens) = (x.shape[0], x.shape[1]);
        var heads = F.linear(x, block.Qkv).view(batch, tokens, 3, _shape.Heads, _shape.HeadWidth).permute(2, 0, 3, 1, 4); // [3, B, H, T, h]
        var (q, k, v) = (heads.select(0, 0), heads.select(0, 1), heads.select(0, 2));
        if (_cos is not null && _sin is not null)
        {
            var (c, s) = (_cos.narrow(0, 0, tokens), _sin.narrow(0, 0, tokens));
            (q, k) = (Kernels.rotary(q, c, s), Kernels.rotary(k, c, s));
        }

        var mixed = Kernels.causal_attention(q, k, v);
        return F.linear(mixed.transpose(1, 2).reshape(batch, tokens, _shape.Width), block.Out);
    }

    /// <summary>The position-wise half of a block, [B, T, d] to [B, T, d].</summary>
    private Tensor Mlp(Block block, Tensor x)
    {
        var up = F.linear(x, block.Up);
        if (_shape.Mlp == MlpKind.Gelu) return F.linear(F.gelu(up), block.Down);
        var halves = up.chunk(2, -1);
        return F.linear(Kernels.swiglu(halves[0], halves[1]), block.Down);
    }

    /// <summary>cos and sin of position x frequency, fp32 [T, h/2] each (Su et al. 2021, eq. 15).</summary>
    private static (Tensor Cos, Tensor Sin) RotaryTable(ModelShape shape, Device device)
    {
        var half = shape.HeadWidth / 2;
        var (cosines, sines) = (new float[shape.Context * half], new float[shape.Context * half]);
        for (var t = 0; t < shape.Context; t++)
        {
            for (var i = 0; i < half; i++)
            {
                var angle = t * Math.Pow(RotaryBase, -(double)i / half);
                (cosines[(t * half) + i], sines[(t * half) + i]) = ((float)Math.Cos(angle), (float)Math.Sin(angle));
            }
        }

        return (tensor(cosines, [shape.Context, half], device: device), tensor(sines, [shape.Context, half], device: device));
    }

    private sealed class Block(ParameterBuffer parameters, int layer)
    {
        public Tensor AttentionNorm { get; } = parameters[$"blocks.{layer}.attention.norm"];

        public Tensor Qkv { get; } = parameters[$"blocks.{layer}.attention.qkv"];

        public Tensor Out { get; } = parameters[$"blocks.{layer}.attention.out"];

        public Tensor MlpNorm { get; } = parameters[$"blocks.{layer}.mlp.norm"];

        public Tensor Up { get; } = parameters[$"blocks.{layer}.mlp.up"];

        public Tensor Down { get; } = parameters[$"blocks.{layer}.mlp.down"];
    }
}
