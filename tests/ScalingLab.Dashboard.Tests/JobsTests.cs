using System.Net;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Dashboard.Tests;

/// <summary>
/// Hangfire's dashboard over the ledger, by the real program: names, nodes, who may press its buttons.
/// </summary>
public sealed class JobsTests
{
    [Fact]
    public async Task The_ledgers_runs_are_jobs_with_names_that_say_sweep_run_attempt_and_fence_and_its_nodes_are_servers()
    {
        using var ledger = new WatchedLedger();
        using (var other = Ledger.OpenSqlite(ledger.File))
        {
            other.Announce(new Node("box-7", new ProcessIdentity("m", 1, "then"), [new NodeDevice("cuda:0", 1)]),
                DateTimeOffset.UtcNow, TimeSpan.FromHours(1));
            other.Retry(WatchedLedger.Sweep, new RunId(WatchedLedger.Id(3)));
        }
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        Task<string> Get(string path) => dashboard.Client.GetStringAsync(new Uri(path, UriKind.Relative));
        string Title(int size, int attempt) =>
            AttemptTitle.Format(WatchedLedger.Sweep, TinyCell.Create(size), attempt, attempt);

        Assert.Contains(Title(1, 1), WebUtility.HtmlDecode(await Get("jobs/jobs/succeeded")), StringComparison.Ordinal);
        Assert.Contains(Title(2, 1), WebUtility.HtmlDecode(await Get("jobs/jobs/processing")),
            StringComparison.Ordinal);
        Assert.Contains(Title(3, 1), WebUtility.HtmlDecode(await Get($"jobs/jobs/enqueued/{WatchedLedger.Sweep}")),
            StringComparison.Ordinal);
        Assert.Contains("box-7", await Get("jobs/servers"), StringComparison.Ordinal);
        string[] pages =
            ["jobs", "jobs/jobs/failed", "jobs/jobs/deleted", "jobs/jobs/enqueued", "jobs/jobs/scheduled",
                "jobs/recurring", "jobs/retries"];
        foreach (var page in pages)
            Assert.Contains("ScalingLab", await Get(page), StringComparison.Ordinal);
        var details = WebUtility.HtmlDecode(await Get($"jobs/jobs/details/{WatchedLedger.Id(3)}"));
        Assert.Contains("attempt 1, fence 1, on node-a", details, StringComparison.Ordinal);
        Assert.Contains("the loss became <NaN>", details, StringComparison.Ordinal);
        using var asked = new FormUrlEncodedContent([new("metrics[]", "processing:count")]);
        // a look, though by POST
        using var numbers = await dashboard.Client.PostAsync(new Uri("jobs/stats", UriKind.Relative), asked);
        Assert.Contains("\"value\":\"1\"", await numbers.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_buttons_cancel_and_retry_runs_of_the_ledger_for_who_shows_the_token_and_are_not_there_for_others()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        var (details, delete, requeue) =
            ($"jobs/jobs/details/{WatchedLedger.Id(2)}", $"jobs/jobs/actions/delete/{WatchedLedger.Id(2)}",
                $"jobs/jobs/actions/requeue/{WatchedLedger.Id(2)}");
        Assert.DoesNotContain("actions/", await dashboard.Client.GetStringAsync(new Uri(details, UriKind.Relative)),
            StringComparison.Ordinal);
        foreach (var (token, origin)
            in new[] { (null, null), ("wrong", null), (RunningDashboard.Token, "http://dashboard.example") })
            Assert.Equal(HttpStatusCode.Unauthorized,
                (await dashboard.PostAsync(delete, token, origin: origin)).Status);
        Assert.Equal(RunState.Running, State());

        dashboard.Client.DefaultRequestHeaders.Authorization = new("Bearer", RunningDashboard.Token);
        Assert.Contains("actions/delete", await dashboard.Client.GetStringAsync(new Uri(details, UriKind.Relative)),
            StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, (await dashboard.PostAsync(delete, RunningDashboard.Token)).Status);
        Assert.Equal(RunState.Cancelled, State());
        Assert.Equal(HttpStatusCode.NoContent, (await dashboard.PostAsync(requeue, RunningDashboard.Token)).Status);
        Assert.Equal(RunState.Pending, State());
        var completed = $"jobs/jobs/actions/requeue/{WatchedLedger.Id(1)}";
        // a result stays accepted
        Assert.Equal(HttpStatusCode.UnprocessableEntity,
            (await dashboard.PostAsync(completed, RunningDashboard.Token)).Status);

        RunState State()
        {
            using var store = Ledger.OpenSqlite(ledger.File);
            return store.Records(WatchedLedger.Sweep).Single(r => r.Cell.Spec.Id.Value == WatchedLedger.Id(2)).State;
        }
    }

    [Fact]
    public async Task Below_a_proxys_path_its_addresses_begin_with_it()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        dashboard.Client.DefaultRequestHeaders.Add("X-Forwarded-Prefix", "/lab");
        var page = await dashboard.Client.GetStringAsync(new Uri("jobs/jobs/succeeded", UriKind.Relative));
        Assert.Contains("<html lang=\"en\">", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/lab/jobs/jobs/details/", page, StringComparison.Ordinal);
        Assert.DoesNotContain("href=\"/jobs", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"/jobs", page, StringComparison.Ordinal);
    }

    [ChromiumFact]
    public async Task In_a_browser_its_pages_ask_for_nothing_off_the_machine_break_no_rule_of_the_page_and_run_nothing_that_others_wrote()
    {
        using var ledger = new WatchedLedger();
        ledger.AddHostile();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        var address = new Uri(dashboard.Address, $"jobs?token={RunningDashboard.Token}");
        await using var chromium = await Chromium.OpenAsync(address);
        // the cookie is kept
        await chromium.UntilAsync("location.pathname === '/' && document.readyState === 'complete'");
        foreach (var page
            in new[]
            { "jobs", "jobs/jobs/failed", $"jobs/jobs/details/{WatchedLedger.Id(4)}", "jobs/servers",
                "jobs/jobs/enqueued" })
        {
            await chromium.ValueAsync($"location.href = '/{page}'");
            await chromium.UntilAsync($"location.pathname === '/{page}' && document.readyState === 'complete' && "
                + "document.querySelector('.page-header')");
            await chromium.UntilAsync("performance.getEntriesByType('resource').every(r => "
                + "r.name.startsWith(location.origin))");
            await chromium.UntilAsync("document.querySelectorAll('[onload], [onerror]').length === 0 && "
                + "getComputedStyle(document.body).margin === '0px'");
        }
        Assert.Equal("", string.Join('\n', chromium.Console));
    }
}
