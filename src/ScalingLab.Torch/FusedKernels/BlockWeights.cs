namespace ScalingLab.Torch;

// What fused blocks are handed; the same whoever makes them.

/// <summary>
/// A weight as the model computes with it, and the fp32 tensor of its shape that its gradient is added to.
/// </summary>
public readonly record struct Weight(Tensor Value, Tensor Gradient);

/// <summary>A linear layer: its matrix [out, in] and, where it has one, its bias [out].</summary>
public readonly record struct LinearWeights(Weight Matrix, Weight? Bias = null);

/// <summary>
/// RMSNorm, or LayerNorm, which alone may have a bias; gain and bias [width], what is added under the root. The default
/// is no norm: a block then takes its input as it is.
/// </summary>
public readonly record struct NormWeights(Weight Gain, Weight? Bias, bool IsLayer, double Epsilon);

/// <summary>
/// What becomes of queries and keys between their projection and attention: an RMS norm of each head (Henry et al.
/// 2020, arXiv:2010.04245) where there are gains, then a rotation where there are tables (Su et al. 2021,
/// arXiv:2104.09864), and scores that fall with the distance where there are slopes (Press et al. 2022,
/// arXiv:2108.12409).
/// </summary>
/// <param name="Queries">Heads of queries.</param>
/// <param name="Keys">Heads of keys and of values, a divisor of them: each serves as many neighbouring heads of
/// queries.</param>
public readonly record struct AttentionHeads(long Queries, long Keys)
{
    /// <summary>cos of position x frequency, fp32 [tokens or more, head width / 2].</summary>
    public Tensor? Cos { get; init; }

    /// <summary>sin of position x frequency, fp32 [tokens or more, head width / 2].</summary>
    public Tensor? Sin { get; init; }

    /// <summary>
    /// By how much a score falls for each token of distance, fp32 [queries]; they reach over 65,536 tokens.
    /// </summary>
    public Tensor? Slopes { get; init; }

    /// <summary>The gain of the queries' norm, [head width], one for all heads.</summary>
    public Weight? QueryGain { get; init; }

    /// <summary>The gain of the keys' norm, [head width]; there where the queries' is.</summary>
    public Weight? KeyGain { get; init; }

    /// <summary>What these norms add under the root.</summary>
    public double Epsilon { get; init; }
}

/// <summary>What an MLP's inner layer goes through.</summary>
public enum MlpActivation
{
    /// <summary>x Phi(x) (Hendrycks and Gimpel 2016, arXiv:1606.08415).</summary>
    Gelu = 0,

    /// <summary>
    /// silu(gate) up (Shazeer 2020, arXiv:2002.05202): the matrix up then holds gate and up, one above the other.
    /// </summary>
    Swiglu = 1,

    /// <summary>max(x, 0)^2 (So et al. 2021, arXiv:2109.08668).</summary>
    Relu2 = 2,
}
