using System.Globalization;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Training.Telemetry;

/// <summary>
/// A processor as one worker sees it: how busy its own threads are, and its share of the packages' energy. The packages
/// serve every process of the machine, so energy goes by CPU time: this process's over that of all, idle power
/// included. Shares of all processes add up to the whole.
/// </summary>
public sealed class ProcessorSensor : IDeviceSensor
{
    // USER_HZ, in which /proc/stat counts on every Linux architecture that .NET runs on
    private const double TicksASecond = 100;
    private const double MinBusySeconds = 0.2; // the shortest stretch over which counts of hundredths make a share

    private readonly int _threads;
    private readonly RaplCounters? _energy;
    private readonly string _statistics;
    private readonly TimeProvider _time;
    private long _at;
    private double _ownAtRead;
    private double _own;
    private double? _busy;
    private double _share = 1;

    /// <summary>Begins to count.</summary>
    /// <param name="threads">Threads that the worker computes with.</param>
    /// <param name="energy">The packages' counters, where they can be read.</param>
    /// <param name="time">The clock.</param>
    /// <param name="statistics">Where Linux counts the CPU time of everybody.</param>
    public ProcessorSensor(int threads, RaplCounters? energy, TimeProvider time, string statistics = "/proc/stat")
    {
        (_threads, _energy, _time, _statistics) = (threads, energy, time, statistics);
        (_at, _own, _busy) = (time.GetTimestamp(), OwnSeconds, BusySeconds(statistics));
        _ownAtRead = _own;
    }

    /// <inheritdoc/>
    public EnergySource? Source => _energy is null ? null : EnergySource.Rapl;

    private static double OwnSeconds => Environment.CpuUsage.TotalTime.TotalSeconds;

    /// <inheritdoc/>
    public SensorReading Read()
    {
        var (at, own, busy) = (_time.GetTimestamp(), OwnSeconds, BusySeconds(_statistics));
        var seconds = _time.GetElapsedTime(_at, at).TotalSeconds;
        double? utilisation = seconds > 0 ? Math.Clamp((own - _ownAtRead) / (seconds * _threads), 0, 1) : null;
        (_at, _ownAtRead) = (at, own);
        if (busy - _busy is >= MinBusySeconds and var all)
        {
            _share = Math.Min(1, (own - _own) / all);
            (_own, _busy) = (own, busy);
        }

        return new SensorReading(busy is null || _busy is null ? null : _energy?.Joules(), null, utilisation, _share);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>
    /// CPU time of all processes, seconds: user, nice, system, irq, softirq and steal of the first line; null where it
    /// cannot be read.
    /// </summary>
    private static double? BusySeconds(string file)
    {
        try
        {
            var fields = File.ReadLines(file).First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields is not ["cpu", _, _, _, _, _, _, _, ..]) return null;
            // not idle (4) and not waiting for disks (5)
            int[] counted = [1, 2, 3, 6, 7, .. fields.Length > 8 ? [8] : Array.Empty<int>()];
            return counted.Sum(i => double.Parse(fields[i], CultureInfo.InvariantCulture)) / TicksASecond;
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
