using System.Text.Json;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Dashboard.Tests;

/// <summary>The nodes, and the buttons that have them yield.</summary>
public sealed class NodesTests
{
    [Fact]
    public async Task Nodes_say_whether_they_are_there_what_is_in_use_and_until_when_they_yield()
    {
        using var watched = new WatchedLedger();
        watched.ShowSpeed();
        using var ledger = Ledger.OpenSqlite(watched.File);
        Node Of(string name) => new(name, new ProcessIdentity("machine", 3, "now"), [new NodeDevice("cuda:0", 2)]);
        foreach (var (name, seconds) in new[] { ("gone", 600), ("box1", 600), ("missed", 0) })
            Assert.True(ledger.Announce(Of(name), DateTimeOffset.UtcNow, TimeSpan.FromSeconds(seconds)));
        ledger.Leave(Of("gone"));
        Assert.True(ledger.Yield(node: "box1", until: ledger.Now.AddHours(2)));
        Assert.True(ledger.Yield(node: "missed", until: ledger.Now.AddHours(-2)));
        using var dashboard = await RunningDashboard.StartAsync(watched.File);

        var answer = await dashboard.GetAsync("api/nodes");
        Assert.False(answer.TryGetProperty("yieldedUntil", out _));
        Assert.Equal(["box1 True 0/2 yields", "missed False 0/2", "node-a True 1/1"], Lines(answer));
        Assert.True(ledger.Yield());
        answer = await dashboard.GetAsync("api/nodes");
        Assert.Equal(Ledger.UntilResumed, answer.GetProperty("yieldedUntil").GetDateTimeOffset());
        Assert.All(Lines(answer), line => Assert.EndsWith(" yields", line, StringComparison.Ordinal));
    }

    [ChromiumFact]
    public async Task Everything_and_a_node_yield_and_go_on_after_a_dialog_each()
    {
        using var watched = new WatchedLedger();
        watched.ShowSpeed();
        using var ledger = Ledger.OpenSqlite(watched.File);
        using var dashboard = await RunningDashboard.StartAsync(watched.File);
        var address = new Uri(dashboard.Address, $"?token={RunningDashboard.Token}");
        await using var chromium = await Chromium.OpenAsync(address);
        await chromium.UntilAsync("document.querySelector('#steer button') && !location.href.includes('token')");
        await chromium.ValueAsync("location.hash = '#/timeline'");
        await chromium.UntilAsync("document.querySelector('.nodes').textContent.includes('up · cpu: 1 of 1 in use')");

        const string own = ".nodes li .steer";
        await AskAsync("yield everything", "#nodes > .steer");
        foreach (var sign in "4h") await chromium.PressAsync($"{sign}");
        await chromium.PressAsync("Enter");
        await chromium.UntilAsync("document.querySelector('#nodes .steered').textContent === 'everything yields'");
        await chromium.UntilAsync(
            "document.querySelector('#nodes .yields').textContent.startsWith('Everything yields until ')");
        Assert.InRange(ledger.AllYieldedUntil()!.Value - ledger.Now, TimeSpan.FromHours(3.9), TimeSpan.FromHours(4));
        // it yields with everything: it cannot be resumed alone
        await chromium.UntilAsync($"{Button("resume", own)}.disabled");
        await AskAsync("resume everything", "#nodes > .steer");
        await chromium.PressAsync("Enter");
        await chromium.UntilAsync("document.querySelector('#nodes .yields').hidden");
        Assert.Null(ledger.AllYieldedUntil());

        await AskAsync("yield", own);
        Assert.Equal("yield node-a?", (await chromium.ValueAsync("document.querySelector('dialog h2').textContent"))
            .GetString());
        await chromium.RequireAccessibleAsync();
        await chromium.PressAsync("Enter");
        await chromium.UntilAsync("document.querySelector('.nodes').textContent.includes('yielded until resumed')");
        Assert.Equal(Ledger.UntilResumed, Assert.Single(ledger.Nodes()).YieldedUntil);
        Assert.Null(ledger.AllYieldedUntil());
        await AskAsync("resume", own);
        await chromium.PressAsync("Enter");
        await chromium.UntilAsync("document.querySelector('#nodes .steered').textContent === 'node-a may go on'");
        Assert.Null(Assert.Single(ledger.Nodes()).YieldedUntil);
        await chromium.RequireAccessibleAsync();
        Assert.Empty(chromium.Console);

        async Task AskAsync(string name, string place)
        {
            await chromium.UntilAsync($"{Button(name, place)} && !{Button(name, place)}.disabled");
            await chromium.ValueAsync($"{Button(name, place)}.focus()");
            await chromium.PressAsync("Enter");
            await chromium.UntilAsync("document.querySelector('dialog')?.open");
        }
    }

    private static string Button(string name, string place) =>
        $"[...document.querySelectorAll('{place} button')].find(b => b.textContent === '{name}')";

    private static IEnumerable<string> Lines(JsonElement answer) =>
        answer.GetProperty("nodes").EnumerateArray().Select(node =>
        {
            var device = Assert.Single(node.GetProperty("devices").EnumerateArray());
            return $"{node.GetProperty("name")} {node.GetProperty("up")} {device.GetProperty("busy")}/"
                + $"{device.GetProperty("slots")}{(node.TryGetProperty("yieldedUntil", out _) ? " yields" : "")}";
        });
}
