using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Training.Telemetry;

/// <summary>
/// One NVIDIA GPU by its driver's management library, NVML, loaded when first asked for: a machine without it has no
/// such device. What the library or the card lacks (the energy counter before Volta, utilisation of a MIG slice) is
/// missing. The energy of a GPU that several processes compute on is shared out in equal parts by their number at each
/// reading: which of them drew how much cannot be known.
/// </summary>
public sealed class NvmlDevice : IDeviceSensor
{
    /// <summary>The driver's library, on every Linux with NVIDIA's driver.</summary>
    public const string Library = "libnvidia-ml.so.1";

    private const int Success = 0;
    private const int InsufficientSize = 7; // the count that was asked for, without room for the list
    private const int NameBytes = 96;

    private readonly nint _library;
    private readonly nint _device;
    private readonly Energy? _energy;
    private readonly Number? _power;
    private readonly Utilisation? _utilisation;
    private readonly Processes? _processes;

    private NvmlDevice(nint library, nint device)
    {
        (_library, _device) = (library, device);
        _energy = Find<Energy>(library, "nvmlDeviceGetTotalEnergyConsumption");
        _power = Find<Number>(library, "nvmlDeviceGetPowerUsage");
        _utilisation = Find<Utilisation>(library, "nvmlDeviceGetUtilizationRates");
        _processes = Find<Processes>(library, "nvmlDeviceGetComputeRunningProcesses_v3")
            ?? Find<Processes>(library, "nvmlDeviceGetComputeRunningProcesses_v2")
            ?? Find<Processes>(library, "nvmlDeviceGetComputeRunningProcesses");
        Source = Joules() is not null ? EnergySource.NvmlCounter : Watts() is not null ? EnergySource.NvmlPower : null;
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Plain();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int ByIndex(uint index, out nint device);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int ByUuid([MarshalAs(UnmanagedType.LPUTF8Str)] string uuid, out nint device);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Energy(nint device, out ulong millijoules);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Number(nint device, out uint number);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Utilisation(nint device, out Rates percent);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Processes(nint device, ref uint count, nint list);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Text(nint device, byte[] text, uint bytes);

    /// <inheritdoc/>
    public EnergySource? Source { get; }

    /// <summary>The card's name as <c>nvidia-smi</c> prints it; null where the driver has none.</summary>
    public string? Name
    {
        get
        {
            var text = new byte[NameBytes];
            if (Find<Text>(_library, "nvmlDeviceGetName") is not { } get || get(_device, text, NameBytes) != Success)
                return null;
            return Encoding.UTF8.GetString(text).TrimEnd('\0');
        }
    }

    /// <summary>
    /// The GPU that CUDA shows as <paramref name="index"/>; null without library, driver or such a device.
    /// </summary>
    /// <param name="index">CUDA's number.</param>
    /// <param name="visible">CUDA_VISIBLE_DEVICES, which renumbers: indices by bus address, or the driver's names of
    /// cards (GPU-..., MIG-...).</param>
    /// <param name="path">The library.</param>
    public static NvmlDevice? Open(int index, string? visible, string path = Library)
    {
        if (VisibleDevice(index, visible) is not { } which || !NativeLibrary.TryLoad(path, out var library))
            return null;
        if (Find<Plain>(library, "nvmlInit_v2") is { } start && start() == Success)
        {
            nint device = 0;
            var found = uint.TryParse(which, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? Find<ByIndex>(library, "nvmlDeviceGetHandleByIndex_v2")?.Invoke(number, out device)
                : Find<ByUuid>(library, "nvmlDeviceGetHandleByUUID")?.Invoke(which, out device);
            if (found == Success) return new NvmlDevice(library, device);
            Find<Plain>(library, "nvmlShutdown")?.Invoke();
        }

        NativeLibrary.Free(library);
        return null;
    }

    /// <inheritdoc/>
    public SensorReading Read() => new(
        Joules(),
        Watts(),
        _utilisation is not null && _utilisation(_device, out var percent) == Success ? percent.Gpu / 100.0 : null,
        1.0 / ProcessCount());

    /// <inheritdoc/>
    public void Dispose()
    {
        Find<Plain>(_library, "nvmlShutdown")?.Invoke();
        NativeLibrary.Free(_library);
    }

    /// <summary>
    /// The entry of CUDA_VISIBLE_DEVICES for CUDA's number; without the variable the number itself, null where none is
    /// visible.
    /// </summary>
    public static string? VisibleDevice(int index, string? visible) => visible is null
        ? index.ToString(CultureInfo.InvariantCulture)
        : visible.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .ElementAtOrDefault(index);

    private static T? Find<T>(nint library, string name)
        where T : Delegate =>
        NativeLibrary.TryGetExport(library, name, out var function)
        ? Marshal.GetDelegateForFunctionPointer<T>(function) : null;

    private double? Joules() =>
        _energy is not null && _energy(_device, out var millijoules) == Success ? millijoules / 1e3 : null;

    private double? Watts() =>
        _power is not null && _power(_device, out var milliwatts) == Success ? milliwatts / 1e3 : null;

    /// <summary>
    /// Processes that compute on the device, this one at least: in a container the driver may count none.
    /// </summary>
    private uint ProcessCount()
    {
        uint count = 0;
        return _processes?.Invoke(_device, ref count, 0) is Success or InsufficientSize ? Math.Max(1, count) : 1;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Rates
    {
        public uint Gpu;
        public uint Memory;
    }
}
