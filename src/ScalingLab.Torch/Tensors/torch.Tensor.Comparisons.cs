namespace ScalingLab.Torch;

public static partial class torch
{
    /// <remarks>Comparisons give tensors of bool.</remarks>
    public sealed partial class Tensor
    {
        public Tensor eq(Tensor target) => Native.NewTensor(Native.sl_eq(Raw, target.Raw, out var y), y);
        public Tensor eq(Scalar target) => Native.NewTensor(Native.sl_eq_scalar(Raw, target.Raw, out var y), y);
        public Tensor ne(Tensor target) => Native.NewTensor(Native.sl_ne(Raw, target.Raw, out var y), y);
        public Tensor ne(Scalar target) => Native.NewTensor(Native.sl_ne_scalar(Raw, target.Raw, out var y), y);
        public Tensor lt(Tensor target) => Native.NewTensor(Native.sl_lt(Raw, target.Raw, out var y), y);
        public Tensor lt(Scalar target) => Native.NewTensor(Native.sl_lt_scalar(Raw, target.Raw, out var y), y);
        public Tensor gt(Tensor target) => Native.NewTensor(Native.sl_gt(Raw, target.Raw, out var y), y);
        public Tensor gt(Scalar target) => Native.NewTensor(Native.sl_gt_scalar(Raw, target.Raw, out var y), y);
        public Tensor ge(Tensor target) => Native.NewTensor(Native.sl_ge(Raw, target.Raw, out var y), y);
        public Tensor ge(Scalar target) => Native.NewTensor(Native.sl_ge_scalar(Raw, target.Raw, out var y), y);
        public Tensor le(Tensor target) => Native.NewTensor(Native.sl_le(Raw, target.Raw, out var y), y);
        public Tensor le(Scalar target) => Native.NewTensor(Native.sl_le_scalar(Raw, target.Raw, out var y), y);
        public Tensor logical_and(Tensor other) =>
            Native.NewTensor(Native.sl_logical_and(Raw, other.Raw, out var y), y);
        public Tensor logical_or(Tensor other) => Native.NewTensor(Native.sl_logical_or(Raw, other.Raw, out var y), y);
        public Tensor logical_not() => Native.NewTensor(Native.sl_logical_not(Raw, out var y), y);
        public Tensor isfinite() => Native.NewTensor(Native.sl_isfinite(Raw, out var y), y);
        public Tensor isnan() => Native.NewTensor(Native.sl_isnan(Raw, out var y), y);

        /// <summary>Whether |this - target| is at most atol + rtol |target| everywhere.</summary>
        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false)
        {
            Native.Check(Native.sl_allclose(Raw, target.Raw, rtol, atol, equal_nan ? 1 : 0, out var same));
            return same != 0;
        }

        /// <summary>Whether shape and every element are the same.</summary>
        public bool equal(Tensor target)
        {
            Native.Check(Native.sl_equal(Raw, target.Raw, out var same));
            return same != 0;
        }
    }
}
