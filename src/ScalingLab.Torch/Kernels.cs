using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch;

/// <summary>What a device's allocator holds for tensors: now, at most since the last reset, and kept for reuse.</summary>
public sealed record MemoryStatistics(long CurrentBytes, long PeakBytes, long CachedBytes);

/// <summary>What TorchSharp has not: fused operations, memory statistics, raw bytes.</summary>
public static partial class Kernels
{
    /// <summary>Native tensors that managed code holds now; constant from step to step where nothing leaks.</summary>
    public static long LiveTensors => Native.sl_live_tensors();

    /// <summary>Rows of weight [vocabulary, width] at indices [..], as [.., width].</summary>
    public static Tensor embedding(Tensor weight, Tensor indices) =>
        Native.Made(Native.sl_embedding(weight.Raw, indices.Raw, out var y), y);

    /// <summary>A tensor of the given shape and type, made of raw bytes in the host's order.</summary>
    /// <exception cref="TorchException">The bytes are not exactly as many as the tensor holds.</exception>
    public static Tensor from_bytes(ReadOnlySpan<byte> bytes, ReadOnlySpan<long> size, ScalarType dtype, Device? device = null) =>
        Native.Made(Native.sl_from_bytes(bytes, bytes.Length, size, size.Length, new NativeOptions(dtype, device), out var y), y);

    /// <summary>Whether numbers too small for full precision count as zero; false where the CPU cannot.</summary>
    public static bool set_flush_denormal(bool on)
    {
        Native.Check(Native.sl_set_flush_denormal(on ? 1 : 0, out var supported));
        return supported != 0;
    }

    /// <summary>Memory of a device: of the host, what libtorch's tensors take there.</summary>
    public static MemoryStatistics memory(Device? device = null)
    {
        NativeMemory memory;
        if (device is null || device.type == DeviceType.CPU)
            Native.Check(Native.sl_cpu_memory(out memory));
        else
            Native.Check(Native.sl_cuda_memory(Math.Max(device.index, 0), out memory));
        return new MemoryStatistics(memory.CurrentBytes, memory.PeakBytes, memory.CachedBytes);
    }

    /// <summary>Starts a device's peak again from what it holds now.</summary>
    public static void reset_peak_memory(Device? device = null) => Native.Check(device is null || device.type == DeviceType.CPU
        ? Native.sl_cpu_memory_reset_peak()
        : Native.sl_cuda_memory_reset_peak(Math.Max(device.index, 0)));

    /// <summary>Gives the host memory that was kept for reuse back to the system.</summary>
    public static void release_cached_memory() => Native.Check(Native.sl_cpu_memory_release_cached());
}
