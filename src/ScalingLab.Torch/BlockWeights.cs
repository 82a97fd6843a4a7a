namespace ScalingLab.Torch;

// What fused blocks are handed; the same whoever makes them.

/// <summary>A weight as the model computes with it, and the fp32 tensor of its shape that its gradient is added to.</summary>
public readonly record struct Weight(Tensor Value, Tensor Gradient);

/// <summary>A linear layer: its matrix [out, in] and, where it has one, its bias [out].</summary>
public readonly record struct LinearWeights(Weight Matrix, Weight? Bias = null);

/// <summary>
/// RMSNorm, or LayerNorm, which alone may have a bias; gain and bias [width], what is added under the root. The default is no norm: a block then takes its
/// input as it is.
/// </summary>
public readonly record struct NormWeights(Weight Gain, Weight? Bias, bool IsLayer, double Epsilon);

/// <summary>What an MLP's inner layer goes through.</summary>
public enum MlpActivation
{
    /// <summary>x Phi(x) (Hendrycks and Gimpel 2016, arXiv:1606.08415).</summary>
    Gelu = 0,

    /// <summary>silu(gate) up (Shazeer 2020, arXiv:2002.05202): the matrix up then holds gate and up, one above the other.</summary>
    Swiglu = 1,

    /// <summary>max(x, 0)^2 (So et al. 2021, arXiv:2109.08668).</summary>
    Relu2 = 2,
}
