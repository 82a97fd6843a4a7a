namespace ScalingLab.Torch;

public static partial class torch
{
    // Sizes first, then what is common to all: the type (libtorch's default is Float32), the device (the host), whether
    // autograd follows.

    public static Tensor zeros(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Native.NewTensor(
            Native.sl_zeros(size, size.Length, new NativeOptions(dtype, device, requires_grad), out var y), y);

    public static Tensor zeros(long size, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        zeros((ReadOnlySpan<long>)[size], dtype, device, requires_grad);

    public static Tensor zeros(long rows, long columns, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        zeros((ReadOnlySpan<long>)[rows, columns], dtype, device, requires_grad);

    public static Tensor zeros(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        zeros((ReadOnlySpan<long>)[dim0, dim1, dim2], dtype, device, requires_grad);

    public static Tensor zeros(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false) =>
        zeros((ReadOnlySpan<long>)[dim0, dim1, dim2, dim3], dtype, device, requires_grad);

    public static Tensor zeros(long[] size, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        zeros((ReadOnlySpan<long>)size.AsSpan(), dtype, device, requires_grad);

    public static Tensor ones(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Native.NewTensor(Native.sl_ones(size, size.Length, new NativeOptions(dtype, device, requires_grad), out var y),
            y);

    public static Tensor ones(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        ones((ReadOnlySpan<long>)[size], dtype, device, requires_grad);

    public static Tensor ones(long rows, long columns, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        ones((ReadOnlySpan<long>)[rows, columns], dtype, device, requires_grad);

    public static Tensor ones(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        ones((ReadOnlySpan<long>)[dim0, dim1, dim2], dtype, device, requires_grad);

    public static Tensor ones(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false) =>
        ones((ReadOnlySpan<long>)[dim0, dim1, dim2, dim3], dtype, device, requires_grad);

    public static Tensor ones(long[] size, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        ones((ReadOnlySpan<long>)size.AsSpan(), dtype, device, requires_grad);

    public static Tensor empty(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Native.NewTensor(
            Native.sl_empty(size, size.Length, new NativeOptions(dtype, device, requires_grad), out var y), y);

    public static Tensor empty(long size, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        empty((ReadOnlySpan<long>)[size], dtype, device, requires_grad);

    public static Tensor empty(long rows, long columns, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        empty((ReadOnlySpan<long>)[rows, columns], dtype, device, requires_grad);

    public static Tensor empty(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        empty((ReadOnlySpan<long>)[dim0, dim1, dim2], dtype, device, requires_grad);

    public static Tensor empty(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false) =>
        empty((ReadOnlySpan<long>)[dim0, dim1, dim2, dim3], dtype, device, requires_grad);

    public static Tensor empty(long[] size, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        empty((ReadOnlySpan<long>)size.AsSpan(), dtype, device, requires_grad);

    public static Tensor full(ReadOnlySpan<long> size, Scalar value, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Native.NewTensor(
            Native.sl_full(size, size.Length, value.Raw, new NativeOptions(dtype, device, requires_grad), out var y),
            y);

    public static Tensor full(long size, Scalar value, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        full((ReadOnlySpan<long>)[size], value, dtype, device, requires_grad);

    public static Tensor full(long rows, long columns, Scalar value, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        full((ReadOnlySpan<long>)[rows, columns], value, dtype, device, requires_grad);

    public static Tensor full(long[] size, Scalar value, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        full((ReadOnlySpan<long>)size.AsSpan(), value, dtype, device, requires_grad);

    public static Tensor empty_like(Tensor input, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Native.NewTensor(Native.sl_empty_like(input.Raw, new NativeOptions(dtype, device, requires_grad), out var y),
            y);

    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Native.NewTensor(Native.sl_zeros_like(input.Raw, new NativeOptions(dtype, device, requires_grad), out var y),
            y);

    public static Tensor ones_like(Tensor input, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Native.NewTensor(Native.sl_ones_like(input.Raw, new NativeOptions(dtype, device, requires_grad), out var y), y);

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Native.NewTensor(
            Native.sl_arange(start.Raw, stop.Raw, step.Raw, new NativeOptions(dtype, device, requires_grad),
                out var y), y);
}
