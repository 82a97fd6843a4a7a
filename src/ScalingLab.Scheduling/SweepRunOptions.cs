using ScalingLab.Runs;

namespace ScalingLab.Scheduling;

/// <summary>How to start a worker: a program and its arguments, never a shell's line.</summary>
/// <param name="FileName">The program.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Environment">Added to the environment that the host has itself.</param>
public sealed record WorkerCommand(string FileName, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment);

/// <summary>What one host needs to run a sweep.</summary>
/// <param name="Sweep">The sweep's name in the ledger.</param>
/// <param name="Slots">Workers at a time.</param>
/// <param name="Node">This node's name, for people.</param>
/// <param name="Worker">How to start a worker.</param>
/// <param name="Settings">
/// Where and with what a run is carried out. A run that has begun keeps the threads that it began with, whatever this says.
/// </param>
/// <param name="LogFolder">Folder for what workers say on stderr: one bounded file an attempt, RUN/attempt-N.log.</param>
public sealed record SweepRunOptions(
    string Sweep, int Slots, string Node, WorkerCommand Worker, Func<RunSpec, WorkerSettings> Settings, string LogFolder)
{
    /// <summary>When to try again and when to give up.</summary>
    public RetryPolicy Retries { get; init; } = new();

    /// <summary>How long a claim holds without being renewed; it is renewed three times as often.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a worker that was asked to stop has before it is killed.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a worker may say nothing before it is killed as crashed.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long points of the curves are gathered before they are written to the ledger.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a ledger that cannot be reached is waited for before the sweep is given up.</summary>
    public TimeSpan LedgerPatience { get; init; } = TimeSpan.FromMinutes(5);
}
