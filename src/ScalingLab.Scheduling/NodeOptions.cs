using System.Globalization;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling;

/// <summary>How to start a worker: a program and its arguments, never a shell's line.</summary>
/// <param name="FileName">The program.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Environment">Added to the environment that the host has itself.</param>
public sealed record WorkerCommand(string FileName, IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>
    /// The same with so many CPU threads: OpenMP reads them once, before main; libtorch's own setting comes too late
    /// for some of its libraries.
    /// </summary>
    public WorkerCommand WithThreads(int threads) => this with
    {
        Environment = new Dictionary<string, string>(Environment)
        {
            ["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture),
        },
    };
}

/// <summary>A run that was claimed for a device of this node: what its settings are made for.</summary>
/// <param name="Sweep">The sweep that the run was read for.</param>
/// <param name="Spec">The run.</param>
/// <param name="Device">The device.</param>
public sealed record Assignment(string Sweep, RunSpec Spec, NodeDevice Device);

/// <summary>
/// Makes the settings of a run that was claimed: folders, threads, micro-batch; it may prepare data, for minutes. The
/// device is set by the node; threads and a micro-batch that ran out of memory are kept as the ledger has them. What it
/// throws is a failure of this node's environment.
/// </summary>
/// <exception cref="MissingDataException">The node lacks the data: the attempt is not charged, and another node may
/// take the run.</exception>
public delegate Task<WorkerSettings> ResolveSettings(Assignment assignment, CancellationToken stop);

/// <summary>
/// A node has not the data of a run, and cannot prepare them from what it has: its text is another, or absent.
/// </summary>
public sealed class MissingDataException : Exception
{
    /// <summary>Which data, and what is there instead.</summary>
    public MissingDataException(string message)
        : base(message)
    {
    }

    /// <summary>The same, with what was thrown.</summary>
    public MissingDataException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Says no more than that.</summary>
    public MissingDataException()
        : this("the data of the run are not here")
    {
    }
}

/// <summary>What a node needs to run what stands in a ledger.</summary>
/// <param name="Name">This node's name, for people.</param>
/// <param name="Devices">What it offers.</param>
/// <param name="Worker">How to start a worker.</param>
/// <param name="Settings">Where and with what a run is carried out.</param>
/// <param name="StateFolder">
/// Where checkpoints and logs go: nothing is started while its disk is full. What workers say on stderr goes to
/// logs/RUN/attempt-N.log in it, one bounded file an attempt.
/// </param>
public sealed record NodeOptions(
    string Name, IReadOnlyList<NodeDevice> Devices, WorkerCommand Worker, ResolveSettings Settings, string StateFolder)
{
    /// <summary>Folder of the logs, instead of the state folder's.</summary>
    public string LogFolder { get; init; } = Path.Combine(StateFolder, "logs");

    /// <summary>An attempt's log, below the folder of the logs.</summary>
    public static string LogName(RunId run, int attempt) =>
        string.Create(CultureInfo.InvariantCulture, $"{run}/attempt-{attempt}.log");

    /// <summary>
    /// What <see cref="Settings"/> will say of a run's micro-batch and of what is computed again, for the memory that
    /// it will need.
    /// </summary>
    public Func<QueuedRun, WorkerSettings> ExpectedSettings { get; init; } = _ => Unset;

    /// <summary>
    /// CPU threads that <see cref="Settings"/> will say for a run, so that a processor's are not given twice.
    /// </summary>
    public Func<QueuedRun, int> Threads { get; init; } = run => run.Threads ?? 1;

    /// <summary>
    /// Makes fit and report of a sweep whose last run has ended; called by one node at a time, again when a retried run
    /// changed what there is. Null where this node makes none.
    /// </summary>
    public Func<string, CancellationToken, Task>? Report { get; init; }

    /// <summary>
    /// Runs that one worker process trains at most, one after the other; 1 starts a process for each.
    /// </summary>
    public int RunsPerWorker { get; init; } = 50;

    /// <summary>Who is told that a sweep has ended; null for nobody.</summary>
    public NoticeOptions? Notify { get; init; }

    /// <summary>When to try again and when to give up.</summary>
    public RetryPolicy Retries { get; init; } = new();

    /// <summary>How long a claim holds without being renewed; it is renewed three times as often.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a worker that was asked to checkpoint and stop has before it is killed.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a worker whose host died has before it is killed; it stops by itself when its stdin closes. With the
    /// start of a new host before it and a look after it, it must be gone within 10 s of its host's death.
    /// </summary>
    public TimeSpan OrphanGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a worker may say nothing before it is killed as crashed.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long points of the curves are gathered before they are written to the ledger.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a ledger that cannot be reached is waited for before the node gives up;
    /// <see cref="Timeout.InfiniteTimeSpan"/> is for ever.
    /// </summary>
    public TimeSpan LedgerTimeout { get; init; } = TimeSpan.FromMinutes(5);

    private static WorkerSettings Unset { get; } = new() { DataFolder = "", CheckpointFolder = "" };

    internal static bool HasTimedOut(TimeSpan waited, TimeSpan patience) =>
        patience != Timeout.InfiniteTimeSpan && waited > patience;
}
