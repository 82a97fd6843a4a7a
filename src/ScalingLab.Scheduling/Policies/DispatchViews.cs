using ScalingLab.Runs.Parsing;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Policies;

/// <summary>What a run is expected to need on a class of devices.</summary>
/// <param name="PeakBytes">Largest memory, bytes; null where it cannot be told.</param>
/// <param name="FlopsPerSecond">Its speed; null where nothing was measured on that class.</param>
public sealed record RunNeeds(long? PeakBytes = null, double? FlopsPerSecond = null)
{
    /// <summary>What a whole run takes beside its training steps, seconds; 0 where nothing was measured.</summary>
    public double OverheadSeconds { get; init; }

    /// <summary>How long the whole run takes on that class; null where nothing was measured there.</summary>
    public double? Seconds(QueuedRun run) => OverheadSeconds + (run.Flops / FlopsPerSecond);
}

/// <summary>A run of the queue with what this node can see of it and of those who hold it.</summary>
/// <param name="Queued">The ledger's row.</param>
public sealed record RunView(QueuedRun Queued)
{
    /// <summary>The device that an attempt under way in this process has; null where none is.</summary>
    public string? DeviceHere { get; init; }

    /// <summary>Its worker was asked to stop already.</summary>
    public bool Yielding { get; init; }

    /// <summary>Its latest attempt is, or was, supervised on this machine, by whatever process.</summary>
    public bool OnThisMachine { get; init; }

    /// <summary>The process that supervised its latest attempt belonged to this machine and no longer runs.</summary>
    public bool HostIsGone { get; init; }

    /// <summary>The worker of its latest attempt still runs on this machine.</summary>
    public bool WorkerIsAlive { get; init; }

    /// <summary>
    /// Hosts that died meanwhile without it; counted only where its own host's death would be its last chance gone.
    /// </summary>
    public int HostsLostWithout { get; init; }

    /// <summary>When its sweep may run; null is always.</summary>
    public TimeWindow? Window { get; init; }

    /// <summary>When that window next opens or closes; null where it never does.</summary>
    public DateTimeOffset? WindowChanges { get; init; }

    /// <summary>What it needs, by class of devices.</summary>
    public IReadOnlyDictionary<string, RunNeeds> Needs { get; init; } = new Dictionary<string, RunNeeds>();

    /// <summary>CPU threads of its worker.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>This node was found to lack the data of its sweep: it does not look again before then.</summary>
    public DateTimeOffset? LacksDataUntil { get; init; }

    /// <summary>Room that its checkpoints need, bytes.</summary>
    public long CheckpointBytes { get; init; }

    /// <summary>An attempt at it is under way in this process.</summary>
    public bool SupervisedHere => DeviceHere is not null;
}

/// <summary>This node, as its plan sees it.</summary>
/// <param name="Devices">What it offers.</param>
public sealed record NodeView(IReadOnlyList<NodeDevice> Devices)
{
    /// <summary>Somebody asked for its devices until then.</summary>
    public DateTimeOffset? YieldedUntil { get; init; }

    /// <summary>
    /// It does not wait for what other nodes, or a cluster's jobs, hold: nothing of that is left for it.
    /// </summary>
    public bool IgnoresRunsHeldElsewhere { get; init; }

    /// <summary>It was asked to stop: nothing is started.</summary>
    public bool Stopping { get; init; }

    /// <summary>Attempts failed for its environment: nothing is started before then.</summary>
    public DateTimeOffset? BackOffUntil { get; init; }

    /// <summary>Its last attempt failed for its environment: one run at a time is tried until one goes well.</summary>
    public bool OnProbation { get; init; }

    /// <summary>Free room where checkpoints go, bytes; null where it cannot be told.</summary>
    public long? FreeDiskBytes { get; init; }

    /// <summary>
    /// No lease counts as over before then: the ledger was out of reach until a moment ago, and whoever could not renew
    /// gets time to.
    /// </summary>
    public DateTimeOffset? LeasesCountFrom { get; init; }
}
