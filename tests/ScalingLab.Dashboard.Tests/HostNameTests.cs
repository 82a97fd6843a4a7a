using System.Net;

namespace ScalingLab.Dashboard.Tests;

public sealed class HostNameTests
{
    [Theory]
    [InlineData("dashboard.example", HttpStatusCode.BadRequest)]
    [InlineData("127.0.0.1.dashboard.example", HttpStatusCode.BadRequest)]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("[::1]", HttpStatusCode.OK)]
    public async Task Only_requests_for_this_machine_by_its_own_names_are_answered(string host, HttpStatusCode status)
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("api/sweeps", UriKind.Relative));
        request.Headers.Host = $"{host}:{dashboard.Address.Port}";
        using var answer = await dashboard.Client.SendAsync(request);
        Assert.Equal(status, answer.StatusCode);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(status == HttpStatusCode.OK, text.Contains(WatchedLedger.Sweep, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_answer_keeps_other_pages_out_and_scripts_in()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("api/sweeps", UriKind.Relative));
        request.Headers.Add("Origin", "http://dashboard.example");
        using var answer = await dashboard.Client.SendAsync(request);
        string Header(string name) => Assert.Single(answer.Headers.GetValues(name));
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.Contains("default-src 'self'", Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Equal("same-origin", Header("Cross-Origin-Resource-Policy"));
        Assert.Equal("nosniff", Header("X-Content-Type-Options"));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said_with_exit_code_2()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        var (code, error) = await RunningDashboard.RefusedAsync(ledger.File, dashboard.Address.Port);
        Assert.Equal(2, code);
        Assert.Contains("address already in use", error, StringComparison.Ordinal);
        Assert.Contains("--port", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_file_that_is_no_ledger_is_said_with_exit_code_2()
    {
        using var ledger = new WatchedLedger();
        var file = Path.Combine(ledger.Folder, "other.db");
        await File.WriteAllTextAsync(file, new string('x', 5000));
        var (code, error) = await RunningDashboard.RefusedAsync(file, 0);
        Assert.Equal(2, code);
        Assert.Contains(file, error, StringComparison.Ordinal);
    }
}
