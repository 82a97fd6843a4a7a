using ScalingLab.Runs;
using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Models;

/// <summary>
/// The model: a decoder-only transformer, <see cref="ModelShape"/> says which (docs/recipes.md has every kind with its
/// source). B sequences of T tokens, width d, H heads of queries and K of keys and values, h = d / H wide. It is
/// <see cref="Embed"/>, <see cref="Layer"/> for each layer, <see cref="Logits"/>.
/// </summary>
public sealed class Transformer : IModelSegments, IDisposable
{
    private readonly ModelShape _shape;
    private readonly Positions _positions;
    private readonly TransformerBlock[] _blocks;
    private readonly FusedTransformer? _fused;
    private readonly Norm? _norm;
    private readonly Linear? _up;
    private readonly Linear? _down;
    private readonly Tensor _embedding;
    private readonly Tensor _head;

    /// <summary>A model of that shape over those parameters (which it does not own).</summary>
    /// <exception cref="NotSupportedException">The parameters gather their own gradients, but fused blocks do not make
    /// this shape.</exception>
    public Transformer(ModelShape shape, ParameterBuffer parameters)
    {
        _shape = shape;
        Parameters = parameters;
        _positions = new Positions(shape, parameters);
        _blocks =
            [.. Enumerable.Range(0, shape.StoredLayers)
                .Select(number => new TransformerBlock(shape, parameters, _positions, number))];
        _embedding = parameters["embedding"];
        _head = shape.Head == HeadKind.Tied ? _embedding : parameters["head"];
        if (shape.NormPlacement == NormPlacement.Pre) _norm = new Norm(shape, parameters, "norm");
        if (shape.IsFactorised)
            (_up, _down) = (new Linear(parameters, "embedding.up"), new Linear(parameters, "embedding.down"));
        if (parameters.Fused) _fused = new FusedTransformer(shape, parameters, _positions);
    }

    /// <summary>Logits a token.</summary>
    internal int Vocabulary => _shape.Vocabulary;

    /// <summary>The fused form on a device that has one.</summary>
    internal FusedTransformer? Fused => _fused;

    /// <summary>The parameters that it is over.</summary>
    internal ParameterBuffer Parameters { get; }

    /// <summary>
    /// Mean cross-entropy of the next token, nats/token, times <paramref name="share"/>: the loss that is reported.
    /// </summary>
    /// <param name="inputs">Token ids, int64 [B, T].</param>
    /// <param name="targets">The tokens that follow, int64 [B, T].</param>
    /// <param name="share">This part's share of the batch; the sum of the parts' gradients is then the batch's.</param>
    public Tensor Loss(Tensor inputs, Tensor targets, double share = 1)
    {
        if (_fused is not null) return _fused.Loss(inputs, targets, share);
        if (!is_grad_enabled() && share == 1) return ChunkedLoss.Mean(this, Stream(inputs), targets);
        var loss = Kernels.cross_entropy(Forward(inputs).view(-1, _shape.Vocabulary), targets.reshape(-1));
        return share == 1 ? loss : loss * share;
    }

    /// <summary>Logits of the next token, [B, T, vocabulary].</summary>
    /// <param name="inputs">Token ids, int64 [B, T], T at most the context.</param>
    public Tensor Forward(Tensor inputs) => Logits(Stream(inputs));

    /// <summary>Room for the keys and values of so many sequences read side by side, for <see cref="Step"/>.</summary>
    public KeyValueCache NewCache(long sequences = 1) => new(_shape, sequences, _embedding);

