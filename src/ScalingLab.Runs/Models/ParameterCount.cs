namespace ScalingLab.Runs.Models;

/// <summary>
/// Parameters by what they are, because the laws change with what is counted (Porian et al. 2024, arXiv 2406.19146;
/// Pearce and Song 2024, arXiv 2406.12907).
/// </summary>
/// <param name="Embedding">Token embedding, and learned positions where there are any: looked up, never
/// multiplied.</param>
/// <param name="NonEmbedding">Blocks and norms, and a factorised embedding's two matrices: Kaplan et al. 2020's N
/// (arXiv 2001.08361). Stored once, however often passed.</param>
/// <param name="Head">The output matrix where it is a tensor of its own; 0 where it is tied to the embedding.</param>
/// <param name="HeadProduct">The output matrix product's size, vocabulary x width of the embedding, tied or
/// not.</param>
/// <param name="Applied">As <paramref name="NonEmbedding"/>, a block that several layers share counted once for each of
/// them: what a token is multiplied with.</param>
public sealed record ParameterCount(long Embedding, long NonEmbedding, long Head, long HeadProduct, long Applied)
{
    /// <summary>Every number that is stored and trained.</summary>
    public long Total => Embedding + NonEmbedding + Head;

    /// <summary>
    /// Blocks and output product: the count of Porian et al. 2024, by which the size rule and the ladder's names go.
    /// </summary>
    public long WithHead => NonEmbedding + HeadProduct;

    /// <summary>Counts the parameters of <paramref name="shape"/>.</summary>
    public static ParameterCount For(ModelShape shape)
    {
        long d = shape.Width, e = shape.TokenWidth, kv = shape.KeyValueWidth, hidden = shape.HiddenWidth;
        var norm = shape is { Norm: NormKind.Layer, Biases: true } ? 2 * d : d;
        var ups = shape.Mlp == MlpKind.Swiglu ? 2 : 1;
        var block = BlockMatrices(shape) + (2 * norm);
        if (shape.QkNorm) block += 2 * shape.HeadWidth;
        if (shape.Biases) block += d + (2 * kv) + d + (ups * hidden) + d;
        var ends = shape.NormPlacement == NormPlacement.Pre ? norm : 0;
        if (shape.IsFactorised) ends += (2 * e * d) + (shape.Biases ? d + e : 0);
        var head = shape.Vocabulary * e;
        return new ParameterCount(
            Embedding: head + (shape.Positions == PositionKind.Learned ? shape.Context * e : 0),
            NonEmbedding: (shape.StoredLayers * block) + ends,
            Head: shape.Head == HeadKind.Untied ? head : 0,
            HeadProduct: head,
            Applied: (shape.Layers * block) + ends);
    }

    /// <summary>Weights in one block's matrices: queries, keys, values, output, and the MLP's two or three.</summary>
    internal static long BlockMatrices(ModelShape shape)
    {
        long d = shape.Width;
        return (2 * d * d) + (2 * d * shape.KeyValueWidth)
            + ((shape.Mlp == MlpKind.Swiglu ? 3 : 2) * d * shape.HiddenWidth);
    }
}
