using System.Diagnostics;
using System.Text.Json;
using ScalingLab.Runs;
using ScalingLab.Runs.Devices;
using ScalingLab.Runs.Messages;
using ScalingLab.Torch;

namespace ScalingLab.Training.Telemetry;

/// <summary>
/// What a device can do at most: the vendor's figure or, where there is none (always on a CPU), the fastest square
/// matrix product seen.
/// </summary>
/// <param name="FlopsPerSecond">FLOPs a second.</param>
/// <param name="IsMeasured">Whether it is a measured product.</param>
public sealed record DevicePeak(double FlopsPerSecond, bool IsMeasured)
{
    // a small product ends before a busy machine gives its core to others
    private static readonly int[] HostSides = [256, 512, 1024];
    private static readonly int[] GpuSides = [4096];
    private const int GpuGroup = 10; // products between two waits for the device
    private const long CopiedNumbers = 24L << 20; // 96 MiB, more than caches hold
    private const int Copies = 5;
    private static readonly TimeSpan Measuring = TimeSpan.FromSeconds(0.4);

    /// <summary>
    /// The peak of a device for a precision; null where the table lacks it and <paramref name="file"/> is null, or
    /// nothing can be measured.
    /// </summary>
    /// <param name="device">Where, with the threads that are set.</param>
    /// <param name="name">Its name, as results report it: a processor's has its threads.</param>
    /// <param name="precision">Number format of the products.</param>
    /// <param name="file">
    /// Where measured peaks are kept by device, precision and engine; remove it to measure anew. One that is damaged
    /// counts as empty, one that cannot be written is passed over.
    /// </param>
    public static DevicePeak? Find(Device device, string name, Precision precision, string? file)
    {
        if (DeviceTable.Named(name)?.Peak(precision) is { } known) return new DevicePeak(known, IsMeasured: false);
        if (file is null) return null;
        var key = new Entry(
            // processors' names say little: each machine has its own
            device.type == DeviceType.CUDA ? name : $"{name} of {Environment.MachineName}",
            precision, MachineInfo.EngineVersion, 0);
        var kept = Read(file);
        if (kept.FirstOrDefault(e => e with { FlopsPerSecond = 0 } == key) is { FlopsPerSecond: > 0 } found)
            return new DevicePeak(found.FlopsPerSecond, IsMeasured: true);
        try
        {
            var measured = Measure(device, precision);
            Write(file, [.. Read(file), key with { FlopsPerSecond = measured }]);
            return new DevicePeak(measured, IsMeasured: true);
        }
        // the device's memory is full of other runs, or it has no such product: no reason to stop training
        catch (Exception e) when (TorchErrors.IsAny(e))
        {
            Console.Error.WriteLine($"the peak of {name} is not measured: {e.Message}");
            return null;
        }
    }

    /// <summary>
    /// FLOPs a second of the fastest square matrix product of 0.4 s of them: sides 256, 512 and 1024 on a CPU, 4096 on
    /// a GPU.
    /// </summary>
    public static double Measure(Device device, Precision precision)
    {
        var onGpu = device.type == DeviceType.CUDA;
        var sides = onGpu ? GpuSides : HostSides;
        return sides.Max(side => Measure(device, precision, side, onGpu ? GpuGroup : 1, Measuring / sides.Length));
    }

    /// <summary>The same of a processor, with the bytes a second that a copy of fp32 numbers reads and
    /// writes.</summary>
    public static ProcessorRates Rates(Device device, Precision precision)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var (from, to) = (ones(CopiedNumbers), ones(CopiedNumbers));
        var fastest = double.PositiveInfinity;
        for (var i = 0; i < Copies; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            to.copy_(from);
            fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(begun).TotalSeconds);
        }

        return new ProcessorRates(Measure(device, precision), 2.0 * sizeof(float) * CopiedNumbers / fastest);
    }

    private static double Measure(Device device, Precision precision, int side, int group, TimeSpan time)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var (a, b) = (Matrix(1), Matrix(2));
        var fastest = double.PositiveInfinity;
        Products(); // the first compiles, allocates and wakes threads
        var clock = Stopwatch.StartNew();
        do
        {
            var begun = clock.Elapsed;
            Products();
            fastest = Math.Min(fastest, (clock.Elapsed - begun).TotalSeconds / group);
        }
        while (clock.Elapsed < time);
        return 2.0 * side * side * side / fastest;

        // Not of one value: a GPU draws less power, and runs faster, on numbers that do not change. Not torch's
        // generator: that is training's.
        Tensor Matrix(int seed)
        {
            var random = new Random(seed);
            var values = new float[side * side];
            for (var i = 0; i < values.Length; i++) values[i] = random.NextSingle() - 0.5f;
            return tensor(values).reshape(side, side)
                .to(precision == Precision.Fp32 ? ScalarType.Float32 : ScalarType.BFloat16, device);
        }

        void Products()
        {
            for (var i = 0; i < group; i++) matmul(a, b).Dispose();
            if (device.type == DeviceType.CUDA) cuda.synchronize(device);
        }
    }

    private static IReadOnlyList<Entry> Read(string file)
    {
        try
        {
            return File.Exists(file) ? RunJson.Deserialize<IReadOnlyList<Entry>>(File.ReadAllText(file)) : [];
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>
    /// Whole or not at all; of two workers that measured at once the last one's file stays, and what it lacks is
    /// measured again.
    /// </summary>
    private static void Write(string file, IReadOnlyList<Entry> entries)
    {
        try
        {
            var temporary = $"{file}.{Environment.ProcessId}.tmp";
            File.WriteAllText(temporary, RunJson.Serialize(entries));
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"the measured peak of {entries[^1].Device} is not kept: {e.Message}");
        }
    }

    private sealed record Entry(string Device, Precision Precision, string Engine, double FlopsPerSecond);
}
