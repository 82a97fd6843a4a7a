namespace ScalingLab.Torch.Modules;

/// <summary>Options of GELU (Hendrycks and Gimpel 2016, arXiv:1606.08415).</summary>
public static class GELU
{
    /// <summary>How the normal distribution is computed.</summary>
    public enum Approximate
    {
        /// <summary>Exactly, by erf.</summary>
        none = 0,
        /// <summary>By tanh, as GPT-2 does.</summary>
        tanh = 1,
    }
}
