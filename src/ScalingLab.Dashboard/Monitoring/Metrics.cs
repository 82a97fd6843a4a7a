using System.Text;
using System.Text.Json;
using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Dashboard.Monitoring;

/// <summary>GET /metrics: what stands in the ledger, and the page's own requests, as Prometheus reads it.</summary>
internal static class Metrics
{
    // What can end an attempt: each is named, though none did so far.
    private static readonly RunEvent[] Outcomes =
    [
        RunEvent.Finished, RunEvent.FailedForGood, RunEvent.AttemptLost, RunEvent.AttemptsUsedUp, RunEvent.Yielded, RunEvent.Cancelled,
    ];

    public static void MapMetrics(this WebApplication app, LedgerHandle ledger, RequestCounts requests) =>
        app.MapGet("/metrics", () =>
        {
            var text = new PrometheusText();
            ledger.Read(l => Write(text, l));
            text.Counter("scalinglab_page_requests_total", "Requests that the page has answered, by HTTP status.",
                requests.ByStatus.Select(r => new Sample(r.Requests, ("code", $"{r.Status}"))));
            return TypedResults.Text(text.ToString(), PrometheusText.MediaType, Encoding.UTF8);
        }).WithSummary("Metrics in Prometheus' text format").Produces<string>(StatusCodes.Status200OK, PrometheusText.MediaType);

    private static PrometheusText Write(PrometheusText text, Ledger ledger)
    {
        // Those that left say nothing more; one that is missed is 0 until it comes back.
        var (now, nodes, totals) = (ledger.Now, ledger.Nodes().Where(n => n.LeaseUntil is not null).ToList(), ledger.Totals());
        var up = nodes.Where(n => n.LeaseUntil > now).ToList();
        text.Gauge("scalinglab_runs", "Runs of each sweep by state; a run of two sweeps counts in both.",
            ledger.Sweeps().SelectMany(s => Enum.GetValues<RunState>().Select(state =>
                new Sample(s.In(state), ("sweep", s.Name), ("state", RunLifecycle.Word(state))))));
        text.Gauge("scalinglab_node_up", "1 where the node has been at the ledger within its lease, 0 where it is missed; nodes that left are absent.",
            nodes.Select(n => new Sample(n.LeaseUntil > now ? 1 : 0, ("node", n.Node.Name))));
        text.Gauge("scalinglab_node_announced_timestamp_seconds", "When the node was last at the ledger, by the ledger's clock, since 1970.",
            nodes.Select(n => new Sample(n.Announced.ToUnixTimeMilliseconds() / 1000.0, ("node", n.Node.Name))));
        text.Gauge("scalinglab_slots", "Attempts that the device of a node that is up takes at a time.",
            up.SelectMany(n => n.Node.Devices.Select(d => new Sample(d.Slots, Device(n.Node.Name, d.Name)))));

        // What is offered is named though nothing runs on it: a series that comes and goes has no 0.
        var offered = up.SelectMany(n => n.Node.Devices.Select(d => (Node: n.Node.Name, Device: (string?)d.Name)));
        var busy = totals.Busy.ToDictionary(b => (b.Node, b.Device));
        var devices = offered.Union(busy.Keys).ToList();
        text.Gauge("scalinglab_slots_busy", "Attempts under way on the device.",
            devices.Select(d => new Sample(busy.GetValueOrDefault(d)?.Attempts ?? 0, Device(d.Node, d.Device))));
        text.Gauge("scalinglab_tokens_per_second", "Training tokens a second of the attempts under way on the device, as last measured.",
            devices.Select(d => new Sample(busy.GetValueOrDefault(d)?.TokensPerSecond ?? 0, Device(d.Node, d.Device))));

        text.Counter("scalinglab_trained_tokens_total", "Tokens that the completed runs trained on.", new Sample(totals.TokensTrained));
        text.Counter("scalinglab_trained_flops_total", "Exact training FLOPs of the completed runs.", new Sample(totals.FlopsTrained));
        if (totals.EnergyJoules is { } joules)
            text.Counter("scalinglab_energy_joules_total", "Energy of those completed runs that measured it.", new Sample(joules));
        text.Counter("scalinglab_attempts_total", "Attempts that have ended, by what that meant for the run.",
            Outcomes.Select(o => new Sample(totals.Ended.Where(e => e.Outcome == o).Sum(e => e.Attempts), ("outcome", Word(o)))));
        return text.Counter("scalinglab_attempt_failures_total", "Attempts that ended without a result, by the class of failure.",
            Enum.GetValues<FailureKind>().Select(f => new Sample(totals.Ended.Where(e => e.Failure == f).Sum(e => e.Attempts), ("failure", Word(f)))));
    }

    private static (string Name, string Value)[] Device(string node, string? device) => [("node", node), ("device", device ?? "")];

    // As the JSON has it.
    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
