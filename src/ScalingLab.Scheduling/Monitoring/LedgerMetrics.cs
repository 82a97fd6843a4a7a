using System.Text.Json;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Scheduling.Monitoring;

/// <summary>The metrics of a ledger: told to Prometheus as text and to others by OTLP, the same by both.</summary>
public static class LedgerMetrics
{
    // What can end an attempt: each is named, though none did so far.
    private static readonly RunEvent[] Outcomes =
    [
        RunEvent.Finished, RunEvent.FailedForGood, RunEvent.AttemptLost, RunEvent.AttemptsUsedUp, RunEvent.Yielded,
        RunEvent.Cancelled,
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<LedgerMetric> All { get; } =
    [
        Gauge("runs", "{run}", "Runs of each sweep by state; a run of two sweeps counts in both.",
            of => of.Sweeps.SelectMany(s => RunLifecycle.States.Select(state =>
                new Sample(s.In(state), ("sweep", s.Name), ("state", RunLifecycle.NameOf(state)))))),
        Gauge("node_up", "{node}",
            "1 where the node has been at the ledger within its lease, 0 where it is missed; "
                + "nodes that left are absent.",
            of => of.Nodes.Select(n => new Sample(of.IsUp(n) ? 1 : 0, ("node", n.Node.Name)))),
        Gauge("node_announced_timestamp_seconds", "s",
            "When the node was last at the ledger, by the ledger's clock, since 1970.",
            of => of.Nodes.Select(n =>
                new Sample(n.Announced.ToUnixTimeMilliseconds() / 1000.0, ("node", n.Node.Name)))),
        Gauge("slots", "{attempt}", "Attempts that the device of a node that is up takes at a time.",
            of => of.Nodes.Where(of.IsUp).SelectMany(n => n.Node.Devices.Select(d =>
                new Sample(d.Slots, ("node", n.Node.Name), ("device", d.Name))))),
        Gauge("slots_busy", "{attempt}", "Attempts under way on the device.",
            of => of.Devices().Select(d =>
                new Sample(d.Busy?.Attempts ?? 0, ("node", d.Node), ("device", d.Device)))),
        Gauge("tokens_per_second", "{token}/s",
            "Training tokens a second of the attempts under way on the device, as last measured.",
            of => of.Devices().Select(d =>
                new Sample(d.Busy?.TokensPerSecond ?? 0, ("node", d.Node), ("device", d.Device)))),
        Counter("trained_tokens_total", "{token}", "Tokens that the completed runs trained on.",
            of => [new Sample(of.Totals.TokensTrained)]),
        Counter("trained_flops_total", "{FLOP}", "Exact training FLOPs of the completed runs.",
            of => [new Sample(of.Totals.FlopsTrained)]),
        Counter("energy_joules_total", "J", "Energy of those completed runs that measured it.",
            of => of.Totals.EnergyJoules is { } joules ? [new Sample(joules)] : []),
        Counter("attempts_total", "{attempt}", "Attempts that have ended, by what that meant for the run.",
            of => Outcomes.Select(o => new Sample(
                of.Totals.Ended.Where(e => e.Outcome == o).Sum(e => e.Attempts), ("outcome", NameOf(o))))),
        Counter("attempt_failures_total", "{attempt}", "Attempts that ended without a result, by the class of failure.",
            of => Enum.GetValues<FailureKind>().Select(f => new Sample(
                of.Totals.Ended.Where(e => e.Failure == f).Sum(e => e.Attempts), ("failure", NameOf(f))))),
    ];

    private static LedgerMetric Gauge(
        string name, string unit, string help, Func<LedgerSnapshot, IEnumerable<Sample>> read) =>
        new($"scalinglab_{name}", MetricKind.Gauge, unit, help, read);

    private static LedgerMetric Counter(
        string name, string unit, string help, Func<LedgerSnapshot, IEnumerable<Sample>> read) =>
        new($"scalinglab_{name}", MetricKind.Counter, unit, help, read);

    // As the JSON has it.
    private static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
