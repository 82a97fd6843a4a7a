using System.Text.Json;

namespace ScalingLab.Dashboard.Tests;

public sealed class EventTests
{
    [Fact]
    public async Task Who_comes_is_told_the_sweep_and_its_curves_and_then_only_what_changed()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        using var events = await EventReader.OpenAsync(dashboard);
        var snapshot = await events.NextAsync("snapshot");
        Assert.Equal(["completed", "running", "failed"], snapshot.GetProperty("runs").EnumerateArray()
            .Select(r => r.GetProperty("state").GetString()));
        var curves = (await events.NextAsync("points")).GetProperty("runs").EnumerateArray().ToList();
        Assert.Equal([WatchedLedger.Id(1), WatchedLedger.Id(2), WatchedLedger.Id(3)],
            curves.Select(r => r.GetProperty("id").GetString()));
        Assert.All(curves, c => Assert.Equal(0, c.GetProperty("from").GetInt64()));

        ledger.Train(50);
        var grown = Assert.Single((await events.NextAsync("points")).GetProperty("runs").EnumerateArray());
        Assert.Equal((WatchedLedger.Id(2), 30L, "[30,50]"),
            (grown.GetProperty("id").GetString(), grown.GetProperty("from").GetInt64(), grown.GetProperty("step")
                .GetRawText()));

        ledger.AcceptTheRunningRun();
        var changed = await events.UntilAsync("changed", e => e.GetProperty("sweep").GetProperty("states")
            .GetProperty("completed").GetInt32() == 2);
        var run = Assert.Single(changed.GetProperty("runs").EnumerateArray());
        Assert.Equal((WatchedLedger.Id(2), "completed"),
            (run.GetProperty("id").GetString(), run.GetProperty("state").GetString()));
        var whole = Assert.Single((await events.NextAsync("points")).GetProperty("runs").EnumerateArray());
        Assert.Equal(("[10,30,50,80]", 0L),
            (whole.GetProperty("step").GetRawText(), whole.GetProperty("from").GetInt64()));
        Assert.Equal(0, await dashboard.EndAsync()); // although somebody listens still
    }

    [Fact]
    public async Task A_run_that_is_retried_begins_its_curve_anew()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        using var events = await EventReader.OpenAsync(dashboard);
        await events.NextAsync("points");
        ledger.TrainAgain(3, 5); // 10 steps long before, 5 now
        var piece = await events.UntilAsync("points", e => e.GetProperty("runs").EnumerateArray()
            .Any(r => r.GetProperty("id").GetString() == WatchedLedger.Id(3)));
        var anew = Assert.Single(piece.GetProperty("runs").EnumerateArray());
        Assert.Equal((0L, "[5]"), (anew.GetProperty("from").GetInt64(), anew.GetProperty("step").GetRawText()));
    }

    [Fact]
    public async Task A_sweep_that_is_given_other_runs_is_told_anew()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        using var events = await EventReader.OpenAsync(dashboard);
        await events.NextAsync("snapshot");
        ledger.AddRun(5);
        var anew = await events.NextAsync("snapshot");
        Assert.Equal([.. new[] { 1, 2, 3, 5 }.Select(WatchedLedger.Id)], anew.GetProperty("runs").EnumerateArray()
            .Select(r => r.GetProperty("id").GetString()!));
    }
}

/// <summary>Server-sent events of the watched sweep, one after the other.</summary>
internal sealed class EventReader(StreamReader reader) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static async Task<EventReader> OpenAsync(RunningDashboard dashboard) => new(new StreamReader(
        await dashboard.Client.GetStreamAsync(new Uri($"api/sweeps/{WatchedLedger.Sweep}/events", UriKind.Relative))));

    /// <summary>The data of the next event of a kind.</summary>
    public Task<JsonElement> NextAsync(string kind) => UntilAsync(kind, _ => true);

    /// <summary>The data of the next event of a kind that is as it should be.</summary>
    public async Task<JsonElement> UntilAsync(string kind, Func<JsonElement, bool> isMeant)
    {
        using var late = new CancellationTokenSource(Patience);
        var now = "";
        while (await reader.ReadLineAsync(late.Token) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal)) now = line["event: ".Length..];
            if (now != kind || !line.StartsWith("data: ", StringComparison.Ordinal)) continue;
            using var data = JsonDocument.Parse(line["data: ".Length..]);
            if (isMeant(data.RootElement)) return data.RootElement.Clone();
        }
        throw new EndOfStreamException($"no event {kind} came");
    }

    public void Dispose() => reader.Dispose();
}
