using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using ScalingLab.Runs;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Dashboard.Tests;

/// <summary>What other programs watch: /healthz and /metrics of the real program.</summary>
public sealed partial class MonitoringTests
{
    private static readonly ProcessIdentity Process = new("machine", 17, "at noon");
    private static readonly Node Node = new("box1", Process, [new NodeDevice("cuda:0", 1), new NodeDevice("cpu", 2)]);

    [Fact]
    public async Task Health_is_a_ledger_that_can_be_read_and_a_node_that_was_at_it_within_its_lease()
    {
        using var watched = new WatchedLedger();
        using var ledger = Ledger.OpenSqlite(watched.File);
        using var dashboard = await RunningDashboard.StartAsync(watched.File, node: Process);
        async Task<(HttpStatusCode, string?, string?)> HealthAsync()
        {
            var (status, text) = await dashboard.LookAsync("healthz");
            Assert.Equal(text.Length - 1, text.IndexOf('\n', StringComparison.Ordinal));
            using var json = JsonDocument.Parse(text);
            string? Field(string name) =>
                json.RootElement.TryGetProperty(name, out var field) ? field.GetString() : null;
            Assert.Equal(status == HttpStatusCode.OK ? "ok" : "unavailable", Field("status"));
            return (status, Field("node"), Field("why"));
        }
        void Announce(TimeSpan lease) => Assert.True(ledger.Announce(Node, DateTimeOffset.UtcNow, lease));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, null, "the node has not yet been at the ledger"),
            await HealthAsync());
        Announce(TimeSpan.FromMinutes(10));
        Assert.Equal((HttpStatusCode.OK, "box1", null), await HealthAsync());
        Announce(TimeSpan.Zero);
        var (status, node, why) = await HealthAsync();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "box1"), (status, node));
        Assert.Matches("^the node was last at the ledger [0-9.]+ s ago$", why);
        ledger.Leave(Node);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "box1", "the node has left"), await HealthAsync());
        File.Move(watched.File, watched.File + ".away");
        Assert.StartsWith("there is no ledger", (await HealthAsync()).Item3, StringComparison.Ordinal);
        Directory.CreateDirectory(watched.File);
        Assert.StartsWith("the ledger cannot be read: ", (await HealthAsync()).Item3, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_say_what_stands_in_the_ledger_in_the_format_that_Prometheus_reads()
    {
        using var watched = new WatchedLedger();
        watched.AddHostile();
        using var ledger = Ledger.OpenSqlite(watched.File);
        Assert.True(ledger.Announce(Node, DateTimeOffset.UtcNow, TimeSpan.FromMinutes(10)));
        Assert.True(ledger.Announce(new Node("missed", Process, []), DateTimeOffset.UtcNow, TimeSpan.Zero));
        using var dashboard = await RunningDashboard.StartAsync(watched.File);
        Assert.Equal((HttpStatusCode.OK, "{\"status\":\"ok\"}\n"), await dashboard.LookAsync("healthz"));
        using var answer = await dashboard.Client.GetAsync(new Uri("metrics", UriKind.Relative));
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        var samples = Read(await answer.Content.ReadAsStringAsync());

        Assert.Equal(1, samples["runs|sweep=ladder|state=completed"]);
        Assert.Equal(0, samples["runs|sweep=ladder|state=pending"]);
        Assert.Equal(1, samples[$"runs|sweep={WatchedLedger.Hostile}|state=failed"]);
        Assert.Equal((1, 0), (samples["node_up|node=box1"], samples["node_up|node=missed"]));
        Assert.InRange(samples["node_announced_timestamp_seconds|node=box1"], DateTimeOffset.UtcNow.ToUnixTimeSeconds()
            - 120, 1e11);
        Assert.Equal((1, 2), (samples["slots|node=box1|device=cuda:0"], samples["slots|node=box1|device=cpu"]));
        Assert.Equal((0, 1),
            (samples["slots_busy|node=box1|device=cuda:0"], samples["slots_busy|node=node-a|device="]));
        Assert.Equal(0, samples["tokens_per_second|node=box1|device=cpu"]);
        var spec = TinyCell.Create(1).Spec;
        Assert.Equal((spec.Tokens, spec.Flops), (samples["trained_tokens_total"], samples["trained_flops_total"]));
        Assert.DoesNotContain("energy_joules_total", samples.Keys); // nobody measured it
        Assert.Equal((1, 2, 0),
            (samples["attempts_total|outcome=finished"], samples["attempts_total|outcome=failed-for-good"],
            samples["attempts_total|outcome=yielded"]));
        Assert.Equal((1, 0),
            (samples["attempt_failures_total|failure=diverged"],
                samples["attempt_failures_total|failure=out-of-memory"]));
        Assert.Equal(1, samples["page_requests_total|code=200"]);
    }

    /// <summary>
    /// Values by name and labels; every line must be one that the format knows, and each metric one group with its help
    /// and type.
    /// </summary>
    private static Dictionary<string, double> Read(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var samples = new Dictionary<string, double>();
        var metrics = new HashSet<string>();
        var lines = text.Split('\n')[..^1];
        for (var i = 0; i < lines.Length;)
        {
            var help = Help().Match(lines[i++]);
            var type = Type().Match(lines[i++]);
            var name = help.Groups["name"].Value;
            Assert.True(help.Success && type.Success && name == type.Groups["name"].Value && metrics.Add(name),
                lines[i - 1]);
            Assert.Equal(type.Groups["type"].Value == "counter", name.EndsWith("_total", StringComparison.Ordinal));
            for (var first = i; i < lines.Length && (i == first || !lines[i].StartsWith('#')); i++)
            {
                var sample = Sample().Match(lines[i]);
                Assert.True(sample.Success && sample.Groups["name"].Value == name, lines[i]);
                var labels =
                    sample.Groups["label"].Captures.Zip(sample.Groups["text"].Captures,
                        (l, t) => $"|{l.Value}={Plain(t.Value)}");
                samples.Add(name["scalinglab_".Length..] + string.Concat(labels),
                    double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture));
            }
        }
        return samples;
    }

    private static string Plain(string text) => Escape().Replace(text, m => m.Value == "\\n" ? "\n" : m.Value[1..]);

    [GeneratedRegex(@"^# HELP (?<name>scalinglab_[a-z_]+) [^\\]+\.$")]
    private static partial Regex Help();

    [GeneratedRegex("^# TYPE (?<name>scalinglab_[a-z_]+) (?<type>counter|gauge)$")]
    private static partial Regex Type();

    [GeneratedRegex("""^(?<name>[a-z_]+)(\{(,?(?<label>[a-z_]+)="(?<text>([^"\\\n]|\\["\\n])*)")+\})? (?<value>[-+.0-9E]+|NaN|[-+]Inf)$""")]
    private static partial Regex Sample();

    [GeneratedRegex(@"\\.")]
    private static partial Regex Escape();
}
