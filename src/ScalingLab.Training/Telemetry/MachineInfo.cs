using System.Diagnostics;
using System.Runtime.InteropServices;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Torch;

namespace ScalingLab.Training.Telemetry;

/// <summary>What a run was carried out on and with, as results report it.</summary>
public static class MachineInfo
{
    /// <summary>The tensor engine.</summary>
    public static TensorEngine Engine => EnumNames.Find<TensorEngine>(Kernels.name)!.Value;

    /// <summary>What it is made of, e.g. "libtorch 1.13.1".</summary>
    public static string EngineVersion => Kernels.engine;

    /// <summary>The device's name: the processor's with its threads, or the GPU's.</summary>
    public static string Device(Device device, int threads) => device.type == DeviceType.CUDA
        ? GpuName(Math.Max(device.index, 0)) ?? device.ToString()
        : $"{ProcessorName()} ({threads} thread{(threads == 1 ? "" : "s")})";

    /// <summary>
    /// Largest memory so far: libtorch's on the GPU, or the resident set of this process; null where neither is known.
    /// </summary>
    public static long? PeakMemoryBytes(Device device)
    {
        if (device.type == DeviceType.CUDA) return Kernels.memory(device)?.PeakBytes; // not every engine can say
        if (FromProc("/proc/self/status", "VmHWM:") is { } line
            && long.TryParse(line.Replace("kB", "").Trim(), out var kilobytes)) return kilobytes * 1024;
        using var itself = Process.GetCurrentProcess();
        return itself.PeakWorkingSet64 is > 0 and var bytes ? bytes : null; // as Windows has it
    }

    /// <summary>
    /// Between two runs of one process: what the first has left goes back to the system, and the resident set's peak
    /// starts again (the 5 of /proc/PID/clear_refs, proc(5)), so that the second is charged for what it takes itself.
    /// </summary>
    public static void ResetForNextRun()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Kernels.release_cached_memory();
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A kernel that does not let it: the peak is that of both runs.
        }
    }

    /// <summary>
    /// The driver's name of a GPU: by its library or, where that is absent, by its files, which list them by bus
    /// address, as CUDA does under CUDA_DEVICE_ORDER=PCI_BUS_ID.
    /// </summary>
    private static string? GpuName(int index)
    {
        using var managed = NvmlDevice.Open(index, Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES"));
        if (managed?.Name is { Length: > 0 } name) return name;
        const string folder = "/proc/driver/nvidia/gpus";
        if (!Directory.Exists(folder)) return null;
        var gpu = Directory.GetDirectories(folder).Order(StringComparer.Ordinal).ElementAtOrDefault(index);
        return gpu is null ? null : FromProc(Path.Combine(gpu, "information"), "Model:");
    }

    private static string ProcessorName() => FromProc("/proc/cpuinfo", "model name") is { } name
        ? name.TrimStart(':', ' ', '\t')
        // Windows' own name, or none
        : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? $"{RuntimeInformation.ProcessArchitecture} CPU";

    private static string? FromProc(string file, string key) =>
        File.Exists(file) ? File.ReadLines(file)
        .FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal))?[key.Length..].Trim() : null;
}