    /// <summary>
    /// Logits after each of the next tokens, [B, T, vocabulary], without gradients: those that <see cref="Forward"/>
    /// has at their place when it is given all tokens at once, at the price of the new ones.
    /// </summary>
    /// <param name="tokens">The tokens after those in the cache, int64 [B, T].</param>
    /// <param name="cache">What was read before; it then holds these tokens too.</param>
    /// <param name="lastOnly">Only those after the last token, [B, 1, vocabulary].</param>
    /// <exception cref="ArgumentException">They do not fit the context, or are not as many sequences as the cache is
    /// for.</exception>
    public Tensor Step(Tensor tokens, KeyValueCache cache, bool lastOnly = false)
    {
        var (sequences, count) = (tokens.shape[0], tokens.shape[1]);
        if (sequences != cache.Sequences)
            throw new ArgumentException($"the cache is for {cache.Sequences} sequences, not {sequences}",
                nameof(tokens));
        if (cache.Length + count > cache.Capacity)
            throw new ArgumentException($"{cache.Length} tokens and {count} more do not fit the context of "
                + $"{cache.Capacity}", nameof(tokens));
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var x = Embed(tokens, cache.Length);
        for (var layer = 0; layer < _shape.Layers; layer++) x = BlockOf(layer).Forward(x, cache, layer);
        cache.Advance(count);
        return Logits(lastOnly ? x.narrow(1, count - 1, 1) : x).MoveToOuterDisposeScope();
    }

    /// <summary>The residual stream before the first block, [B, T, d].</summary>
    /// <param name="inputs">Token ids, int64 [B, T].</param>
    public Tensor Embed(Tensor inputs) => Embed(inputs, 0);

    /// <summary>The same for tokens in mid-text.</summary>
    /// <param name="inputs">Token ids, int64 [B, T].</param>
    /// <param name="offset">Position of the first of them.</param>
    public Tensor Embed(Tensor inputs, long offset)
    {
        var x = _positions.AddTo(Kernels.embedding(_embedding, inputs), offset);
        return _up is null ? x : _up.Forward(x);
    }

    /// <summary>One layer, [B, T, d] to [B, T, d].</summary>
    public Tensor Layer(int layer, Tensor x) => BlockOf(layer).Forward(x);

    /// <summary>A layer's first half, attention and its norm, [B, T, d] to [B, T, d].</summary>
    public Tensor AttentionHalf(int layer, Tensor x) => BlockOf(layer).AttentionHalf(x);

    /// <summary>A layer's second half, the MLP and its norm, [B, T, d] to [B, T, d].</summary>
    public Tensor MlpHalf(int layer, Tensor x) => BlockOf(layer).MlpHalf(x);

    /// <summary>The stream after the last block, [.., d], as the head reads it: with the shape's last norm, where it
    /// has one.</summary>
    public Tensor Normed(Tensor x) => _norm is null ? x : _norm.Forward(x);

    /// <summary>From the stream after the last block, [.., d], to logits, [.., vocabulary].</summary>
    public Tensor Logits(Tensor x) => Capped(HeadProduct(x));

    /// <summary>The same before the soft cap.</summary>
    /// <param name="x">The stream.</param>
    /// <param name="inFloat8">Whether both factors of the product are rounded to 8 bits
    /// (<see cref="Precision.Fp8Head"/>).</param>
    internal Tensor HeadProduct(Tensor x, bool inFloat8 = false)
    {
        x = Normed(x);
        if (_down is not null) x = _down.Forward(x);
        return inFloat8 ? F.linear(Composites.e4m3(x), Composites.e4m3(_head)) : Kernels.linear(x, _head);
    }

    /// <summary>Logits with the shape's soft cap, where it has one.</summary>
    internal Tensor Capped(Tensor logits) =>
        _shape.LogitSoftCap > 0 ? (logits / _shape.LogitSoftCap).tanh() * _shape.LogitSoftCap : logits;

    /// <inheritdoc/>
    public void Dispose() => _positions.Dispose();

    /// <summary>
    /// The residual stream after the last block, [B, T, d]; what a block leaves behind is autograd's alone.
    /// </summary>
    public Tensor Stream(Tensor inputs)
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

    /// <summary>The block of that layer: where layers share, they take turns.</summary>
    private TransformerBlock BlockOf(int layer) => _blocks[layer % _blocks.Length];
}
