using ScalingLab.Dashboard.Sources;

namespace ScalingLab.Dashboard.Routes;

/// <summary>The nodes of the ledger: those that are there, and those that are missed.</summary>
/// <param name="Now">The ledger's time.</param>
/// <param name="YieldedUntil">Until when everything yields; absent where it does not.</param>
/// <param name="Nodes">By name; those that said that they go are absent.</param>
internal sealed record NodesAnswer(DateTimeOffset Now, DateTimeOffset? YieldedUntil, IReadOnlyList<NodeLine> Nodes);

/// <summary>A node in one line.</summary>
/// <param name="Name">The node.</param>
/// <param name="Up">Whether it has been at the ledger within its lease.</param>
/// <param name="Announced">When it was last at the ledger.</param>
/// <param name="YieldedUntil">Until when it yields, by itself or with everything; absent where it does not.</param>
/// <param name="Devices">What it offers.</param>
internal sealed record NodeLine(
    string Name, bool Up, DateTimeOffset Announced, DateTimeOffset? YieldedUntil, IReadOnlyList<DeviceLine> Devices);

/// <summary>A device of a node.</summary>
/// <param name="Name">Its name on the node: "cpu", "cuda:0", ...</param>
/// <param name="Model">The maker's name; absent where it is not known.</param>
/// <param name="Slots">Most attempts on it at a time.</param>
/// <param name="Busy">Attempts under way on it.</param>
internal sealed record DeviceLine(string Name, string? Model, int Slots, int Busy);

/// <summary>The nodes, for who watches and steers them.</summary>
internal static class NodeEndpoints
{
    public static void MapNodes(this WebApplication app, LedgerHandle ledger) =>
        app.MapGet("/api/nodes", () => SweepEndpoints.Json(Nodes(ledger)))
            .WithSummary("The nodes that are there or missed, with their devices, and until when they yield")
            .Answers<NodesAnswer>();

    private static NodesAnswer Nodes(LedgerHandle ledger)
    {
        var now = ledger.Now;
        var busy = (ledger.Read(l => l.Busy()) ?? []).ToDictionary(b => (b.Node, b.Device), b => b.Attempts);
        var nodes = (ledger.Read(l => l.Nodes()) ?? []).Where(n => n.LeaseUntil is not null);
        var ofAll = ledger.Read(l => new { Until = l.AllYieldedUntil() })?.Until;
        return new NodesAnswer(now, InForce(ofAll), [.. nodes.Select(n => new NodeLine(
            n.Node.Name, n.LeaseUntil > now, n.Announced, InForce(n.YieldedUntil),
            [.. n.Node.Devices.Select(d => new DeviceLine(
                d.Name, d.Model, d.Slots, busy.GetValueOrDefault((n.Node.Name, d.Name))))]))]);

        DateTimeOffset? InForce(DateTimeOffset? until) => until > now ? until : null;
    }
}
