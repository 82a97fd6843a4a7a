namespace ScalingLab.Runs;

/// <summary>
/// Parameters by what they are, because the laws change with what is counted (Porian et al. 2024, arXiv 2406.19146; Pearce and Song 2024, arXiv 2406.12907).
/// </summary>
/// <param name="Embedding">Token embedding, and learned positions where there are any: looked up, never multiplied.</param>
/// <param name="NonEmbedding">Blocks and norms: Kaplan et al. 2020's N (arXiv 2001.08361).</param>
/// <param name="Head">The output matrix where it is a tensor of its own; 0 where it is tied to the embedding.</param>
/// <param name="HeadProduct">The output matrix product's size, vocabulary x width, tied or not.</param>
public sealed record ParameterCount(long Embedding, long NonEmbedding, long Head, long HeadProduct)
{
    /// <summary>Every number that is stored and trained.</summary>
    public long Total => Embedding + NonEmbedding + Head;

    /// <summary>Blocks and output product: the count of Porian et al. 2024, by which the size rule and the ladder's names go.</summary>
    public long WithHead => NonEmbedding + HeadProduct;

    /// <summary>Counts the parameters of <paramref name="shape"/>.</summary>
    public static ParameterCount Of(ModelShape shape)
    {
        long d = shape.Width;
        var attention = 4 * d * d;
        var mlp = (shape.Mlp == MlpKind.Gelu ? 2 : 3) * d * shape.HiddenWidth;
        var norms = (2L * shape.Layers * d) + d;
        var head = shape.Vocabulary * d;
        var positions = shape.Positions == PositionKind.Learned ? shape.Context * d : 0;
        return new ParameterCount(
            Embedding: (shape.Vocabulary * d) + positions,
            NonEmbedding: (shape.Layers * (attention + mlp)) + norms,
            Head: shape.Head == HeadKind.Untied ? head : 0,
            HeadProduct: head);
    }
}
