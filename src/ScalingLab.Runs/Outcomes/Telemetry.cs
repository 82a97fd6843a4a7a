namespace ScalingLab.Runs.Outcomes;

/// <summary>How the energy of a run was found.</summary>
public enum EnergySource
{
    /// <summary>The GPU's own energy counter (NVML, Volta and later).</summary>
    NvmlCounter,

    /// <summary>The GPU's power, sampled and added up: the counter is absent.</summary>
    NvmlPower,

    /// <summary>
    /// The processor's package and memory counters (RAPL), by the process's share of the machine's CPU time.
    /// </summary>
    Rapl,
}

/// <summary>
/// How much CO2-equivalent a kilowatt-hour costs where the runs are, as somebody who knows it named it; there is no
/// default.
/// </summary>
/// <param name="Name">What the figure is, e.g. "Kenya 2023".</param>
/// <param name="GramsPerKwh">Grams of CO2-equivalent a kilowatt-hour.</param>
public sealed record GridIntensity(string Name, double GramsPerKwh)
{
    /// <summary>Joules in a kilowatt-hour.</summary>
    public const double JoulesPerKwh = 3.6e6;

    /// <summary>Grams of CO2-equivalent of that energy.</summary>
    public double Grams(double joules) => joules / JoulesPerKwh * GramsPerKwh;
}

/// <summary>
/// What the machine did between two points of a run's curves. What could not be measured is null, and left out of the
/// JSON.
/// </summary>
public sealed record IntervalTelemetry
{
    /// <summary>Training tokens a second of time in training steps.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>Exact FLOPs (attention in full, head included) a second of time in training steps.</summary>
    public double? FlopsPerSecond { get; init; }

    /// <summary>Model FLOPs utilisation: those over the device's peak.</summary>
    public double? Mfu { get; init; }

    /// <summary>Share of the time in training steps in which the host waited for batches, 0 to 1.</summary>
    public double? DataWaitShare { get; init; }

    /// <summary>
    /// Share of the time in which the device was busy, 0 to 1: the GPU's by its driver, of CPU threads by the process's
    /// CPU time.
    /// </summary>
    public double? DeviceUtilisation { get; init; }

    /// <summary>
    /// Mean power of the run, watts: its energy over the time in which that was measured, evaluation and checkpoints
    /// included.
    /// </summary>
    public double? PowerWatts { get; init; }

    /// <summary>The run's energy, joules, evaluation and checkpoints included.</summary>
    public double? EnergyJoules { get; init; }

    /// <summary>Largest memory so far, bytes, as in <see cref="RunResult.PeakMemoryBytes"/>.</summary>
    public long? PeakMemoryBytes { get; init; }
}
