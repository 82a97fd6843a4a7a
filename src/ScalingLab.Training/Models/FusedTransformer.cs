using ScalingLab.Runs;
using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Parallel;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Models;

/// <summary>
/// The loss of <see cref="Transformer"/> by fused blocks on a CUDA device: the same model, block by block, with
/// gradients added in fp32. Kept of each block for the backward pass are its two inputs, the packed queries, keys and
/// values, what attention mixed and the inner layer before its activation: (3 + 3 + inner / width) numbers a token and
/// unit of width, and with norms of queries and keys or ALiBi both once more as attention reads them; norms and
/// activations are made again. Where norms come after, what they are of is kept too.
/// </summary>
internal sealed class FusedTransformer : IModelSegments
{
    private readonly ModelShape _shape;
    private readonly Positions _tables;
    private readonly Weight _embedding;
    private readonly Weight? _positions;
    private readonly MlpActivation _activation;
    private readonly Block[] _blocks;
    private readonly NormWeights _norm; // before the head; none where norms come after
    private readonly LinearWeights? _up;
    private readonly LinearWeights? _down;
    private readonly Weight _head;

    /// <summary>Over parameters that gather their own gradients; the tables are the model's.</summary>
    /// <exception cref="NotSupportedException">These blocks do not make the shape
    /// (<see cref="KernelPath"/>).</exception>
    public FusedTransformer(ModelShape shape, ParameterBuffer parameters, Positions tables)
    {
        if (KernelPath.Obstacles(shape) is [var obstacle, ..])
            throw new NotSupportedException($"fused blocks do not make this shape: {obstacle}");
        (_shape, _tables) = (shape, tables);
        _embedding = parameters.WeightOf("embedding");
        if (tables.Ids is not null) _positions = parameters.WeightOf("positions");
        _activation = shape.Mlp switch
        {
            MlpKind.Gelu => MlpActivation.Gelu,
            MlpKind.Swiglu => MlpActivation.Swiglu,
            MlpKind.Relu2 => MlpActivation.Relu2,
            _ => throw new NotSupportedException($"fused blocks have no {shape.Mlp}"),
        };
        _blocks = [.. Enumerable.Range(0, shape.StoredLayers).Select(layer => new Block(
            NormOf($"blocks.{layer}.attention.norm"),
            LinearOf($"blocks.{layer}.attention.qkv"),
            HeadsOf($"blocks.{layer}.attention."),
            LinearOf($"blocks.{layer}.attention.out"),
            NormOf($"blocks.{layer}.mlp.norm"),
            LinearOf($"blocks.{layer}.mlp.up"),
            LinearOf($"blocks.{layer}.mlp.down")))];
        if (shape.NormPlacement == NormPlacement.Pre) _norm = NormOf("norm");
        if (shape.IsFactorised) (_up, _down) = (LinearOf("embedding.up"), LinearOf("embedding.down"));
        _head = parameters.WeightOf(shape.Head == HeadKind.Tied ? "embedding" : "head");

        LinearWeights LinearOf(string name) => new(parameters.WeightOf(name), parameters.FindWeight(name + ".bias"));
        AttentionHeads HeadsOf(string name) => new(shape.Heads, shape.KeyValueHeads)
        {
            Cos = tables.Cos, Sin = tables.Sin, Slopes = tables.Slopes,
            QueryGain = parameters.FindWeight(name + "query.norm"), KeyGain = parameters.FindWeight(name + "key.norm"),
                Epsilon = shape.QkEpsilon,
        };
        NormWeights NormOf(string name) => shape.Norm == NormKind.Layer
            ? new(parameters.WeightOf(name), parameters.FindWeight(name + ".bias"), IsLayer: true, shape.Epsilon)
            : new(parameters.WeightOf(name), null, IsLayer: false, shape.Epsilon);
    }

    /// <inheritdoc cref="Transformer.Loss"/>
    /// <param name="recipe">In training: has the z-loss and whether the head multiplies 8-bit factors.</param>
    /// <param name="marks">Marks in the backward pass before each layer and before the head.</param>
    public Tensor Loss(Tensor inputs, Tensor targets, double share, TrainingRecipe? recipe = null,
        GradientAllReduce? marks = null)
    {
        var x = Embed(inputs);
        for (var layer = 0; layer < _shape.Layers; layer++) x = MlpHalf(layer, AttentionHalf(layer, Marked(layer, x)));
        return HeadLoss(Marked(_shape.Layers, x), targets, share, recipe);

        Tensor Marked(int layer, Tensor stream) => marks is null ? stream : marks.MarkBackward(layer, stream);
    }

    /// <inheritdoc/>
    public Tensor Embed(Tensor inputs)
    {
        var x = CudaBlocks.embedding(_embedding, inputs);
        if (_positions is { } positions && _tables.Ids is not null)
            x += CudaBlocks.embedding(positions,
                _tables.Ids.narrow(0, 0, inputs.shape[1]).expand(inputs.shape).contiguous());
        if (_tables.Table is not null) x += _tables.Table.narrow(0, 0, inputs.shape[1]);
        return _up is { } up ? CudaBlocks.linear(x, default, up) : x;
    }

    /// <inheritdoc/>
    public Tensor AttentionHalf(int layer, Tensor x)
    {
        var block = _blocks[layer % _blocks.Length];
        var (query, key, value, stream) =
            CudaBlocks.attention_in(x, Before(block.AttentionNorm), block.Qkv, block.Heads);
        return After(block.AttentionNorm,
            CudaBlocks.attention_out(stream, CudaBlocks.attention(query, key, value), block.Out));
    }

    /// <inheritdoc/>
    public Tensor MlpHalf(int layer, Tensor x)
    {
        var block = _blocks[layer % _blocks.Length];
        return After(block.MlpNorm, CudaBlocks.mlp(x, Before(block.MlpNorm), block.Up, block.Down, _activation));
    }

    /// <summary>
    /// Mean cross-entropy times the share from the stream after the last block; the root of a backward pass.
    /// </summary>
    /// <param name="x">[B, T, d].</param>
    /// <param name="targets">int64 [B, T]; -100 counts in the mean as a loss of 0.</param>
    /// <param name="share">Multiplies the mean.</param>
    /// <param name="recipe">As in <see cref="Loss"/>.</param>
    public Tensor HeadLoss(Tensor x, Tensor targets, double share, TrainingRecipe? recipe)
    {
        var norm = _norm;
        if (_down is { } down) (x, norm) = (CudaBlocks.linear(x, norm, down), default);
        return CudaBlocks.head_loss(
            x, norm, _head, targets, share, _shape.LogitSoftCap, recipe?.ZLoss ?? 0,
            recipe?.Precision == Precision.Fp8Head);
    }

    private NormWeights Before(NormWeights norm) => _shape.NormPlacement == NormPlacement.Pre ? norm : default;

    private Tensor After(NormWeights norm, Tensor x) =>
        _shape.NormPlacement == NormPlacement.Pre ? x : CudaBlocks.normed(x, norm);

    private sealed record Block(
        NormWeights AttentionNorm, LinearWeights Qkv, AttentionHeads Heads, LinearWeights Out, NormWeights MlpNorm,
        LinearWeights Up, LinearWeights Down);
}
