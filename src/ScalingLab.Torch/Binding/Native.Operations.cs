using System.Runtime.InteropServices;

namespace ScalingLab.Torch;

// Element by element, and products.
internal static partial class Native
{
    [LibraryImport(Library)] internal static partial int sl_neg(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_abs(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_sign(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_sqrt(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_rsqrt(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_square(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_exp(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_log(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_sin(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_cos(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_tanh(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_erf(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_sigmoid(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_relu(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_logical_not(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_isfinite(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_isnan(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_all(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_any(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_max(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_min(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_t(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_contiguous(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_clone(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_detach(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_alias(TensorHandle x, out nint y);

    [LibraryImport(Library)] internal static partial int sl_add(TensorHandle x, TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_sub(TensorHandle x, TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_mul(TensorHandle x, TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_div(TensorHandle x, TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_pow(TensorHandle x, TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_matmul(TensorHandle x, TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_mm(TensorHandle x, TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_bmm(TensorHandle x, TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_outer(TensorHandle x, TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_eq(TensorHandle x, TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_ne(TensorHandle x, TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_lt(TensorHandle x, TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_gt(TensorHandle x, TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_ge(TensorHandle x, TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_le(TensorHandle x, TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_logical_and(TensorHandle x, TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_logical_or(TensorHandle x, TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_maximum(TensorHandle x, TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_minimum(TensorHandle x, TensorHandle other, out nint y);

    [LibraryImport(Library)] internal static partial int sl_add_scalar(TensorHandle x, NativeScalar other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_sub_scalar(TensorHandle x, NativeScalar other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_mul_scalar(TensorHandle x, NativeScalar other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_div_scalar(TensorHandle x, NativeScalar other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_pow_scalar(TensorHandle x, NativeScalar other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_eq_scalar(TensorHandle x, NativeScalar other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_ne_scalar(TensorHandle x, NativeScalar other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_lt_scalar(TensorHandle x, NativeScalar other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_gt_scalar(TensorHandle x, NativeScalar other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_ge_scalar(TensorHandle x, NativeScalar other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_le_scalar(TensorHandle x, NativeScalar other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_rsub_scalar(TensorHandle x, NativeScalar other, out nint y);

    [LibraryImport(Library)] internal static partial int sl_sub_(TensorHandle x, TensorHandle other);
    [LibraryImport(Library)] internal static partial int sl_mul_(TensorHandle x, TensorHandle other);
    [LibraryImport(Library)] internal static partial int sl_div_(TensorHandle x, TensorHandle other);
    [LibraryImport(Library)] internal static partial int sl_add_scalar_(TensorHandle x, NativeScalar other);
    [LibraryImport(Library)] internal static partial int sl_sub_scalar_(TensorHandle x, NativeScalar other);
    [LibraryImport(Library)] internal static partial int sl_mul_scalar_(TensorHandle x, NativeScalar other);
    [LibraryImport(Library)] internal static partial int sl_div_scalar_(TensorHandle x, NativeScalar other);
    [LibraryImport(Library)] internal static partial int sl_fill_scalar_(TensorHandle x, NativeScalar other);

    [LibraryImport(Library)] internal static partial int sl_add_alpha(TensorHandle x, TensorHandle other,
        NativeScalar alpha, out nint y);
    [LibraryImport(Library)] internal static partial int sl_add_(TensorHandle x, TensorHandle other,
        NativeScalar alpha);
    [LibraryImport(Library)] internal static partial int sl_zero_(TensorHandle x);
    [LibraryImport(Library)] internal static partial int sl_clamp(TensorHandle x, NativeScalar low, NativeScalar high,
        out nint y);
    [LibraryImport(Library)] internal static partial int sl_clamp_(TensorHandle x, NativeScalar low, NativeScalar high);
    [LibraryImport(Library)] internal static partial int sl_lerp_(TensorHandle x, TensorHandle end,
        TensorHandle weight);
    [LibraryImport(Library)] internal static partial int sl_addcmul_(TensorHandle x, TensorHandle a, TensorHandle b,
        NativeScalar value);
    [LibraryImport(Library)] internal static partial int sl_addcdiv_(TensorHandle x, TensorHandle a, TensorHandle b,
        NativeScalar value);
    [LibraryImport(Library)] internal static partial int sl_masked_fill(TensorHandle x, TensorHandle mask,
        NativeScalar value, out nint y);
    [LibraryImport(Library)] internal static partial int sl_masked_fill_(TensorHandle x, TensorHandle mask,
        NativeScalar value);
    [LibraryImport(Library)] internal static partial int sl_where(TensorHandle condition, TensorHandle x,
        TensorHandle other, out nint y);
    [LibraryImport(Library)] internal static partial int sl_tril(TensorHandle x, long diagonal, out nint y);
    [LibraryImport(Library)] internal static partial int sl_triu(TensorHandle x, long diagonal, out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_multinomial(TensorHandle x, long samples, int replacement,
        GeneratorHandle generator, out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_allclose(TensorHandle x, TensorHandle other, double rtol, double atol, int equalNan,
        out int same);
    [LibraryImport(Library)] internal static partial int sl_equal(TensorHandle x, TensorHandle other, out int same);
}
