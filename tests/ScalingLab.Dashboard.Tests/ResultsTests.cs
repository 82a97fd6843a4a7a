using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ScalingLab.Dashboard.Tests;

/// <summary>The files of a results folder, and no others.</summary>
public sealed class ResultsTests
{
    [Theory]
    [InlineData("runs.csv", "text/csv")]
    [InlineData("report.md", "text/plain")]
    [InlineData("report.html", "text/html")]
    [InlineData("figures/loss curves.svg", "image/svg+xml")]
    [InlineData("figures/frontier.pdf", "application/pdf")]
    [InlineData("whatever", "application/octet-stream")]
    public async Task A_file_of_the_results_is_served_as_what_it_is(string file, string mediaType)
    {
        using var ledger = new WatchedLedger();
        ledger.WriteResult(file, "what is in it");
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        using var answer = await dashboard.Client.GetAsync(
            new Uri($"results/ladder/{Uri.EscapeDataString(file).Replace("%2F", "/", StringComparison.Ordinal)}",
            UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("what is in it", await answer.Content.ReadAsStringAsync());
        Assert.Equal(mediaType, answer.Content.Headers.ContentType?.MediaType);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Equal(mediaType == "text/html", policy.Contains("script-src", StringComparison.Ordinal));
        Assert.DoesNotContain("allow-same-origin", policy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/results/ladder/../ledger.db")]
    [InlineData("/results/ladder/..%2fledger.db")]
    [InlineData("/results/ladder/%2e%2e/ledger.db")]
    [InlineData("/results/ladder/figures/..%2f..%2fledger.db")]
    [InlineData("/results/ladder//etc/passwd")]
    [InlineData("/results/ladder/%2fetc%2fpasswd")]
    [InlineData("/results/ladder/out")]
    [InlineData("/results/ladder/outside/ledger.db")]
    [InlineData("/results/ladder/figures")]
    [InlineData("/results/ladder/pipe")]
    [InlineData("/results/ladder/nothing.csv")]
    [InlineData("/results/nothing/runs.csv")]
    [InlineData("/results/ladder/a%00b")]
    public async Task What_lies_elsewhere_or_is_no_regular_file_is_not_there(string path)
    {
        using var ledger = new WatchedLedger();
        ledger.WriteResult("figures/one.svg", "<svg/>");
        File.CreateSymbolicLink(Path.Combine(ledger.Results, "out"), ledger.File);
        Directory.CreateSymbolicLink(Path.Combine(ledger.Results, "outside"), ledger.Folder);
        Programs.Run("mkfifo", Path.Combine(ledger.Results, "pipe"));
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", dashboard.Address.Port, late.Token);
        await client.GetStream()
            .WriteAsync(Encoding.ASCII.GetBytes(
            $"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), late.Token);
        using var reader = new StreamReader(client.GetStream());
        var answer = await reader.ReadToEndAsync(late.Token);
        Assert.Matches("^HTTP/1.1 (404|400) ", answer);
        Assert.DoesNotContain("SQLite", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(ledger.Folder, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task From_elsewhere_they_need_the_token()
    {
        using var ledger = new WatchedLedger();
        ledger.WriteResult("runs.csv", "run_id");
        using var dashboard = await RunningDashboard.StartAsync(ledger.File, listen: "0.0.0.0");
        Assert.Equal(HttpStatusCode.Unauthorized, (await dashboard.LookAsync("results/ladder/runs.csv")).Status);
    }

    [ChromiumFact]
    public async Task A_page_among_them_runs_its_own_scripts_and_can_ask_the_server_nothing()
    {
        using var ledger = new WatchedLedger();
        ledger.WriteResult("report.html", """
            <!DOCTYPE html><title>before</title><body><script>
            document.title = 'ran';
            const tried = [];
            const say = (what, how) => { tried.push(`${what} ${how}`); document.body.dataset.tried = tried.join(', '); };
            fetch('/api/sweeps').then(() => say('get', 'open'), () => say('get', 'shut'));
            fetch('/api/sweeps/ladder/pause', { method: 'POST' }).then(() => say('post', 'open'), () => say('post', 'shut'));
            try { document.cookie; say('cookie', 'open'); } catch { say('cookie', 'shut'); }
            </script></body>
            """);
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        await using var chromium = await Chromium.OpenAsync(
            new Uri(dashboard.Address, $"?token={RunningDashboard.Token}"));
        await chromium.UntilAsync("document.title.includes('ladder')");
        await chromium.UntilAsync(
            "(location.pathname === '/' && (location.href = 'results/ladder/report.html'), document.title === 'ran')");
        await chromium.UntilAsync("(document.body.dataset.tried ?? '').split(', ').length === 3");
        await chromium.UntilAsync(
            "document.body.dataset.tried.split(', ').sort().join() === 'cookie shut,get shut,post shut'");
        Assert.False(ledger.IsPaused);
    }
}
