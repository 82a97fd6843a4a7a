namespace ScalingLab.Runs.Models;

/// <summary>How attention's score and value products are counted.</summary>
public enum AttentionCount
{
    /// <summary>
    /// Every query against every position, masked or not, as most published counts do (Hoffmann et al. 2022, appendix
    /// F; PaLM, appendix B).
    /// </summary>
    Full,

    /// <summary>Only the positions that the causal mask leaves: (T + 1) / 2 on average.</summary>
    Causal,
}

/// <summary>
/// Training FLOPs counted from the shape: a multiply-add is 2 FLOPs, the backward pass costs twice the forward pass,
/// so a matrix of P weights costs 6 P a token (Kaplan et al. 2020, section 2.1). Norms, activations, soft-max and
/// look-ups are not counted, as in the papers.
/// </summary>
/// <param name="Blocks">Attention's and the MLP's weight matrices, each as often as a layer uses it, and a factorised
/// embedding's.</param>
/// <param name="Attention">Scores (q.k) and weighted values over the context.</param>
/// <param name="Head">The product with the output matrix.</param>
public sealed record FlopCount(double Blocks, double Attention, double Head)
{
    /// <summary>Exact FLOPs a token, forward and backward.</summary>
    public double PerToken => Blocks + Attention + Head;

    /// <summary>FLOPs a token of training <paramref name="shape"/> at its full context.</summary>
    public static FlopCount For(ModelShape shape, AttentionCount count = AttentionCount.Full)
    {
        double d = shape.Width, e = shape.TokenWidth;
        var seen = count == AttentionCount.Full ? shape.Context : (shape.Context + 1) / 2.0;
        return new FlopCount(
            Blocks: (6.0 * shape.Layers * ParameterCount.BlockMatrices(shape)) + (shape.IsFactorised ? 12 * e * d : 0),
            Attention: 12 * shape.Layers * seen * d,
            Head: 6 * shape.Vocabulary * e);
    }

    /// <summary>
    /// The usual approximation C = 6 N D with N blocks and head (Kaplan et al. 2020; N as in Porian et al. 2024);
    /// layers that share weights count each, for each costs its products.
    /// </summary>
    public static double SixND(ModelShape shape, double tokens)
    {
        var count = ParameterCount.For(shape);
        return 6.0 * (count.Applied + count.HeadProduct) * tokens;
    }
}
