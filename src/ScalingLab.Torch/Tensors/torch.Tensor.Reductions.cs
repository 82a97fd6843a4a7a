namespace ScalingLab.Torch;

public static partial class torch
{
    /// <remarks>Reductions; a type sums in that type, whatever the elements are.</remarks>
    public sealed partial class Tensor
    {
        public Tensor sum(ScalarType? type = null) =>
            Native.NewTensor(Native.sl_sum(Raw, TypeNumber(type), out var y), y);
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => Sum([dim], keepdim, type);
        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => Sum(dim, keepdim, type);
        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) =>
            Sum(dim, keepdim, type);

        public Tensor mean() => Native.NewTensor(Native.sl_mean(Raw, out var y), y);
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            Native.NewTensor(
                Native.sl_mean_dims(Raw, dimensions, dimensions.Length, keepdim ? 1 : 0, TypeNumber(type), out var y),
                y);

        public Tensor var(bool unbiased = true) =>
            Native.NewTensor(Native.sl_var(Raw, [], 0, unbiased ? 1 : 0, 0, out var y), y);
        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false) =>
            Native.NewTensor(
                Native.sl_var(Raw, dimensions, dimensions.Length, unbiased ? 1 : 0, keepdim ? 1 : 0, out var y), y);
        public Tensor std(bool unbiased = true) =>
            Native.NewTensor(Native.sl_std(Raw, [], 0, unbiased ? 1 : 0, 0, out var y), y);
        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false) =>
            Native.NewTensor(
                Native.sl_std(Raw, dimensions, dimensions.Length, unbiased ? 1 : 0, keepdim ? 1 : 0, out var y), y);

        public Tensor amax(params long[] dims) => amax(dims, false);
        public Tensor amax(long[] dims, bool keepdim = false) =>
            Native.NewTensor(Native.sl_amax(Raw, dims, dims.Length, keepdim ? 1 : 0, out var y), y);

        public Tensor max() => Native.NewTensor(Native.sl_max(Raw, out var y), y);
        public Tensor max(Tensor other) => Native.NewTensor(Native.sl_maximum(Raw, other.Raw, out var y), y);
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) =>
            Native.NewTensor(Native.sl_max_dim(Raw, dim, keepdim ? 1 : 0, out var v, out var i), v, i);
        public Tensor min() => Native.NewTensor(Native.sl_min(Raw, out var y), y);
        public Tensor min(Tensor other) => Native.NewTensor(Native.sl_minimum(Raw, other.Raw, out var y), y);
        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) =>
            Native.NewTensor(Native.sl_min_dim(Raw, dim, keepdim ? 1 : 0, out var v, out var i), v, i);

        public Tensor norm(float p = 2) => Native.NewTensor(Native.sl_norm(Raw, p, out var y), y);
        public Tensor norm(int dim, bool keepdim = false, float p = 2) =>
            Native.NewTensor(Native.sl_norm_dim(Raw, dim, keepdim ? 1 : 0, p, out var y), y);

        public Tensor all() => Native.NewTensor(Native.sl_all(Raw, out var y), y);
        public Tensor all(long dim, bool keepdim = false) =>
            Native.NewTensor(Native.sl_all_dim(Raw, dim, keepdim ? 1 : 0, out var y), y);
        public Tensor any() => Native.NewTensor(Native.sl_any(Raw, out var y), y);
        public Tensor any(long dim, bool keepdim = false) =>
            Native.NewTensor(Native.sl_any_dim(Raw, dim, keepdim ? 1 : 0, out var y), y);

        public Tensor argmax() => Native.NewTensor(Native.sl_argmax(Raw, out var y), y);
        public Tensor argmax(long dim, bool keepdim = false) =>
            Native.NewTensor(Native.sl_argmax_dim(Raw, dim, keepdim ? 1 : 0, out var y), y);
        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) =>
            Native.NewTensor(Native.sl_topk(Raw, k, dim, largest ? 1 : 0, sorted ? 1 : 0, out var v, out var i), v, i);
        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) =>
            Native.NewTensor(Native.sl_sort(Raw, dim, descending ? 1 : 0, stable ? 1 : 0, out var v, out var i), v, i);

        public Tensor cumsum(long dim, ScalarType? type = null) =>
            Native.NewTensor(Native.sl_cumsum(Raw, dim, TypeNumber(type), out var y), y);
        public Tensor softmax(long dim, ScalarType? dtype = null) =>
            Native.NewTensor(Native.sl_softmax(Raw, dim, TypeNumber(dtype),
            out var y), y);
        public Tensor log_softmax(long dim, ScalarType? dtype = null) =>
            Native.NewTensor(Native.sl_log_softmax(Raw, dim, TypeNumber(dtype), out var y), y);
        public Tensor logsumexp(long dim, bool keepdim = false) =>
            Native.NewTensor(Native.sl_logsumexp(Raw, dim, keepdim ? 1 : 0, out var y), y);

        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) =>
            Native.NewTensor(
                Native.sl_multinomial(Raw, num_samples, replacement ? 1 : 0, Generator.HandleOf(generator), out var y),
                y);

        private Tensor Sum(ReadOnlySpan<long> dims, bool keepdim, ScalarType? type) =>
            Native.NewTensor(Native.sl_sum_dims(Raw, dims, dims.Length, keepdim ? 1 : 0, TypeNumber(type), out var y),
                y);

        private static int TypeNumber(ScalarType? type) => type is { } t ? (int)t : -1;
    }
}
