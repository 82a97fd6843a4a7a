using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Training.Telemetry;

/// <summary>
/// The instruments of several devices as one: energy and power added up, utilisation and share the mean. What one of
/// them lacks is missing.
/// </summary>
public sealed class SensorSum : IDeviceSensor
{
    private readonly IReadOnlyList<IDeviceSensor> _sensors;

    private SensorSum(IReadOnlyList<IDeviceSensor> sensors) => _sensors = sensors;

    /// <inheritdoc/>
    public EnergySource? Source => _sensors.Select(s => s.Source).Distinct().ToList() is [var one] ? one : null;

    /// <summary>The sensors together, a single one as it is; null, and all are closed, where one is missing.</summary>
    /// <param name="sensors">At least one.</param>
    public static IDeviceSensor? Combine(IReadOnlyList<IDeviceSensor?> sensors)
    {
        List<IDeviceSensor> there = [.. sensors.OfType<IDeviceSensor>()];
        if (there.Count == sensors.Count) return there is [var one] ? one : new SensorSum(there);
        there.ForEach(s => s.Dispose());
        return null;
    }

    /// <inheritdoc/>
    public SensorReading Read()
    {
        List<SensorReading> all = [.. _sensors.Select(s => s.Read())];
        double? Sum(Func<SensorReading, double?> of) => all.Exists(r => of(r) is null) ? null : all.Sum(of);
        return new SensorReading(Sum(r => r.Joules), Sum(r => r.Watts), Sum(r => r.Utilisation) / all.Count,
            all.Average(r => r.Share));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var sensor in _sensors) sensor.Dispose();
    }
}
