using System.Net;
using System.Text.Json;
using ScalingLab.Dashboard.Sources;

namespace ScalingLab.Dashboard.Tests;

/// <summary>What is told of one run.</summary>
public sealed class RunPageTests
{
    [Fact]
    public async Task A_run_has_its_specification_attempts_curve_and_telemetry()
    {
        using var ledger = new WatchedLedger();
        ledger.WriteLog(3, 1, "said");
        using var dashboard = await RunningDashboard.StartAsync(ledger.File, state: ledger.Folder);
        var page = await dashboard.GetAsync($"api/sweeps/ladder/runs/{WatchedLedger.Id(3)}");
        Assert.Equal("3x24 1e7 positions=rotary seed 1", page.GetProperty("title").GetString());
        Assert.Equal(24, page.GetProperty("spec").GetProperty("shape").GetProperty("width").GetInt32());
        Assert.Equal("failed", page.GetProperty("run").GetProperty("state").GetString());
        var attempt = Assert.Single(page.GetProperty("attempts").EnumerateArray());
        Assert.Equal(("node-a", "failed-for-good", "diverged", "the loss became <NaN>", true), (
            attempt.GetProperty("node").GetString(), attempt.GetProperty("outcome")
                .GetString(), attempt.GetProperty("failureKind").GetString(),
            attempt.GetProperty("message").GetString(), attempt.GetProperty("log").GetBoolean()));
        Assert.Equal("[5,10]", page.GetProperty("curve").GetProperty("step").GetRawText());
        Assert.Equal("[null,null]", page.GetProperty("curve").GetProperty("gradientNorm").GetRawText());
        Assert.False(page.TryGetProperty("telemetry", out _)); // nobody measured anything
        Assert.False(page.TryGetProperty("sampleCommand", out _)); // it has no model

        Directory.CreateDirectory(Path.Combine(ledger.Folder, "checkpoints", WatchedLedger.Id(1)));
        var completed = await dashboard.GetAsync($"api/sweeps/ladder/runs/{WatchedLedger.Id(1)}");
        Assert.Equal($"lab sample {WatchedLedger.Id(1)}", completed.GetProperty("sampleCommand").GetString());
        Assert.False(completed.GetProperty("attempts")[0].GetProperty("log").GetBoolean());
    }

    [Theory]
    [InlineData("runs/nothing", "has no run 'nothing'")]
    [InlineData("runs/nothing/log", "has no run 'nothing'")]
    [InlineData("runs/1/log", "made by node-a, whose state folder has it as logs/")]
    [InlineData("runs/1/log?attempt=7", "there was no attempt 7 at the run")]
    public async Task What_is_not_there_says_why_and_where_it_is(string path, string why)
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File, state: ledger.Folder);
        var (status, text) = await dashboard.LookAsync(
            $"api/sweeps/ladder/{path.Replace("runs/1/", $"runs/{WatchedLedger.Id(1)}/", StringComparison.Ordinal)}");
        Assert.Equal(HttpStatusCode.NotFound, status);
        using var problem = JsonDocument.Parse(text);
        Assert.Contains(why, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_is_text_whatever_is_in_it_and_of_a_long_one_the_end_is_shown_and_who_said_nothing_has_an_empty_one()
    {
        using var ledger = new WatchedLedger();
        ledger.WriteLog(3, 1, "");
        ledger.WriteLog(2, 1, "<script>owned()</script> \u00e4\n");
        ledger.WriteLog(1, 1, string.Concat(Enumerable.Range(0, 20_000).Select(i => $"line {i} \u00e4\n")));
        using var dashboard = await RunningDashboard.StartAsync(ledger.File, state: ledger.Folder);
        using var answer = await dashboard.Client.GetAsync(
            new Uri($"api/sweeps/ladder/runs/{WatchedLedger.Id(2)}/log?attempt=1", UriKind.Relative));
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("<script>owned()</script> \u00e4\n", await answer.Content.ReadAsStringAsync());

        Assert.Equal((HttpStatusCode.OK, ""),
            await dashboard.LookAsync($"api/sweeps/ladder/runs/{WatchedLedger.Id(3)}/log"));
        var (_, tail) = await dashboard.LookAsync($"api/sweeps/ladder/runs/{WatchedLedger.Id(1)}/log");
        Assert.StartsWith("line ", tail, StringComparison.Ordinal);
        Assert.EndsWith("line 19999 \u00e4\n", tail, StringComparison.Ordinal);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(tail), StateFiles.MaxTailBytes - 100,
            StateFiles.MaxTailBytes);
    }
}
