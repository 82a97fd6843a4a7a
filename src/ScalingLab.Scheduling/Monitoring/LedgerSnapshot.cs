using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Monitoring;

/// <summary>What of the ledger all metrics of a moment are made of.</summary>
/// <param name="Now">The ledger's time.</param>
/// <param name="Nodes">Those that are there or missed; who left says nothing more.</param>
/// <param name="Sweeps">Every sweep with its counts.</param>
/// <param name="Totals">Sums over all runs and attempts.</param>
public sealed record LedgerSnapshot(
    DateTimeOffset Now, IReadOnlyList<NodeStatus> Nodes, IReadOnlyList<SweepSummary> Sweeps, LedgerTotals Totals)
{
    /// <summary>Reads it; no curve is read.</summary>
    /// <exception cref="System.Data.Common.DbException">The ledger cannot be read.</exception>
    public static LedgerSnapshot Read(Ledger ledger) =>
        new(ledger.Now, [.. ledger.Nodes().Where(n => n.LeaseUntil is not null)], ledger.Sweeps(), ledger.Totals());

    /// <summary>Whether the node has been at the ledger within its lease.</summary>
    public bool IsUp(NodeStatus node) => node.LeaseUntil > Now;

    /// <summary>
    /// Devices on offer or in use, each with the attempts under way on it, null where there are none: a series that
    /// comes and goes has no 0.
    /// </summary>
    public IEnumerable<(string Node, string Device, BusyDevice? Busy)> Devices()
    {
        var busy = Totals.Busy.ToDictionary(b => (b.Node, Device: b.Device ?? ""));
        return Nodes.Where(IsUp).SelectMany(n => n.Node.Devices.Select(d => (n.Node.Name, d.Name)))
            .Union(busy.Keys).Select(d => (d.Item1, d.Item2, busy.GetValueOrDefault(d)));
    }
}
