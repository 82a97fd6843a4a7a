using System.Text.Json;

namespace ScalingLab.Dashboard.Tests;

/// <summary>When sweeps are predicted to end, and what they have cost.</summary>
public sealed class QueueTests
{
    [Fact]
    public async Task A_sweep_says_what_it_has_cost_and_when_it_ends_or_why_nobody_can_tell()
    {
        using var ledger = new WatchedLedger();
        ledger.Queue("later", 5);
        using (var dashboard = await RunningDashboard.StartAsync(ledger.File))
        {
            var queue = await dashboard.GetAsync("api/queue");
            var line = Line(queue, "ladder");
            Assert.False(line.TryGetProperty("endsAbout", out _));
            Assert.Equal("no run has shown its speed yet", line.GetProperty("endsUnknown").GetString());
            Assert.Equal("no node is there that runs it", Line(queue, "later").GetProperty("endsUnknown").GetString());
            Assert.Contains("later: no node is there", queue.GetProperty("endsUnknown")
                .GetString(), StringComparison.Ordinal);
            var spent = line.GetProperty("spent");
            Assert.Equal(1280 + 480 + 160, spent.GetProperty("tokens").GetDouble()); // completed, running, failed
            Assert.Equal("EUR", spent.GetProperty("currency").GetString());
            Assert.Equal(spent.GetProperty("deviceSeconds").GetDouble(), spent.GetProperty("money")
                .GetDouble(), 1e-6); // 1 EUR a second
            Assert.False(spent.TryGetProperty("energyJoules", out _));
            Assert.False(Line(queue, "later").TryGetProperty("spent", out _));
            Assert.False(line.TryGetProperty("report", out _));
        }

        ledger.ShowSpeed();
        ledger.WriteResult("report.html", "<!DOCTYPE html>");
        using var again = await RunningDashboard.StartAsync(ledger.File);
        var known = await again.GetAsync("api/queue");
        var ends = Line(known, "ladder").GetProperty("endsAbout").GetDateTimeOffset();

        // 50 of 80 steps are left: 800 tokens at 10 a second. Then it is the other's turn.
        Assert.InRange(ends - known.GetProperty("now").GetDateTimeOffset(), TimeSpan.FromSeconds(70),
            TimeSpan.FromSeconds(81));
        Assert.True(known.GetProperty("endsAbout").GetDateTimeOffset() > ends);
        Assert.Equal(known.GetProperty("endsAbout").GetDateTimeOffset(), Line(known, "later").GetProperty("endsAbout")
            .GetDateTimeOffset());
        Assert.Equal("results/ladder/report.html", Line(known, "ladder").GetProperty("report").GetString());

        var run = (await again.GetAsync("api/sweeps/later")).GetProperty("runs")[0];
        Assert.Equal((ends, Line(known, "later").GetProperty("endsAbout").GetDateTimeOffset()),
            (run.GetProperty("begins").GetDateTimeOffset(), run.GetProperty("ends").GetDateTimeOffset()));

        var timeline = await again.GetAsync("api/timeline?hours=1");
        Assert.Equal(["node-a//0", "node-a/cpu/0"], timeline.GetProperty("lanes").EnumerateArray()
            .Select(l => l.GetProperty("key").GetString()).Order());
        var bars = timeline.GetProperty("bars").EnumerateArray()
            .Select(b => $"{b.GetProperty("state")} {b.GetProperty("predicted")}").Order();
        Assert.Equal(["completed False", "failed False", "running True", "waiting True"], bars);
        Assert.Equal((1, 0), (timeline.GetProperty("waiting").GetInt32(), timeline.GetProperty("more").GetInt32()));
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, (await again.LookAsync("api/timeline?hours=-1")).Status);
    }

    private static JsonElement Line(JsonElement queue, string sweep) =>
        queue.GetProperty("sweeps").EnumerateArray().Single(s => s.GetProperty("name").GetString() == sweep);
}
