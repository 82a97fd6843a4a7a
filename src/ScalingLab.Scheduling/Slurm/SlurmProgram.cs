using CliWrap;

namespace ScalingLab.Scheduling.Slurm;

/// <summary>
/// Slurm by its own programs, sbatch, squeue and scancel, each with a list of arguments: no shell reads any of them.
/// What a person set for Slurm in the environment (SBATCH_PARTITION, ...) counts, except what would change what is
/// asked here.
/// </summary>
/// <param name="folder">Where the programs are; null: on the PATH.</param>
public sealed class SlurmProgram(string? folder = null)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    // Of a job around this process nothing may reach its own jobs (an array's index, above all); which cluster is meant
    // must.
    private static readonly string[] Kept = ["SLURM_CONF", "SLURM_CLUSTERS", "SLURM_JWT", "SLURM_CONF_SERVER"];

    /// <summary>
    /// All of this user's jobs that Slurm still knows, ended ones (for MinJobAge, 300 s unless set) included.
    /// </summary>
    /// <exception cref="SlurmException">Slurm did not answer: nothing is known, least of all that a job is
    /// gone.</exception>
    public async Task<IReadOnlyList<SlurmJob>> JobsAsync(CancellationToken stop) => SlurmJob.Parse(await RunAsync(
        "squeue",
        ["--noheader", "--array", "--states=all", $"--user={Environment.UserName}", $"--format={SlurmJob.Format}"],
        stop));

    /// <summary>Hands a batch to Slurm.</summary>
    /// <returns>The job's number.</returns>
    /// <exception cref="SlurmException">It was refused, or it is not known whether it was accepted.</exception>
    public async Task<string> SubmitAsync(SlurmBatch batch, CancellationToken stop)
    {
        var said = await RunAsync("sbatch", batch.Arguments(), stop);
        return said.Trim().Split(';')[0]; // --parsable: "17", or "17;cluster"
    }

    /// <summary>Asks Slurm whether it would take such a batch; hands it nothing.</summary>
    /// <exception cref="SlurmException">It would not, and why.</exception>
    public Task TryAsync(SlurmBatch batch, CancellationToken stop) =>
        RunAsync("sbatch", ["--test-only", .. batch.Arguments()], stop);

    /// <summary>
    /// Takes jobs out of Slurm's queue; one that runs is sent SIGTERM, and killed after the cluster's KillWait.
    /// </summary>
    /// <exception cref="SlurmException">It is not known whether they are.</exception>
    public Task CancelAsync(IReadOnlyList<string> jobs, CancellationToken stop) =>
        RunAsync("scancel", ["--quiet", .. jobs], stop);

    private async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken stop)
    {
        var withheld = Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(MayNotReach)
            .ToDictionary(name => name, _ => (string?)null);
        var command = new Command(folder is null ? program : Path.Combine(folder, program)).WithArguments(arguments)
            .WithEnvironmentVariables(withheld);
        var answer = await ProcessResult.RunAsync(command, Timeout, stop)
            ?? throw new SlurmException($"{program} cannot be started: is it installed, and on the PATH?");
        if (answer.ExitCode == 0) return answer.Out;
        throw new SlurmException(answer == ProcessResult.TimedOut
            ? $"{program} did not end within {Timeout.TotalSeconds:0} s"
            : $"{program} ended with {answer.ExitCode}: "
                + $"{(string.IsNullOrWhiteSpace(answer.Error) ? answer.Out : answer.Error).Trim()}");
    }

    // The ledger's place may hold a password; Slurm keeps environments.
    private static bool MayNotReach(string name) =>
        (name.StartsWith("SLURM_", StringComparison.Ordinal) && !Kept.Contains(name))
        || name.StartsWith("SQUEUE_", StringComparison.Ordinal)
        || name.StartsWith("SCANCEL_", StringComparison.Ordinal)
        || name is "PGPASSWORD" or "SCALINGLAB_LEDGER" or "SCALINGLAB_TOKEN";
}
