using ScalingLab.Runs;

namespace ScalingLab.Store.Records;

/// <summary>What a run has used so far, all its attempts together.</summary>
/// <param name="Sweep">A sweep that has it; one that several have is there for each.</param>
/// <param name="Run">The run.</param>
/// <param name="DeviceSeconds">Time for which its attempts held a device, however they ended; of several devices
/// together each.</param>
/// <param name="Flops">
/// Exact training FLOPs up to where its curve ends; what another run's trunk trained is not among them.
/// </param>
/// <param name="Tokens">Training tokens of the same.</param>
/// <param name="EnergyJoules">Energy; null where none was measured.</param>
/// <param name="Co2eGrams">
/// CO2-equivalent of a completed run's energy, at the intensity that its result states; null where none is stated.
/// </param>
/// <param name="IsCompleted">Whether it has a result.</param>
public sealed record RunUsage(
    string Sweep, RunId Run, double DeviceSeconds, double Flops, double Tokens, double? EnergyJoules,
        double? Co2eGrams, bool IsCompleted);

/// <summary>What runs have used, of those that changed.</summary>
/// <param name="Version">What the next reading counts from.</param>
/// <param name="IsWhole">Whether <paramref name="Runs"/> are all that were attempted.</param>
/// <param name="Runs">Runs that changed, and those that an attempt holds.</param>
public sealed record RunUsageChanges(long Version, bool IsWhole, IReadOnlyList<RunUsage> Runs);
