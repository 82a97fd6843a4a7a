namespace ScalingLab.Runs.Outcomes;

/// <summary>What computing costs in money, as somebody who pays for it named it; there is no default.</summary>
/// <param name="Name">What the price is, e.g. "list price, June 2026".</param>
/// <param name="Currency">Its unit, e.g. "EUR".</param>
public sealed record ComputePrice(string Name, string Currency)
{
    private const double SecondsPerHour = 3600;

    /// <summary>
    /// Money an hour in which a run holds its device: a GPU, or the threads of a CPU worker; null: time costs nothing.
    /// </summary>
    public double? PerDeviceHour { get; init; }

    /// <summary>Money a kilowatt-hour; null: energy costs nothing.</summary>
    public double? PerKwh { get; init; }

    /// <summary>Money for so many seconds on a device.</summary>
    public double? ForSeconds(double seconds) => PerDeviceHour * (seconds / SecondsPerHour);

    /// <summary>Money for so many joules.</summary>
    public double? ForJoules(double joules) => PerKwh * (joules / GridIntensity.JoulesPerKwh);
}
