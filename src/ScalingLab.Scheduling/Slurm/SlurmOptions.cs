using ScalingLab.Runs;
using ScalingLab.Scheduling.Policies;

namespace ScalingLab.Scheduling.Slurm;

/// <summary>What each job asks Slurm for, where the cluster's defaults do not do.</summary>
public sealed record SlurmRequest
{
    private static readonly TimeSpan MinTime = TimeSpan.FromMinutes(3);

    /// <summary>Queue; null is the cluster's default.</summary>
    public string? Partition { get; init; }

    /// <summary>Whom it is charged to.</summary>
    public string? Account { get; init; }

    /// <summary>Quality of service.</summary>
    public string? Qos { get; init; }

    /// <summary>
    /// Longest time, as sbatch takes it ("2:00:00"); what is not done by then goes on in another job.
    /// </summary>
    public string? Time { get; init; }

    /// <summary>Memory a job, as sbatch takes it ("4G").</summary>
    public string? Memory { get; init; }

    /// <summary>What a run that wants a GPU asks for, as sbatch's --gres takes it.</summary>
    public string Gpu { get; init; } = "gpu:1";

    /// <summary>Arguments for sbatch as a person gave them, after all others.</summary>
    public IReadOnlyList<string> ExtraArguments { get; init; } = [];

    /// <summary>
    /// Why jobs of that longest time, in Slurm's words (minutes, minutes:seconds, hours:minutes:seconds,
    /// days-hours[:minutes[:seconds]]), get nowhere; null where they may. A job is told to stop a minute before its
    /// end, and it takes a while to begin; 0 is no bound.
    /// </summary>
    public static string? TimeProblem(string time)
    {
        if (time.ToUpperInvariant() is "UNLIMITED" or "INFINITE") return null;
        var halves = time.Split('-');
        var parts = halves[^1].Split(':');
        var numbers = new int[parts.Length];
        var days = 0;
        var understood = halves.Length <= 2 && parts.Length <= 3 && (halves.Length == 1 || Number(halves[0], out days));
        for (var i = 0; i < parts.Length; i++) understood &= Number(parts[i], out numbers[i]);
        if (!understood)
            return $"is '{time}', which sbatch does not take: write minutes, hours:minutes:seconds or days-hours";
        double[] seconds = halves.Length == 2 ? [3600, 60, 1] : parts.Length == 3 ? [3600, 60, 1] : [60, 1];
        var bound = TimeSpan.FromSeconds((86400.0 * days) + parts.Select((_, i) => numbers[i] * seconds[i]).Sum());
        return bound == TimeSpan.Zero || bound >= MinTime
            ? null
            : FormattableString.Invariant(
                $"is {bound.TotalSeconds:0} s; {MinTime.TotalMinutes:0} minutes are the least: ")
                + "a job begins for a while, and is told to stop one minute before its end";

        static bool Number(string text, out int number) =>
            int.TryParse(text, System.Globalization.NumberStyles.None, null, out number) && number < 100_000_000;
    }

    /// <summary>sbatch's arguments for runs of that class of devices, with so many CPU cores each.</summary>
    public IReadOnlyList<string> Arguments(string? deviceClass, int cpus = 1)
    {
        List<string> arguments = [FormattableString.Invariant($"--cpus-per-task={cpus}")];
        if (Partition is not null) arguments.Add($"--partition={Partition}");
        if (Account is not null) arguments.Add($"--account={Account}");
        if (Qos is not null) arguments.Add($"--qos={Qos}");
        if (Time is not null) arguments.Add($"--time={Time}");
        if (Memory is not null) arguments.Add($"--mem={Memory}");
        if (deviceClass == "cuda") arguments.Add($"--gres={Gpu}");
        arguments.AddRange(ExtraArguments);
        return arguments;
    }
}

/// <summary>What a launcher needs to hand a ledger's runs to Slurm.</summary>
/// <param name="StateFolder">
/// The state folder, on a disk that the cluster's nodes share: lists of runs, the jobs' environment and their output go
/// to "slurm" in it.
/// </param>
/// <param name="Lab">How a node starts this program; "attempt RUN --environment FILE" is added.</param>
/// <param name="Environment">
/// What the jobs' program is to find in its environment, the ledger's place with its password above all. It travels in
/// a file that only this user may read, never on a command line or in Slurm's keeping.
/// </param>
public sealed record SlurmOptions(string StateFolder, IReadOnlyList<string> Lab,
    IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>The sweep to serve; null: every sweep of the ledger.</summary>
    public string? Sweep { get; init; }

    /// <summary>What the launcher is called among the ledger's nodes; it serves no sweep alone.</summary>
    public string Name { get; init; } = System.Environment.MachineName;

    /// <summary>What each job asks for.</summary>
    public SlurmRequest Request { get; init; } = new();

    /// <summary>
    /// CPU cores that each job of a sweep asks for: its workers' threads. An <see cref="InputException"/> leaves the
    /// sweep alone, and is said.
    /// </summary>
    public Func<string, int> Cpus { get; init; } = _ => 1;

    /// <summary>
    /// Makes fit and report of a sweep whose last run has ended, the same however often; null where this launcher makes
    /// none.
    /// </summary>
    public Func<string, CancellationToken, Task>? Report { get; init; }

    /// <summary>Who is told that a sweep has ended; null for nobody.</summary>
    public NoticeOptions? Notify { get; init; }

    /// <summary>
    /// Jobs in Slurm at a time, waiting ones included. What is handed over cannot be overtaken by a higher priority any
    /// more.
    /// </summary>
    public int MaxJobs { get; init; } = 100;

    /// <summary>Runs in one array; clusters bound it (MaxArraySize, 1001 unless set).</summary>
    public int MaxArraySize { get; init; } = 500;

    /// <summary>Where sbatch, squeue and scancel are; null: on the PATH.</summary>
    public string? Programs { get; init; }

    /// <summary>When to try again and when to give up.</summary>
    public RetryPolicy Retries { get; init; } = new();

    /// <summary>How long an attempt's claim holds without being renewed, as the jobs' own nodes have it.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two looks at Slurm and the ledger.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long after it was noted a job that Slurm does not know is still waited for: sbatch may have been slow, or
    /// this program died before it.
    /// </summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long a ledger that cannot be reached is waited for; <see cref="Timeout.InfiniteTimeSpan"/> is for ever.
    /// </summary>
    public TimeSpan LedgerTimeout { get; init; } = TimeSpan.FromMinutes(5);
}
