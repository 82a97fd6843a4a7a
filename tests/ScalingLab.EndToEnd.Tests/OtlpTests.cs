using System.Globalization;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>Metrics that are sent to a collector, beside those that Prometheus fetches.</summary>
public sealed class OtlpTests
{
    // What moves from one second to the next.
    private static readonly string[] Moving =
        ["scalinglab_node_announced_timestamp_seconds", "scalinglab_tokens_per_second"];

    [Fact]
    public async Task A_collector_is_sent_what_Prometheus_fetches_from_when_it_is_there_until_the_node_has_ended()
    {
        using var queue = new QueueLab(Place.Sqlite);
        queue.WriteGrid("night", seeds: 2, steps: 4);
        await queue.DoAsync("queue", "grid.json", "--out", queue.Lab.Out);
        var port = OtlpListener.FreePort();
        queue.Lab.Environment["OTEL_METRIC_EXPORT_INTERVAL"] = "200";
        queue.Lab.Environment["OTEL_EXPORTER_OTLP_HEADERS"] = "authorization=Bearer of-the-tests";
        var lab = queue.Start("serve", "--port", "0", "--name", "box1", "--otlp", $"http://127.0.0.1:{port}");
        await lab.UntilAsync(
            () => lab.HasSaid($"metrics cannot be sent to http://127.0.0.1:{port} ("), "a word of failure");

        using var collector = new OtlpListener(port);
        await lab.UntilAsync(() => lab.HasSaid($"metrics are heard by http://127.0.0.1:{port} again"), "the collector");
        await lab.UntilAsync(() => lab.HasSaid("reported night"), "the end of the sweep");
        const string completed = "scalinglab_runs|state=completed|sweep=night";
        await lab.UntilAsync(
            () => collector.Latest?.Values.GetValueOrDefault(completed) == 2, "the metrics of that");
        using var client = new HttpClient { BaseAddress = new Uri(lab.Said().Split('\n')
            .Single(l => l.StartsWith("dashboard: http", StringComparison.Ordinal)).Split(' ')[1]) };
        var fetched = Fetched(await client.GetStringAsync(new Uri("metrics", UriKind.Relative)));
        var sent = collector.Latest!;

        Assert.Equal("POST /v1/metrics application/x-protobuf Bearer of-the-tests", sent.Head);
        Assert.Equal(("scalinglab", "box1"), (sent.Resource["service.name"], sent.Resource["service.instance.id"]));
        Assert.Equal(fetched.Keys.Order(StringComparer.Ordinal), sent.Values.Keys.Order(StringComparer.Ordinal));
        Assert.All(fetched.Where(f => !Moving.Contains(f.Key.Split('|')[0])),
            f => Assert.Equal(f.Value, sent.Values[f.Key]));
        Assert.All(sent.Kinds,
            k => Assert.Equal(k.Key.EndsWith("_total", StringComparison.Ordinal), k.Value == "counter"));
        Assert.Equal(2, sent.Values["scalinglab_attempts_total|outcome=finished"]);

        lab.Signal(RunningLab.Terminate);
        Assert.Equal(0, (await lab.EndAsync(TimeSpan.FromMinutes(1))).ExitCode);
        Assert.DoesNotContain("scalinglab_node_up|node=box1", collector.Latest!.Values.Keys); // it said that it goes
    }

    [Theory]
    [InlineData("ftp://host", "is no http or https address")]
    [InlineData("host:4318", "is no http or https address")]
    [InlineData("http://me:secret@host:4318", "has a user in it")]
    public async Task An_address_that_cannot_be_is_refused_without_its_secret(string address, string why)
    {
        using var lab = new Lab();
        var refused = await lab.RunAsync("node", "--otlp", address);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains($"--otlp: {why}", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_alone_sends_nothing_and_says_so()
    {
        using var lab = new Lab();
        var refused = await lab.RunAsync(
            "serve", "--page-only", "--otlp", "http://127.0.0.1:1", "--notify", "http://127.0.0.1:1");
        Assert.Equal(2, refused.ExitCode);
        Assert.Equal(["--notify", "--otlp"], refused.Problems.Select(p => p.Split(':')[0]).Order());
    }

    private static Dictionary<string, double> Fetched(string text) => text.Split('\n')
        .Where(line => line.Length > 0 && line[0] != '#')
        .Where(line => !line.StartsWith("scalinglab_page_", StringComparison.Ordinal))
        .Select(line => line.Split('{', '}', ' ')).ToDictionary(
            words => words[0] + string.Concat(words[1..^1].SelectMany(labels => labels.Split(','))
                .Where(label => label.Length > 0)
                .Select(label => $"|{label.Replace("\"", "", StringComparison.Ordinal)}")
                .Order(StringComparer.Ordinal)),
            words => double.Parse(words[^1], CultureInfo.InvariantCulture));
}
