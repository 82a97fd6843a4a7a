using System.Runtime.InteropServices;

namespace ScalingLab.Torch;

// Fused operations.
internal static partial class Native
{
    [LibraryImport(Library)] internal static partial int sl_rms_norm(TensorHandle x, TensorHandle weight, double eps,
        out nint y);
    [LibraryImport(Library)] internal static partial int sl_rotary(TensorHandle x, TensorHandle cos, TensorHandle sin,
        out nint y);
    [LibraryImport(Library)] internal static partial int sl_swiglu(TensorHandle gate, TensorHandle up, out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_causal_attention(TensorHandle query, TensorHandle key, TensorHandle value,
        TensorHandle slopes, out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_cross_entropy_fused(TensorHandle logits, TensorHandle targets, long ignored,
        out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_adamw_(TensorHandle parameter, TensorHandle grad, TensorHandle mean,
        TensorHandle square,
        TensorHandle mask, double lr, double beta1, double beta2, double eps, double weightDecay, long step,
        double gradScale);
    [LibraryImport(Library)] internal static partial int sl_squared_norm(TensorHandle x, out double sum);
    [LibraryImport(Library)]
    internal static partial int sl_lion_(TensorHandle parameter, TensorHandle grad, TensorHandle mean, double lr,
        double beta1, double beta2,
        double weightDecay, double gradScale);
    [LibraryImport(Library)]
    internal static partial int sl_sgd_(TensorHandle parameter, TensorHandle grad, TensorHandle velocity, double lr,
        double momentum,
        double weightDecay, double gradScale);
    [LibraryImport(Library)]
    internal static partial int sl_lamb_(TensorHandle parameter, TensorHandle grad, TensorHandle mean,
        TensorHandle square,
        ReadOnlySpan<long> lengths, ReadOnlySpan<double> decays, int parts, double lr, double beta1, double beta2,
        double eps, long step,
        double gradScale);
    [LibraryImport(Library)]
    internal static partial int sl_nesterov_(TensorHandle grad, TensorHandle momentum, TensorHandle direction,
        double mu, double gradScale);
    [LibraryImport(Library)] internal static partial int sl_orthogonalize(TensorHandle x, int iterations, out nint y);
}
