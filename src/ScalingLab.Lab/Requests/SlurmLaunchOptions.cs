using ScalingLab.Scheduling.Slurm;

namespace ScalingLab.Lab.Requests;

/// <summary>What a person asked of Slurm: null of all these is a launcher that starts workers here.</summary>
/// <param name="Request">What each job asks for.</param>
/// <param name="MostJobs">Jobs in Slurm at a time.</param>
/// <param name="Variables">Variables of this environment that jobs get beside those that they always do.</param>
public sealed record SlurmLaunchOptions(SlurmRequest Request, int MostJobs, IReadOnlyList<string> Variables);
