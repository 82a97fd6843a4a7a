using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Torch;

namespace ScalingLab.Training.Telemetry;

/// <summary>What a meter has added up since it was opened.</summary>
/// <param name="Seconds">Time between the first reading and the last.</param>
/// <param name="Joules">This process's energy in that time; null where any part of it could not be measured.</param>
/// <param name="BusySeconds">Utilisation times time; null likewise.</param>
public readonly record struct MeterTotals(double Seconds, double? Joules, double? BusySeconds);

/// <summary>
/// Adds up a device's readings: twice a second by a timer, so that power is sampled and counters that wrap are
/// followed, and whenever it is asked. It runs beside training and touches none of its numbers.
/// </summary>
public sealed class DeviceMeter : IDisposable
{
    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(0.5);

    private readonly IDeviceSensor _sensor;
    private readonly TimeProvider _time;
    private readonly Lock _turn = new();
    private readonly ITimer _timer;
    private long _at;
    private SensorReading _last;
    private double _seconds;
    private double? _joules;
    private double? _busySeconds;
    private bool _closed;

    /// <summary>Begins to measure.</summary>
    /// <param name="sensor">The instruments; closed with the meter.</param>
    /// <param name="time">The clock, whose timer reads them.</param>
    public DeviceMeter(IDeviceSensor sensor, TimeProvider time)
    {
        (_sensor, _time) = (sensor, time);
        (_at, _last) = (time.GetTimestamp(), sensor.Read());
        _joules = sensor.Source is null ? null : 0;
        _busySeconds = 0;
        _timer = time.CreateTimer(_ => Totals(), null, SampleInterval, SampleInterval);
    }

    /// <summary>How the energy is found; null where it is not.</summary>
    public EnergySource? Source => _sensor.Source;

    /// <summary>
    /// The meter of a worker's device: NVML's for GPUs, of which the worker sees those that train with it, RAPL and CPU
    /// time for a processor; null for a GPU without NVML. Of several processes on a processor each sees its own time
    /// alone, and nobody their energy.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="settings">CPU threads of the worker, and how many GPUs train together.</param>
    public static DeviceMeter? Open(torch.Device device, WorkerSettings settings)
    {
        IDeviceSensor? sensor = device.type == DeviceType.CUDA
            ? SensorSum.Combine([.. Enumerable.Range(Math.Max(device.index, 0), settings.Gpus)
                .Select(index => NvmlDevice.Open(index, Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES")))])
            : new ProcessorSensor(settings.Threads, settings.Gpus > 1 ? null : RaplCounters.Open(),
                TimeProvider.System);
        return sensor is null ? null : new DeviceMeter(sensor, TimeProvider.System);
    }

    /// <summary>Reads the instruments and gives the sums up to now.</summary>
    public MeterTotals Totals()
    {
        lock (_turn)
        {
            if (!_closed) Add();
            return new MeterTotals(_seconds, _joules, _busySeconds);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_turn)
        {
            if (_closed) return;
            _closed = true;
            _sensor.Dispose();
        }
    }

    private void Add()
    {
        var (at, now) = (_time.GetTimestamp(), _sensor.Read());
        var seconds = _time.GetElapsedTime(_at, at).TotalSeconds;
        var drawn = _sensor.Source switch
        {
            null => null,
            EnergySource.NvmlPower => (_last.Watts + now.Watts) / 2 * seconds,
            // a driver that was loaded anew counts from 0
            _ => now.Joules - _last.Joules is { } joules ? Math.Max(0, joules) : null,
        };
        _joules += drawn * now.Share;
        _busySeconds += now.Utilisation * seconds;
        _seconds += seconds;
        (_at, _last) = (at, now);
    }
}
