using System.Globalization;

namespace ScalingLab.Scheduling.Slurm;

/// <summary>How far a Slurm job is, as far as a launcher has to know.</summary>
public enum SlurmPhase
{
    /// <summary>In Slurm's queue, for the first time or again.</summary>
    Waiting,

    /// <summary>
    /// It has a node, or has one still; also whatever state is not known here, so that nothing is decided on a word not
    /// understood.
    /// </summary>
    Running,

    /// <summary>It will not run any more.</summary>
    Ended,
}

/// <summary>One job, or one task of an array, as <c>squeue</c> tells it.</summary>
/// <param name="Id">What scancel takes: "17", or "17_3" for a task of an array.</param>
/// <param name="Task">Index in its array; null where it is no array's.</param>
/// <param name="State">Slurm's word, e.g. "PENDING", "NODE_FAIL".</param>
/// <param name="Reason">Why it waits or ended, in Slurm's word; "None" where there is nothing to say.</param>
/// <param name="Name">The job's name.</param>
/// <param name="Folder">Its working directory: tells one launcher's jobs from another's.</param>
public sealed record SlurmJob(string Id, int? Task, string State, string Reason, string Name, string Folder)
{
    /// <summary>The format that <see cref="Parse"/> reads; the folder is last, for it may hold anything.</summary>
    public const string Format = "%i|%K|%T|%r|%j|%Z";

    private const int Fields = 6;

    /// <summary>
    /// What the ledger's submission calls it: its name, with its index where it is a task of an array.
    /// </summary>
    public string Key => KeyOf(Name, Task);

    /// <summary>How far it is.</summary>
    public SlurmPhase Phase => State switch
    {
        "PENDING" or "CONFIGURING" or "REQUEUED" or "REQUEUE_FED" or "REQUEUE_HOLD" or "SPECIAL_EXIT"
            or "RESV_DEL_HOLD" => SlurmPhase.Waiting,
        "COMPLETED" or "CANCELLED" or "FAILED" or "TIMEOUT" or "NODE_FAIL" or "PREEMPTED" or "BOOT_FAIL" or "DEADLINE"
            or "OUT_OF_MEMORY"
            or "REVOKED" => SlurmPhase.Ended,
        _ => SlurmPhase.Running,
    };

    /// <summary>
    /// It ended by itself and badly, so that the same would happen again: not where a person, a preemption, a lost node
    /// or the end of its time ended it.
    /// </summary>
    public bool EndedBadly => State is "FAILED" or "OUT_OF_MEMORY" or "DEADLINE";

    /// <summary>It waits for something that waiting will not bring; Slurm's reasons as squeue(1) lists them.</summary>
    public bool IsStuck => Phase == SlurmPhase.Waiting && (State is "REQUEUE_HOLD" or "SPECIAL_EXIT" or "RESV_DEL_HOLD"
        || Reason is "JobHeldUser" or "JobHeldAdmin" or "BadConstraints" or "DependencyNeverSatisfied"
        or "PartitionDown" or "PartitionInactive"
            or "PartitionTimeLimit" or "PartitionNodeLimit" or "AccountNotAllowed" or "QOSNotAllowed"
        || Reason.Contains("held", StringComparison.OrdinalIgnoreCase));

    /// <summary>What the ledger's submission calls a job of that name, and that index in an array.</summary>
    public static string KeyOf(string name, int? task) =>
        task is { } t ? string.Create(CultureInfo.InvariantCulture, $"{name}_{t}") : name;

    /// <summary>
    /// Reads what <c>squeue --noheader --array --format=</c><see cref="Format"/> prints. A line that is none of its own
    /// throws.
    /// </summary>
    /// <exception cref="SlurmException">A line is not of that form.</exception>
    public static IReadOnlyList<SlurmJob> Parse(string text)
    {
        var jobs = new List<SlurmJob>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var fields = line.Split('|', Fields);
            int? task = fields.Length == Fields
                && int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var t) ? t : null;
            if (fields.Length < Fields || fields[0].Length == 0 || (task is null && fields[1] != "N/A"))
                throw new SlurmException($"squeue said what is no job: {(line.Length > 200 ? line[..200] : line)}");
            jobs.Add(new SlurmJob(fields[0], task, fields[2], fields[3], fields[4], fields[5]));
        }
        return jobs;
    }
}

/// <summary>
/// Slurm could not be asked, or did not do what it was asked. Whether it did it all the same may be unknown: sbatch can
/// run into its time limit and the job be there.
/// </summary>
public sealed class SlurmException : Exception
{
    /// <summary>In words for people.</summary>
    public SlurmException(string message)
        : base(message)
    {
    }
}
