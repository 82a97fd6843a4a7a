using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Slurm;

/// <summary>
/// What a job of Slurm's finds itself to be: where, under which name, and with which devices. Outside of one, this
/// machine.
/// </summary>
public static class SlurmDevice
{
    /// <summary>The node in Slurm's words; this machine's name where there is no Slurm.</summary>
    public static string NodeName() =>
        Environment.GetEnvironmentVariable("SLURMD_NODENAME") is { Length: > 0 } node ? node : Environment.MachineName;

    /// <summary>What the ledger's submission calls this job; null outside of one.</summary>
    public static string? JobKey() => Environment.GetEnvironmentVariable("SLURM_JOB_NAME") is { Length: > 0 } name
        ? SlurmJob.KeyOf(name, int.TryParse(Environment.GetEnvironmentVariable("SLURM_ARRAY_TASK_ID"), out var task)
            ? task : null)
        : null;

    /// <summary>
    /// The devices of this job: the GPUs that Slurm gave it, or the processor where the run wants that or none was
    /// given.
    /// </summary>
    public static async Task<IReadOnlyList<NodeDevice>> FindAsync(string? deviceClass, CancellationToken stop)
    {
        var visible = Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES");
        var given = deviceClass == "cpu" ? [] : Given(visible, await Devices.FindAsync(threads: 1, gpuSlots: 1, stop));
        return given.Count > 0 ? given : [Devices.Cpu(threads: 1) with { Slots = 1 }];
    }

    /// <summary>
    /// The GPUs that CUDA_VISIBLE_DEVICES names, in its order, by index or by the driver's own name; where the variable
    /// is not set, the first there is. None where none is there.
    /// </summary>
    public static IReadOnlyList<NodeDevice> Given(string? visible, IReadOnlyList<NodeDevice> found)
    {
        var gpus = found.Where(d => d.Class == "cuda").ToList();
        return visible is null ? [.. gpus.Take(1)]
            : [.. visible.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(name =>
                gpus.Find(d => d.Name == $"cuda:{name}" || d.Uuid?.StartsWith(name, StringComparison.Ordinal) == true))
                .OfType<NodeDevice>()];
    }
}
