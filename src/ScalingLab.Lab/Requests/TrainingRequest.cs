using ScalingLab.Scheduling;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Requests;

/// <summary>What <c>lab run</c> was asked for.</summary>
/// <param name="Grid">The grid.</param>
/// <param name="Out">Where results go; null: results/NAME.</param>
/// <param name="Slots">Workers at a time on each device; null: one a core, one on a GPU.</param>
/// <param name="Threads">CPU threads of each worker; null: the grid's, else 1.</param>
/// <param name="Devices">"cpu" or "cuda:0,cuda:1"; null: every GPU, or where there is none the processor.</param>
/// <param name="Update">Whether a sweep of the same name may be changed.</param>
/// <param name="Ledger">Which ledger; null: the environment's, else the state folder's file.</param>
/// <param name="Slurm">What is asked of Slurm; null: workers are started here.</param>
/// <param name="Notify">Who is told when the sweep has ended; null: nobody.</param>
public sealed record TrainingRequest(
    GridRequest Grid, string? Out, int? Slots, int? Threads, string? Devices, bool Update, string? Ledger = null,
        SlurmLaunchOptions? Slurm = null,
    NoticeOptions? Notify = null)
{
    /// <summary>
    /// The class of devices that jobs of Slurm ask for: this machine's own say nothing of a cluster's.
    /// </summary>
    public string DeviceClass => NodeDevice.ClassOf(Devices ?? "cpu");

    /// <summary>The command as it was typed: what goes on with it.</summary>
    public required string AsTyped { get; init; }
}
