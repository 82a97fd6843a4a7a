using System.Runtime.InteropServices;

namespace ScalingLab.Torch;

/// <summary>sl_scalar: a number and which kind it was (0 integer, 1 double, 2 bool, 3 none).</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct NativeScalar(long bits, int kind)
{
    public readonly long Bits = bits;
    public readonly int Kind = kind;
    private readonly int _unused;

    public static NativeScalar None => new(0, 3);
}

/// <summary>sl_options: where a tensor is made and of what; -1 leaves libtorch's default.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct NativeOptions(ScalarType? dtype, torch.Device? device, bool requiresGrad = false)
{
    public readonly int Type = dtype is { } t ? (int)t : -1;
    public readonly int DeviceType = device is null ? -1 : (int)device.type;
    public readonly int DeviceIndex = device is null ? -1 : device.index;
    public readonly int RequiresGrad = requiresGrad ? 1 : 0;
}

/// <summary>sl_memory.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct NativeMemory
{
    public readonly long CurrentBytes;
    public readonly long PeakBytes;
    public readonly long CachedBytes;
}

/// <summary>Owns one native tensor; freed once, by Dispose or by the finalizer.</summary>
internal sealed class TensorHandle : SafeHandle
{
    /// <summary>Stands for an optional tensor that is not there.</summary>
    public static readonly TensorHandle None = new(0);

    public TensorHandle(nint tensor) : base(0, ownsHandle: true) => SetHandle(tensor);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Native.sl_free(handle);
        return true;
    }
}

/// <summary>Owns one native generator of random numbers.</summary>
internal sealed class GeneratorHandle : SafeHandle
{
    /// <summary>Stands for the device's default generator.</summary>
    public static readonly GeneratorHandle Default = new(0);

    public GeneratorHandle(nint generator) : base(0, ownsHandle: true) => SetHandle(generator);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Native.sl_generator_free(handle);
        return true;
    }
}
