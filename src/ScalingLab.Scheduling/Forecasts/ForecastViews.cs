using ScalingLab.Runs;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Forecasts;

/// <summary>A node as a simulation of the queue has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="View">What it offers, and until when it yields.</param>
/// <param name="Sees">A run as this node sees it: its window, what it needs here.</param>
public sealed record ForecastNode(string Name, NodeView View, Func<QueuedRun, RunView> Sees)
{
    /// <summary>Whether it runs that sweep at all.</summary>
    public Func<string, bool> Serves { get; init; } = _ => true;
}

/// <summary>The queue that a simulation begins with.</summary>
/// <param name="Now">The ledger's time.</param>
/// <param name="Runs">The runs that have not ended, each once.</param>
/// <param name="Nodes">The nodes that are there.</param>
public sealed record QueueView(DateTimeOffset Now, IReadOnlyList<QueuedRun> Runs, IReadOnlyList<ForecastNode> Nodes)
{
    /// <summary>The last step that the curves of running runs have; those that have none yet are absent.</summary>
    public IReadOnlyDictionary<RunId, long> StepsDone { get; init; } = new Dictionary<RunId, long>();

    /// <summary>How far each trunk was trained by runs that have ended, in steps.</summary>
    public IReadOnlyDictionary<string, long> TrunksTrained { get; init; } = new Dictionary<string, long>();
}

/// <summary>Why nobody can tell when a run ends.</summary>
public enum UnknownEnd
{
    /// <summary>No node is there that runs its sweep.</summary>
    NoNode,

    /// <summary>No node has a device of the class that the sweep wants.</summary>
    NoDevice,

    /// <summary>No run has shown its speed on the devices that it could have.</summary>
    NoSpeed,

    /// <summary>Its sweep is paused.</summary>
    Paused,

    /// <summary>The devices were asked for until somebody resumes.</summary>
    Yielded,

    /// <summary>It cannot end by its sweep's deadline.</summary>
    Deadline,

    /// <summary>It was handed to a cluster, which decides when it starts.</summary>
    Cluster,

    /// <summary>Its sweep's window does not open, or it is further ahead than is simulated.</summary>
    TooFar,
}

/// <summary>What a simulation says of a run.</summary>
/// <param name="Run">The run.</param>
public sealed record PredictedRun(RunId Run)
{
    /// <summary>When its next attempt begins, or its running one began; null where that is not known.</summary>
    public DateTimeOffset? Begins { get; init; }

    /// <summary>When it ends; null where that is not known.</summary>
    public DateTimeOffset? Ends { get; init; }

    /// <summary>The node of its next, or running, attempt.</summary>
    public string? Node { get; init; }

    /// <summary>The device there.</summary>
    public string? Device { get; init; }

    /// <summary>Why its end is not known; null where it is.</summary>
    public UnknownEnd? Why { get; init; }
}
