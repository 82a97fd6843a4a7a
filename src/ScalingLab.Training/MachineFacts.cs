using ScalingLab.Torch;

namespace ScalingLab.Training;

/// <summary>What a run was carried out on and with, as results report it.</summary>
public static class MachineFacts
{
    /// <summary>The tensor engine and its version, e.g. "libtorch 1.13.1".</summary>
    public static string Engine => $"libtorch {torch.__version__}";

    /// <summary>The device's name: the processor's with its threads, or the GPU's.</summary>
    public static string Device(Device device, int threads) => device.type == DeviceType.CUDA
        ? Kernels.device_name(device)
        : $"{ProcessorName()} ({threads} thread{(threads == 1 ? "" : "s")})";

    /// <summary>Largest memory so far: libtorch's on the GPU, or the resident set of this process; null where neither is known.</summary>
    public static long? PeakMemoryBytes(Device device) => device.type == DeviceType.CUDA
        ? Kernels.peak_memory(device)
        : FromProc("/proc/self/status", "VmHWM:") is { } line && long.TryParse(line.Replace("kB", "").Trim(), out var kilobytes)
            ? kilobytes * 1024
            : null;

    private static string ProcessorName() => FromProc("/proc/cpuinfo", "model name") is { } name ? name.TrimStart(':', ' ', '\t') : "CPU";

    private static string? FromProc(string file, string key) =>
        File.Exists(file) ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal))?[key.Length..].Trim() : null;
}
