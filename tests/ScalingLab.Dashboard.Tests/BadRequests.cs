using System.Net.Sockets;
using System.Text;

namespace ScalingLab.Dashboard.Tests;

/// <summary>
/// Requests that no client of the page makes, written by hand: one status, one line in the log, and the page goes on.
/// </summary>
public sealed class BadRequests
{
    private const string Post = "POST /api/sweeps/ladder/pause HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
        + RunningDashboard.Token + "\r\n";

    [Fact]
    public async Task A_body_that_is_no_body_is_answered_with_its_status_and_leaves_one_line_in_the_log()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        (string Request, int Status)[] requests =
        [
            (Post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n", 400),
            (Post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
            (Post + "Transfer-Encoding: chunked\r\n\r\nnone\r\n", 400),
            (Post + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: \0\r\n\r\n", 400),
            (Post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: \xFF\r\n\r\n", 400),
            (Post + "Content-Length: 99999999999999999999\r\n\r\n", 400),
            (Post + "Content-Length: -1\r\n\r\n", 400),
            (Post + $"Content-Length: {1 << 20}\r\n\r\n", 413),
            (Post + "Content-Length: 9\r\n\r\n{\"run\":1}", 400),
            (Post.Replace("pause", "cancel", StringComparison.Ordinal) + "Content-Length: 9\r\n\r\n{\"run\":1}", 400),
            (Post.Replace("pause", "cancel", StringComparison.Ordinal)
                + "Content-Length: 16\r\n\r\n{\"run\":\"\\ud800\"}", 400),
            (Post.Replace("pause", "cancel", StringComparison.Ordinal) + "Content-Length: 4\r\n\r\nnull", 400),
            (Post.Replace("pause", "cancel", StringComparison.Ordinal) + "Content-Length: 4\r\n\r\n\0\xFF\xFE\0", 400),
            (Post.Replace("pause", "cancel", StringComparison.Ordinal)
                + $"Content-Length: 4000\r\n\r\n{new string('[', 4000)}", 400),
            (Post.Replace("POST", "GET", StringComparison.Ordinal).Replace("/pause", "", StringComparison.Ordinal)
                + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n", 200),
        ];
        foreach (var (request, status) in requests) Assert.Equal((request, status),
            (request, await StatusAsync(dashboard.Address.Port, request)));

        Assert.False(ledger.IsPaused);
        Assert.Single((await dashboard.GetAsync("api/sweeps")).EnumerateArray());
        var log = await dashboard.LogAsync();
        Assert.All(log, line => Assert.StartsWith("dashboard: POST "
            + "/api/sweeps/ladder/", line, StringComparison.Ordinal));
        Assert.InRange(log.Length, 1, requests.Length);
    }

    [Theory]
    [InlineData("api/sweeps/ladder/pause", """{ "run": "1" }""")]
    [InlineData("api/sweeps/ladder/pause", """{ "for": "1h" }""")]
    [InlineData("api/sweeps/ladder/resume", """{ "run": "1" }""")]
    [InlineData("api/sweeps/ladder/yield", """{ "run": "1" }""")]
    [InlineData("api/sweeps/ladder/yield", """{ "for": "1h", "for": "2h" }""")]
    [InlineData("api/sweeps/ladder/cancel", """{ "until": "07:30" }""")]
    [InlineData("api/sweeps/ladder/cancel", """{ "RUN": "1" }""")]
    [InlineData("api/sweeps/ladder/cancel?run=1", null)]
    [InlineData("api/sweeps/ladder/retry", """{ "for": "1h" }""")]
    [InlineData("api/sweeps/ladder/priority", null)]
    [InlineData("api/sweeps/ladder/priority", """{ "priority": "high" }""")]
    [InlineData("api/sweeps/ladder/priority", """{ "priority": 1.5 }""")]
    [InlineData("api/sweeps/ladder/window", "{}")]
    [InlineData("api/sweeps/ladder/window", """{ "window": "at night" }""")]
    [InlineData("api/sweeps/ladder/deadline", """{ "window": null }""")]
    [InlineData("api/sweeps/ladder/deadline", """{ "deadline": "2001-01-01T00:00Z" }""")]
    [InlineData("api/yield", """{ "run": "1" }""")]
    [InlineData("api/resume", """{ "sweep": "ladder" }""")]
    [InlineData("api/nodes/node-a/yield", """{ "run": "1" }""")]
    [InlineData("api/nodes/node-a/resume", """{ "run": "1" }""")]
    public async Task A_field_that_a_change_does_not_know_is_refused_and_nothing_changed(string path, string? json)
    {
        var (ledger, dashboard) = (Shared.Value.Ledger, await Shared.Value.Dashboard);
        var (status, text) = await dashboard.PostAsync(path, RunningDashboard.Token, json);
        Assert.True(status == System.Net.HttpStatusCode.BadRequest, $"{status}: {text}");
        Assert.False(ledger.IsPaused);
        Assert.Equal(1,
            (await dashboard.GetAsync("api/sweeps"))[0].GetProperty("states").GetProperty("running").GetInt32());
    }

    // One program for all the cases: none of them changes anything. Both end with the tests' process.
    private static readonly Lazy<(WatchedLedger Ledger, Task<RunningDashboard> Dashboard)> Shared = new(() =>
    {
        var ledger = new WatchedLedger();
        return (ledger, RunningDashboard.StartAsync(ledger.File));
    });

    private static async Task<int> StatusAsync(int port, string request)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, late.Token);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request), late.Token);
        using var answer = new StreamReader(client.GetStream());
        return int.Parse((await answer.ReadLineAsync(late.Token))!.Split(' ')[1],
            System.Globalization.CultureInfo.InvariantCulture);
    }
}
