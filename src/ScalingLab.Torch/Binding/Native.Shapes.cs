using System.Runtime.InteropServices;

namespace ScalingLab.Torch;

// Shapes, reductions, layers.
internal static partial class Native
{
    [LibraryImport(Library)] internal static partial int sl_view(TensorHandle x, ReadOnlySpan<long> size, int count,
        out nint y);
    [LibraryImport(Library)] internal static partial int sl_reshape(TensorHandle x, ReadOnlySpan<long> size, int count,
        out nint y);
    [LibraryImport(Library)] internal static partial int sl_permute(TensorHandle x, ReadOnlySpan<long> size, int count,
        out nint y);
    [LibraryImport(Library)] internal static partial int sl_expand(TensorHandle x, ReadOnlySpan<long> size, int count,
        out nint y);
    [LibraryImport(Library)] internal static partial int sl_repeat(TensorHandle x, ReadOnlySpan<long> size, int count,
        out nint y);
    [LibraryImport(Library)] internal static partial int sl_transpose(TensorHandle x, long dim0, long dim1, out nint y);
    [LibraryImport(Library)] internal static partial int sl_flatten(TensorHandle x, long start, long end, out nint y);
    [LibraryImport(Library)] internal static partial int sl_unsqueeze(TensorHandle x, long dim, out nint y);
    [LibraryImport(Library)] internal static partial int sl_squeeze(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_squeeze_dim(TensorHandle x, long dim, out nint y);
    [LibraryImport(Library)] internal static partial int sl_narrow(TensorHandle x, long dim, long start, long length,
        out nint y);
    [LibraryImport(Library)] internal static partial int sl_slice(TensorHandle x, long dim, long start, long finish,
        long step, out nint y);
    [LibraryImport(Library)] internal static partial int sl_select(TensorHandle x, long dim, long index, out nint y);
    [LibraryImport(Library)] internal static partial int sl_index_select(TensorHandle x, long dim, TensorHandle index,
        out nint y);
    [LibraryImport(Library)] internal static partial int sl_gather(TensorHandle x, long dim, TensorHandle index,
        out nint y);
    [LibraryImport(Library)] internal static partial int sl_scatter_(TensorHandle x, long dim, TensorHandle index,
        TensorHandle source);
    [LibraryImport(Library)] internal static partial int sl_index_copy_(TensorHandle x, long dim, TensorHandle index,
        TensorHandle source);
    [LibraryImport(Library)]
    internal static partial int sl_chunk(TensorHandle x, long chunks, long dim, Span<nint> pieces, int capacity,
        out int count);
    [LibraryImport(Library)]
    internal static partial int sl_split(TensorHandle x, long size, long dim, Span<nint> pieces, int capacity,
        out int count);
    [LibraryImport(Library)]
    internal static partial int sl_split_sizes(TensorHandle x, ReadOnlySpan<long> sizes, int sizesCount, long dim,
        Span<nint> pieces,
        int capacity, out int count);
    [LibraryImport(Library)] internal static partial int sl_cat(ReadOnlySpan<nint> tensors, int count, long dim,
        out nint y);
    [LibraryImport(Library)] internal static partial int sl_stack(ReadOnlySpan<nint> tensors, int count, long dim,
        out nint y);

    [LibraryImport(Library)] internal static partial int sl_sum(TensorHandle x, int type, out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_sum_dims(TensorHandle x, ReadOnlySpan<long> dims, int count, int keepdim, int type,
        out nint y);
    [LibraryImport(Library)] internal static partial int sl_mean(TensorHandle x, out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_mean_dims(TensorHandle x, ReadOnlySpan<long> dims, int count, int keepdim, int type,
        out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_var(TensorHandle x, ReadOnlySpan<long> dims, int count, int unbiased, int keepdim,
        out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_std(TensorHandle x, ReadOnlySpan<long> dims, int count, int unbiased, int keepdim,
        out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_amax(TensorHandle x, ReadOnlySpan<long> dims, int count, int keepdim, out nint y);
    [LibraryImport(Library)] internal static partial int sl_all_dim(TensorHandle x, long dim, int keepdim, out nint y);
    [LibraryImport(Library)] internal static partial int sl_any_dim(TensorHandle x, long dim, int keepdim, out nint y);
    [LibraryImport(Library)] internal static partial int sl_norm(TensorHandle x, double p, out nint y);
    [LibraryImport(Library)] internal static partial int sl_norm_dim(TensorHandle x, long dim, int keepdim, double p,
        out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_max_dim(TensorHandle x, long dim, int keepdim, out nint values, out nint indices);
    [LibraryImport(Library)]
    internal static partial int sl_min_dim(TensorHandle x, long dim, int keepdim, out nint values, out nint indices);
    [LibraryImport(Library)]
    internal static partial int sl_topk(TensorHandle x, long k, long dim, int largest, int sorted, out nint values,
        out nint indices);
    [LibraryImport(Library)]
    internal static partial int sl_sort(TensorHandle x, long dim, int descending, int stable, out nint values,
        out nint indices);
    [LibraryImport(Library)] internal static partial int sl_argmax(TensorHandle x, out nint y);
    [LibraryImport(Library)] internal static partial int sl_argmax_dim(TensorHandle x, long dim, int keepdim,
        out nint y);
    [LibraryImport(Library)] internal static partial int sl_cumsum(TensorHandle x, long dim, int type, out nint y);
    [LibraryImport(Library)] internal static partial int sl_softmax(TensorHandle x, long dim, int type, out nint y);
    [LibraryImport(Library)] internal static partial int sl_log_softmax(TensorHandle x, long dim, int type, out nint y);
    [LibraryImport(Library)] internal static partial int sl_logsumexp(TensorHandle x, long dim, int keepdim,
        out nint y);

    [LibraryImport(Library)] internal static partial int sl_linear(TensorHandle x, TensorHandle weight,
        TensorHandle bias, out nint y);
    [LibraryImport(Library)] internal static partial int sl_gelu(TensorHandle x, int tanh, out nint y);
    [LibraryImport(Library)] internal static partial int sl_silu(TensorHandle x, out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_layer_norm(TensorHandle x, ReadOnlySpan<long> shape, int count, TensorHandle weight,
        TensorHandle bias, double eps, out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_cross_entropy(TensorHandle x, TensorHandle target, TensorHandle weight,
        long reduction,
        long ignoreIndex, double labelSmoothing, out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_scaled_dot_product_attention(TensorHandle query, TensorHandle key,
        TensorHandle value, TensorHandle mask,
        double p, int isCausal, out nint y);
    [LibraryImport(Library)] internal static partial int sl_dropout(TensorHandle x, double p, int training, out nint y);
    [LibraryImport(Library)] internal static partial int sl_embedding(TensorHandle weight, TensorHandle indices,
        out nint y);
}
