namespace ScalingLab.Store.Records;

/// <summary>A device that a node offers.</summary>
/// <param name="Name">Its name on the node: "cpu", "cuda:0", "cuda:1", ...</param>
/// <param name="Slots">Most workers on it at a time.</param>
public sealed record NodeDevice(string Name, int Slots)
{
    /// <summary>The maker's name, e.g. "NVIDIA H100 80GB HBM3"; null where it is not known.</summary>
    public string? Model { get; init; }

    /// <summary>What the driver calls this very device; null where it has no such name.</summary>
    public string? Uuid { get; init; }

    /// <summary>Its memory in bytes; null where not known.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>CPU threads that its workers may use together; null where they are not counted.</summary>
    public int? Threads { get; init; }

    /// <summary>"cpu" or "cuda".</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Class => ClassOf(Name);

    /// <summary>
    /// The class of a device, or of several in one word, by its name: "cuda" of "cuda:1" and of "cuda:0+cuda:1".
    /// </summary>
    public static string ClassOf(string device) => device.Split(':', Separator)[0];

    /// <summary>
    /// The devices of an attempt in one word: "cuda:0+cuda:1"; of several processes on a processor "cpu+cpu".
    /// </summary>
    public static string Join(IEnumerable<string> devices) => string.Join(Separator, devices);

    /// <summary>The devices of that word, a processor as often as it is in it; none of null.</summary>
    public static IReadOnlyList<string> Split(string? devices) => devices?.Split(Separator) ?? [];

    private const char Separator = '+';
}

/// <summary>A node: one process that supervises attempts.</summary>
/// <param name="Name">Its name, for people; two nodes have two names.</param>
/// <param name="Host">The process.</param>
/// <param name="Devices">What it offers.</param>
public sealed record Node(string Name, ProcessIdentity Host, IReadOnlyList<NodeDevice> Devices)
{
    /// <summary>What it does not start, and why: for people.</summary>
    public IReadOnlyList<NodeWait> Waits { get; init; } = [];

    /// <summary>
    /// The one sweep that it runs; null where it runs all, empty where it is there for one attempt alone.
    /// </summary>
    public string? Sweep { get; init; }
}

/// <summary>Runs that a node does not start for now.</summary>
/// <param name="Sweep">Their sweep.</param>
/// <param name="Runs">How many.</param>
/// <param name="Why">Why, in words.</param>
public sealed record NodeWait(string Sweep, int Runs, string Why);

/// <summary>A node as the ledger knows it.</summary>
/// <param name="Node">The node as it announced itself.</param>
/// <param name="Joined">When this process of that name first did.</param>
/// <param name="Announced">When it last did.</param>
/// <param name="LeaseUntil">Until when it counts as there without being heard again; null where it has left.</param>
/// <param name="ClockAhead">Its own clock less the ledger's when it last announced itself: for people, nothing is
/// decided by it.</param>
/// <param name="YieldedUntil">Its devices were asked for until then; may have passed; null where nobody asked.</param>
public sealed record NodeStatus(
    Node Node, DateTimeOffset Joined, DateTimeOffset Announced, DateTimeOffset? LeaseUntil, TimeSpan ClockAhead,
    DateTimeOffset? YieldedUntil);
