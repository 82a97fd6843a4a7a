using System.Net;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Dashboard.Tests;

/// <summary>Who may look and who may change, by the real program.</summary>
public sealed class AccessControlTests
{
    private const string Token = RunningDashboard.Token;

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a-token-of-the-test")]
    [InlineData("A-token-of-the-tests")]
    [InlineData("a-token-of-the-tests-and-more")]
    public async Task Nothing_is_changed_without_the_token_and_the_whole_of_it(string? token)
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        foreach (var path in new[] { "api/sweeps/ladder/pause", "api/sweeps/ladder/cancel",
            "api/sweeps/ladder/priority", "api/yield", "api/sweeps/ladder", "api/access" })
        {
            var (status, text) = await dashboard.PostAsync(path, token);
            Assert.Equal(HttpStatusCode.Unauthorized, status);
            Assert.DoesNotContain(Token, text, StringComparison.Ordinal);
        }
        Assert.False((await dashboard.GetAsync("api/access")).GetProperty("changes").GetBoolean());
        Assert.Equal((false, 1, null), Stands(ledger));
    }

    [Fact]
    public async Task With_the_token_a_sweep_is_paused_yielded_resumed_cancelled_and_retried()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        async Task<string> Do(string path, string? json = null)
        {
            var (status, text) = await dashboard.PostAsync(path, Token, json);
            Assert.True(status == HttpStatusCode.OK, $"{status}: {text}");
            return text;
        }

        await Do("api/sweeps/ladder/pause");
        Assert.Equal((true, 1, null), Stands(ledger));
        await Do("api/sweeps/ladder/resume");
        await Do("api/sweeps/ladder/yield");
        Assert.Equal((false, 1, Ledger.UntilResumed), Stands(ledger));
        await Do("api/sweeps/ladder/yield", """{ "for": "2h" }""");
        Assert.InRange(Stands(ledger).Yielded!.Value - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(119),
            TimeSpan.FromMinutes(120));
        await Do("api/resume");
        // a sweep's own yield is a sweep's
        Assert.Equal((false, 1, Ledger.UntilResumed), Stands(ledger) with { Yielded = Ledger.UntilResumed });
        await Do("api/sweeps/ladder/resume");
        Assert.Null(Stands(ledger).Yielded);
        Assert.Contains(WatchedLedger.Id(2),
            await Do("api/sweeps/ladder/cancel", $$"""{ "run": "{{WatchedLedger.Id(2)}}" }"""),
            StringComparison.Ordinal);
        Assert.Equal((false, 0, null), Stands(ledger));
        Assert.Contains("2 runs", await Do("api/sweeps/ladder/retry"), StringComparison.Ordinal);

        using var queue = Ledger.OpenSqlite(ledger.File);
        await Do("api/sweeps/ladder/priority", """{ "priority": -3 }""");
        await Do("api/sweeps/ladder/window", """{ "window": "mon-fri 20:00-08:00 Europe/Berlin" }""");
        await Do("api/sweeps/ladder/deadline", """{ "deadline": "2126-01-01T07:30Z" }""");
        Assert.Equal(
            (-3, "mon,tue,wed,thu,fri 20:00-08:00 Europe/Berlin",
                new DateTimeOffset(2126, 1, 1, 7, 30, 0, TimeSpan.Zero)),
            (queue.Find("ladder")!.Priority, queue.Find("ladder")!.Window, queue.Find("ladder")!.Deadline));
        await Do("api/sweeps/ladder/window", """{ "window": null }""");
        await Do("api/sweeps/ladder/deadline", """{ "deadline": null }""");
        Assert.Equal((null, null), (queue.Find("ladder")!.Window, queue.Find("ladder")!.Deadline));
    }

    [Theory]
    [InlineData("api/sweeps/nothing/pause", null, HttpStatusCode.NotFound)]
    [InlineData("api/nodes/nobody/yield", null, HttpStatusCode.NotFound)]
    [InlineData("api/sweeps/ladder/yield", """{ "until": "soon" }""", HttpStatusCode.BadRequest)]
    [InlineData("api/sweeps/ladder/yield", """{ "until": "07:30", "for": "1h" }""", HttpStatusCode.BadRequest)]
    [InlineData("api/sweeps/ladder/cancel", """{ "run": "ffff" }""", HttpStatusCode.BadRequest)]
    [InlineData("api/sweeps/ladder/cancel", """{ "grid": "/etc/passwd" }""", HttpStatusCode.BadRequest)]
    [InlineData("api/sweeps/ladder/cancel", "cancel it", HttpStatusCode.BadRequest)]
    [InlineData("api/sweeps", """{ "grid": "/etc/passwd" }""", HttpStatusCode.MethodNotAllowed)]
    public async Task What_cannot_be_done_is_said_and_changes_nothing(string path, string? json, HttpStatusCode status)
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        Assert.Equal(status, (await dashboard.PostAsync(path, Token, json)).Status);
        Assert.Equal((false, 1, null), Stands(ledger));
    }

    [Fact]
    public async Task The_first_address_gives_a_browser_a_cookie_that_scripts_and_other_sites_do_not_get()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        using var browser =
            new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = dashboard.Address };
        using var wrong = await browser.GetAsync(new Uri("?token=a-token-of-the-test", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.False(wrong.Headers.Contains("Set-Cookie"));

        using var welcome = await browser.GetAsync(new Uri($"?token={Token}", UriKind.Relative));
        Assert.Equal((HttpStatusCode.Redirect, "/"), (welcome.StatusCode, welcome.Headers.Location?.OriginalString));
        var cookie = Assert.Single(welcome.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);

        // The handler keeps the cookie, as a browser does.
        using var paused = await browser.PostAsync(new Uri("api/sweeps/ladder/pause", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.OK, paused.StatusCode);
        Assert.Contains("true", await browser.GetStringAsync(new Uri("api/access", UriKind.Relative)),
            StringComparison.Ordinal);
        var (status, _) =
            await dashboard.PostAsync("api/sweeps/ladder/resume", Token, origin: "http://dashboard.example");
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.True(Stands(ledger).Paused);
    }

    [Fact]
    public async Task Where_other_machines_can_reach_it_even_a_look_needs_the_token()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File, "0.0.0.0");
        foreach (var path
            in new[]
            { "", "api/sweeps", "api/sweeps/ladder/events", "app.js", "api/openapi.json", "healthz", "metrics" })
        {
            using var refused = await dashboard.Client.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            Assert.DoesNotContain(WatchedLedger.Sweep, await refused.Content.ReadAsStringAsync(),
                StringComparison.Ordinal);
        }
        dashboard.Client.DefaultRequestHeaders.Authorization = new("Bearer", Token);
        Assert.Single((await dashboard.GetAsync("api/sweeps")).EnumerateArray());
        Assert.Contains(WatchedLedger.Sweep,
            await dashboard.Client.GetStringAsync(new Uri("metrics", UriKind.Relative)), StringComparison.Ordinal);
    }

    private static (bool Paused, int Running, DateTimeOffset? Yielded) Stands(WatchedLedger watched)
    {
        using var ledger = Ledger.OpenSqlite(watched.File);
        var sweep = ledger.Find(WatchedLedger.Sweep)!;
        return (sweep.Paused, sweep.In(RunState.Running), sweep.YieldedUntil);
    }
}
