using System.Runtime.InteropServices;

namespace ScalingLab.Torch;

public static partial class torch
{
    // Values of .NET become tensors of their own type unless another is named.

    public static Tensor tensor(float scalar, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made<float>([scalar], [], ScalarType.Float32, dtype, device, requires_grad);

    public static Tensor tensor(float[] dataArray, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made<float>(dataArray, [dataArray.LongLength], ScalarType.Float32, dtype, device, requires_grad);

    public static Tensor tensor(float[] dataArray, long[] dimensions, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made<float>(dataArray, dimensions, ScalarType.Float32, dtype, device, requires_grad);

    public static Tensor tensor(double scalar, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made<double>([scalar], [], ScalarType.Float64, dtype, device, requires_grad);

    public static Tensor tensor(double[] dataArray, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made<double>(dataArray, [dataArray.LongLength], ScalarType.Float64, dtype, device, requires_grad);

    public static Tensor tensor(double[] dataArray, long[] dimensions, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made<double>(dataArray, dimensions, ScalarType.Float64, dtype, device, requires_grad);

    public static Tensor tensor(long scalar, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made<long>([scalar], [], ScalarType.Int64, dtype, device, requires_grad);

    public static Tensor tensor(long[] dataArray, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made<long>(dataArray, [dataArray.LongLength], ScalarType.Int64, dtype, device, requires_grad);

    public static Tensor tensor(long[] dataArray, long[] dimensions, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made<long>(dataArray, dimensions, ScalarType.Int64, dtype, device, requires_grad);

    public static Tensor tensor(int scalar, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made<int>([scalar], [], ScalarType.Int32, dtype, device, requires_grad);

    public static Tensor tensor(int[] dataArray, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made<int>(dataArray, [dataArray.LongLength], ScalarType.Int32, dtype, device, requires_grad);

    public static Tensor tensor(int[] dataArray, long[] dimensions, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made<int>(dataArray, dimensions, ScalarType.Int32, dtype, device, requires_grad);

    public static Tensor tensor(byte scalar, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made<byte>([scalar], [], ScalarType.Byte, dtype, device, requires_grad);

    public static Tensor tensor(byte[] dataArray, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made<byte>(dataArray, [dataArray.LongLength], ScalarType.Byte, dtype, device, requires_grad);

    public static Tensor tensor(byte[] dataArray, long[] dimensions, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made<byte>(dataArray, dimensions, ScalarType.Byte, dtype, device, requires_grad);

    public static Tensor tensor(bool scalar, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made<bool>([scalar], [], ScalarType.Bool, dtype, device, requires_grad);

    public static Tensor tensor(bool[] dataArray, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made<bool>(dataArray, [dataArray.LongLength], ScalarType.Bool, dtype, device, requires_grad);

    public static Tensor tensor(bool[] dataArray, long[] dimensions, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made<bool>(dataArray, dimensions, ScalarType.Bool, dtype, device, requires_grad);

    private static Tensor Made<T>(ReadOnlySpan<T> data, ReadOnlySpan<long> size, ScalarType own, ScalarType? type,
        Device? device,
        bool requiresGrad) where T : unmanaged
    {
        var made = Kernels.from_bytes(MemoryMarshal.AsBytes(data), size, own);
        if ((type is { } t && t != own) || device is not null)
            made = made.to(type ?? own, device ?? CPU, disposeAfter: true);
        return requiresGrad ? made.requires_grad_() : made;
    }
}
