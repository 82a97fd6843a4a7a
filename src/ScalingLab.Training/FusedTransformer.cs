using ScalingLab.Runs;
using ScalingLab.Torch;
using static ScalingLab.Torch.torch;

namespace ScalingLab.Training;

/// <summary>
/// The loss of <see cref="Transformer"/> by fused blocks on a CUDA device: the same model, block by block, with gradients added in fp32. Kept of each block for
/// the way back are its two inputs, the packed queries, keys and values, what attention mixed and the inner layer before its activation:
/// (3 + 3 + inner / width) numbers a token and unit of width; norms and activations are made again.
/// </summary>
internal sealed class FusedTransformer : IModelParts
{
    private readonly ModelShape _shape;
    private readonly double _normEpsilon;
    private readonly Tensor? _cos;
    private readonly Tensor? _sin;
    private readonly Tensor? _positionIds;
    private readonly Weight _embedding;
    private readonly Weight? _positions;
    private readonly Block[] _blocks;
    private readonly Weight _norm;
    private readonly Weight _head;

    /// <summary>Over parameters that gather their own gradients; the tables are the model's.</summary>
    public FusedTransformer(ModelShape shape, ParameterBuffer parameters, Tensor? cos, Tensor? sin, Tensor? positionIds, double normEpsilon)
    {
        (_shape, _cos, _sin, _positionIds, _normEpsilon) = (shape, cos, sin, positionIds, normEpsilon);
        _embedding = parameters.WeightOf("embedding");
        if (positionIds is not null) _positions = parameters.WeightOf("positions");
        _blocks = [.. Enumerable.Range(0, shape.Layers).Select(layer => new Block(
            parameters.WeightOf($"blocks.{layer}.attention.norm"),
            parameters.WeightOf($"blocks.{layer}.attention.qkv"),
            parameters.WeightOf($"blocks.{layer}.attention.out"),
            parameters.WeightOf($"blocks.{layer}.mlp.norm"),
            parameters.WeightOf($"blocks.{layer}.mlp.up"),
            parameters.WeightOf($"blocks.{layer}.mlp.down")))];
        _norm = parameters.WeightOf("norm");
        _head = parameters.WeightOf(shape.Head == HeadKind.Tied ? "embedding" : "head");
    }

    /// <inheritdoc cref="Transformer.Loss"/>
    public Tensor Loss(Tensor inputs, Tensor targets, double share)
    {
        var x = Embed(inputs);
        for (var layer = 0; layer < _blocks.Length; layer++) x = MlpHalf(layer, AttentionHalf(layer, x));
        return HeadLoss(x, targets, share);
    }

    /// <inheritdoc/>
    public Tensor Embed(Tensor inputs)
    {
        var x = CudaBlocks.embedding(_embedding, inputs);
        if (_positions is { } positions && _positionIds is not null)
            x += CudaBlocks.embedding(positions, _positionIds.narrow(0, 0, inputs.shape[1]).expand(inputs.shape).contiguous());
        return x;
    }

    /// <inheritdoc/>
    public Tensor AttentionHalf(int layer, Tensor x)
    {
        var block = _blocks[layer];
        var (query, key, value, stream) = CudaBlocks.attention_in(x, block.AttentionNorm, block.Qkv, _cos, _sin, _shape.Heads, _normEpsilon);
        return CudaBlocks.attention_out(stream, Kernels.causal_attention(query, key, value), block.Out);
    }

    /// <inheritdoc/>
    public Tensor MlpHalf(int layer, Tensor x)
    {
        var block = _blocks[layer];
        return CudaBlocks.mlp(x, block.MlpNorm, block.Up, block.Down, _shape.Mlp == MlpKind.Swiglu, _normEpsilon);
    }

    /// <summary>Mean cross-entropy times the share from the stream after the last block; the root of a backward pass.</summary>
    public Tensor HeadLoss(Tensor x, Tensor targets, double share) => CudaBlocks.head_loss(x, _norm, _head, targets, share, _normEpsilon);

    private sealed record Block(Weight AttentionNorm, Weight Qkv, Weight Out, Weight MlpNorm, Weight Up, Weight Down);
}
