using System.Runtime.InteropServices;

namespace ScalingLab.Torch;

// The imports whose names are not those of operations: the shim itself, making tensors, their own facts.
internal static partial class Native
{
    [LibraryImport(Library)] internal static partial nint sl_libtorch_version();
    [LibraryImport(Library)] internal static partial nint sl_last_error();
    [LibraryImport(Library)] internal static partial long sl_live_tensors();
    [LibraryImport(Library)] internal static partial void sl_free(nint tensor);
    [LibraryImport(Library)] internal static partial int sl_set_num_threads(int count);
    [LibraryImport(Library)] internal static partial int sl_get_num_threads();
    [LibraryImport(Library)] internal static partial int sl_set_num_interop_threads(int count);
    [LibraryImport(Library)] internal static partial int sl_set_flush_denormal(int on, out int supported);
    [LibraryImport(Library)] internal static partial int sl_grad_enabled();
    [LibraryImport(Library)] internal static partial void sl_set_grad_enabled(int on);
    [LibraryImport(Library)] internal static partial int sl_manual_seed(long seed);

    [LibraryImport(Library)] internal static partial int sl_generator_default(int deviceType, int deviceIndex,
        out nint generator);
    [LibraryImport(Library)] internal static partial int sl_generator_new(long seed, out nint generator);
    [LibraryImport(Library)] internal static partial void sl_generator_free(nint generator);
    [LibraryImport(Library)] internal static partial int sl_generator_seed(GeneratorHandle generator, long seed);
    [LibraryImport(Library)] internal static partial int sl_generator_initial_seed(GeneratorHandle generator,
        out long seed);
    [LibraryImport(Library)] internal static partial int sl_generator_get_state(GeneratorHandle generator, out nint y);
    [LibraryImport(Library)] internal static partial int sl_generator_set_state(GeneratorHandle generator,
        TensorHandle state);

    [LibraryImport(Library)] internal static partial int sl_cpu_memory(out NativeMemory memory);
    [LibraryImport(Library)] internal static partial int sl_cpu_memory_reset_peak();
    [LibraryImport(Library)] internal static partial int sl_cpu_memory_release_cached();
    [LibraryImport(Library)] internal static partial int sl_cuda_device_count(out int count);
    [LibraryImport(Library)] internal static partial int sl_cuda_synchronize(int deviceIndex);
    [LibraryImport(Library)] internal static partial int sl_cuda_memory(int deviceIndex, out NativeMemory memory);
    [LibraryImport(Library)] internal static partial int sl_cuda_memory_reset_peak(int deviceIndex);
    [LibraryImport(Library)] internal static partial int sl_cuda_limit_memory(int deviceIndex, long bytes);

    [LibraryImport(Library)] internal static partial int sl_empty(ReadOnlySpan<long> size, int count,
        NativeOptions options, out nint y);
    [LibraryImport(Library)] internal static partial int sl_zeros(ReadOnlySpan<long> size, int count,
        NativeOptions options, out nint y);
    [LibraryImport(Library)] internal static partial int sl_ones(ReadOnlySpan<long> size, int count,
        NativeOptions options, out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_full(ReadOnlySpan<long> size, int count, NativeScalar value, NativeOptions options,
        out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_arange(NativeScalar start, NativeScalar stop, NativeScalar step,
        NativeOptions options, out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_randn(ReadOnlySpan<long> size, int count, GeneratorHandle generator,
        NativeOptions options, out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_rand(ReadOnlySpan<long> size, int count, GeneratorHandle generator,
        NativeOptions options, out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_randint(long low, long high, ReadOnlySpan<long> size, int count,
        GeneratorHandle generator,
        NativeOptions options, out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_from_bytes(ReadOnlySpan<byte> bytes, long length, ReadOnlySpan<long> size, int count,
        NativeOptions options, out nint y);
    [LibraryImport(Library)] internal static partial int sl_empty_like(TensorHandle x, NativeOptions options,
        out nint y);
    [LibraryImport(Library)] internal static partial int sl_zeros_like(TensorHandle x, NativeOptions options,
        out nint y);
    [LibraryImport(Library)] internal static partial int sl_ones_like(TensorHandle x, NativeOptions options,
        out nint y);

    [LibraryImport(Library)] internal static partial long sl_dim(TensorHandle x);
    [LibraryImport(Library)] internal static partial long sl_numel(TensorHandle x);
    [LibraryImport(Library)] internal static partial int sl_dtype(TensorHandle x);
    [LibraryImport(Library)] internal static partial long sl_element_size(TensorHandle x);
    [LibraryImport(Library)] internal static partial long sl_storage_offset(TensorHandle x);
    [LibraryImport(Library)] internal static partial int sl_device_type(TensorHandle x);
    [LibraryImport(Library)] internal static partial int sl_device_index(TensorHandle x);
    [LibraryImport(Library)] internal static partial int sl_is_contiguous(TensorHandle x);
    [LibraryImport(Library)] internal static partial int sl_is_leaf(TensorHandle x);
    [LibraryImport(Library)] internal static partial int sl_requires_grad(TensorHandle x);
    [LibraryImport(Library)] internal static partial int sl_data_ptr(TensorHandle x, out nint pointer);
    [LibraryImport(Library)] internal static partial int sl_sizes(TensorHandle x, Span<long> sizes);
    [LibraryImport(Library)] internal static partial int sl_strides(TensorHandle x, Span<long> strides);
    [LibraryImport(Library)] internal static partial int sl_item(TensorHandle x, out NativeScalar value);
    [LibraryImport(Library)] internal static partial int sl_set_requires_grad(TensorHandle x, int on);
    [LibraryImport(Library)] internal static partial int sl_retain_grad(TensorHandle x);
    [LibraryImport(Library)] internal static partial int sl_grad(TensorHandle x, out nint grad);
    [LibraryImport(Library)] internal static partial int sl_set_grad(TensorHandle x, TensorHandle grad);
    [LibraryImport(Library)] internal static partial int sl_backward(TensorHandle x, TensorHandle grad,
        int retainGraph, int createGraph);
    [LibraryImport(Library)]
    internal static partial int sl_to(TensorHandle x, NativeOptions options, int nonBlocking, int copy, out nint y);
    [LibraryImport(Library)] internal static partial int sl_copy_(TensorHandle x, TensorHandle source, int nonBlocking);
    [LibraryImport(Library)] internal static partial int sl_normal_(TensorHandle x, double mean, double std,
        GeneratorHandle generator);
    [LibraryImport(Library)] internal static partial int sl_uniform_(TensorHandle x, double low, double high,
        GeneratorHandle generator);
}
