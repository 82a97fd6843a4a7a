namespace ScalingLab.Torch;

// Rounding to 8 bits (Micikevicius et al. 2022, arXiv 2209.05433, table 1), as the fused head of a CUDA device rounds.
// Scales are powers of two, so that what was rounded is exact in bfloat16 and a product of such numbers is the one that
// 8-bit tensor cores make.
public static partial class Composites
{
    private const float LargestE4m3 = 448;
    private const double LargestE5m2 = 57_344;
    private const double GradientScale = 32_768; // softmax - target lies between -1 and 1

    /// <summary>
    /// x rounded to e4m3 (4 significant bits), scaled by the largest power of two that keeps all of it within the
    /// format. The gradient passes as if nothing were rounded.
    /// </summary>
    public static Tensor e4m3(Tensor x)
    {
        using var scope = NewDisposeScope();
        var from = x.detach();
        var scale = E4m3Scale(from.abs().max().to(ScalarType.Float32).item<float>());
        var rounded = Rounded(from, scale, significant: 4, leastExponent: -6, LargestE4m3);
        return InPlaceOf(x, rounded).MoveToOuterDisposeScope();
    }

    /// <summary>What was rounded, with the gradient of x as if nothing were.</summary>
    internal static Tensor InPlaceOf(Tensor x, Tensor rounded) => x + (rounded - x.detach());

    /// <summary>
    /// The mean loss of rows of logits, whose gradient with respect to them is rounded to e5m2 (3 significant bits), as
    /// softmax - target times 2^15.
    /// </summary>
    /// <param name="logits">[rows, classes], with history.</param>
    /// <param name="loss">A mean over the rows; makes fp32 or fp64 [] of logits without history.</param>
    public static Tensor e5m2_gradient(Tensor logits, Func<Tensor, Tensor> loss)
    {
        using var scope = NewDisposeScope();
        var leaf = logits.detach().requires_grad_(true);
        var value = loss(leaf);
        value.backward();
        using var gradient = leaf.grad!;
        var rounded =
            Rounded(gradient.detach(), GradientScale * logits.shape[0], significant: 3, leastExponent: -14,
                LargestE5m2);
        var through = (logits * rounded).sum().to(value.dtype); // its gradient is what was rounded
        return (value.detach() + (through - through.detach())).MoveToOuterDisposeScope();
    }

    private static float E4m3Scale(float largest)
    {
        if (largest == 0) return 1;
        var fits = Math.Min(LargestE4m3 / largest, 1e30f);
        return BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(fits) & 0x7f800000);
    }

    /// <summary>
    /// x times the scale to the nearest number of a format, ties to even, over the scale: of so many significant bits
    /// down to 2^leastExponent, evenly spaced below it; beyond the largest, the largest.
    /// </summary>
    private static Tensor Rounded(Tensor x, double scale, int significant, int leastExponent, double largest)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var wide = x.to(ScalarType.Float64) * scale;
        var exponents = wide.abs().clamp(min: Math.ScaleB(1, leastExponent)).log().div_(Math.Log(2)).add_(64)
            .to(ScalarType.Int64).sub_(64);
        var steps = zeros_like(wide).add_(2).pow((exponents - (significant - 1)).to(ScalarType.Float64));
        var big = 1.5 * Math.ScaleB(1, 52); // beyond it there are no fractions: adding it rounds
        return ((wide / steps).add_(big).sub_(big) * steps).clamp_(-largest, largest).div_(scale).to(x.dtype)
            .MoveToOuterDisposeScope();
    }
}
