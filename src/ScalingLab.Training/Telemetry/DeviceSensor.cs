using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Training.Telemetry;

/// <summary>What a device's instruments show at one moment; what they have not is null.</summary>
/// <param name="Joules">Energy since some moment in the past that stays the same.</param>
/// <param name="Watts">Power now.</param>
/// <param name="Utilisation">Share of the time since the last reading, or of the instrument's own last interval, in
/// which the device was busy.</param>
/// <param name="Share">This process's share of the device's energy since the last reading.</param>
public readonly record struct SensorReading(double? Joules, double? Watts, double? Utilisation, double Share);

/// <summary>
/// The instruments of one device: a GPU's (<see cref="NvmlDevice"/>) or a processor's (<see cref="ProcessorSensor"/>).
/// </summary>
public interface IDeviceSensor : IDisposable
{
    /// <summary>How its energy is found; null where it has none.</summary>
    EnergySource? Source { get; }

    /// <summary>Reads the instruments; never throws for what they lack.</summary>
    SensorReading Read();
}
