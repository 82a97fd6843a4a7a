using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store;

/// <summary>What the whole ledger comes to, each run once however many sweeps have it.</summary>
public sealed record LedgerTotals
{
    /// <summary>Where attempts are under way.</summary>
    public required IReadOnlyList<BusyDevice> Busy { get; init; }

    /// <summary>Attempts that have ended.</summary>
    public required IReadOnlyList<EndedAttempts> Ended { get; init; }

    /// <summary>Tokens that the completed runs trained on; what a trunk trained for several counts once.</summary>
    public required double TokensTrained { get; init; }

    /// <summary>Exact training FLOPs of the same.</summary>
    public required double FlopsTrained { get; init; }

    /// <summary>Energy of those completed runs that measured it, joules; null where none did.</summary>
    public required double? EnergyJoules { get; init; }
}

/// <summary>A device with attempts under way.</summary>
/// <param name="Node">Its node.</param>
/// <param name="Device">Its name on the node; null where it is not known.</param>
/// <param name="Attempts">How many.</param>
/// <param name="TokensPerSecond">Training tokens a second of all of them, as last measured.</param>
public sealed record BusyDevice(string Node, string? Device, int Attempts, double TokensPerSecond);

/// <summary>Attempts that ended alike.</summary>
/// <param name="Outcome">What the end meant for the run.</param>
/// <param name="Failure">The class of failure; null where they did not fail.</param>
/// <param name="Attempts">How many.</param>
public sealed record EndedAttempts(RunEvent Outcome, FailureKind? Failure, long Attempts);

/// <content>Sums over the whole ledger, for who watches it by other programs.</content>
public sealed partial class Ledger
{
    /// <summary>Where attempts are under way, by node and device.</summary>
    public IReadOnlyList<BusyDevice> Busy() => Read(Busy);

    /// <summary>The sums. No curve is read.</summary>
    public LedgerTotals Totals() => Read(transaction =>
    {
        var busy = Busy(transaction);
        var ended = transaction.Query(
            "SELECT outcome, failure_kind, COUNT(*) FROM attempts WHERE outcome IS NOT NULL GROUP BY outcome, "
                + "failure_kind",
            row => new EndedAttempts(row.EnumValue<RunEvent>(0)!.Value, row.Failure(1), row.GetInt64(2)));
        return transaction.Query(
            $"""
            SELECT SUM(tokens * share), SUM(flops * share), SUM(joules) FROM (
                SELECT tokens, flops, 1 - COALESCE({_database.JsonNumber("result", "trunkSteps")}, 0) / steps AS share,
                    {_database.JsonNumber("result", "energyJoules")} AS joules
                FROM runs WHERE state = 'completed') AS completed
            """,
            row => new LedgerTotals
            {
                Busy = busy, Ended = ended, TokensTrained = row.Number(0) ?? 0, FlopsTrained = row.Number(1) ?? 0,
                    EnergyJoules = row.Number(2),
            }).Single();
    });

    private static List<BusyDevice> Busy(Transaction transaction) => transaction.Query(
        """
        SELECT a.node, a.device, COUNT(*), COALESCE(SUM(a.flops_per_second * r.tokens / r.flops), 0)
        FROM runs r JOIN attempts a ON a.run_id = r.run_id AND a.fence = r.fence WHERE r.state = 'running'
        GROUP BY a.node, a.device ORDER BY a.node, a.device
        """,
        row => new BusyDevice(row.GetString(0), row.Text(1), row.GetInt32(2), row.GetDouble(3))).SelectMany(Apart)
        .GroupBy(b => (b.Node, b.Device))
        .Select(g => new BusyDevice(g.Key.Node, g.Key.Device, g.Sum(b => b.Attempts), g.Sum(b => b.TokensPerSecond)))
        .ToList();

    // What several devices do together each of them does in equal parts.
    private static IEnumerable<BusyDevice> Apart(BusyDevice busy) =>
        NodeDevice.Split(busy.Device) is { Count: > 1 } each
        ? each.Select(device => busy with { Device = device, TokensPerSecond = busy.TokensPerSecond / each.Count })
        : [busy];
}
