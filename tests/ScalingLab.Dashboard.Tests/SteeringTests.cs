using System.Net;

namespace ScalingLab.Dashboard.Tests;

/// <summary>Who may change things by the page, and how it asks before it does.</summary>
public sealed class SteeringTests
{
    [ChromiumFact]
    public async Task Without_the_token_there_are_no_buttons_the_page_says_how_to_get_them_and_nothing_can_be_changed()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        await using var stranger = await Chromium.OpenAsync(dashboard.Address);
        await stranger.UntilAsync("document.title.includes('ladder') &&"
            + " document.querySelector('#steer').textContent.includes('?token=TOKEN')");
        Assert.Equal(0, (await stranger.ValueAsync("document.querySelectorAll('.steer button,"
            + " dialog').length")).GetInt32());
        string[] changes = ["pause", "resume", "yield", "cancel", "retry", "priority", "window", "deadline"];
        foreach (var change in changes)
        {
            await stranger.ValueAsync($"window.got = 0; fetch('api/sweeps/ladder/{change}', {{ method: 'POST'"
                + $" }}).then(a => window.got = a.status); 0");
            await stranger.UntilAsync($"window.got === {(int)HttpStatusCode.Unauthorized}");
        }
        Assert.False(ledger.IsPaused);
        await stranger.ValueAsync($"location.hash = '#{WatchedLedger.Sweep}/{WatchedLedger.Id(2)}'");
        await stranger.UntilAsync("document.querySelector('#steer-run').textContent.includes('?token=TOKEN')");
        Assert.Equal(0, (await stranger.ValueAsync("document.querySelectorAll('.steer button').length")).GetInt32());
    }

    [ChromiumFact]
    public async Task With_it_each_change_comes_after_a_dialog_in_which_a_refusal_is_said()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        var address = new Uri(dashboard.Address, $"?token={RunningDashboard.Token}");
        await using var chromium = await Chromium.OpenAsync(address);
        await chromium.UntilAsync("document.querySelector('#steer button') && !location.href.includes('token')");

        await AskAsync("pause");
        await chromium.PressAsync("Escape"); // it was only asked
        await chromium.UntilAsync("!document.querySelector('dialog')");
        Assert.False(ledger.IsPaused);
        await AskAsync("pause");
        await chromium.PressAsync("Enter");
        await chromium.UntilAsync("document.querySelector('#steered').textContent === 'ladder is paused'");
        Assert.True(ledger.IsPaused);
        await chromium.UntilAsync("document.querySelector('#sweeps').textContent.includes('paused')");
        await AskAsync("resume");
        await chromium.PressAsync("Enter");
        await chromium.UntilAsync("document.querySelector('#steered').textContent.includes('may go on')");
        Assert.False(ledger.IsPaused);

        await AskAsync("window");
        foreach (var sign in "25:00") await chromium.PressAsync($"{sign}");
        await chromium.PressAsync("Enter");
        // the server's words, and the dialog stays
        await chromium.UntilAsync("document.querySelector('dialog .problem').textContent.includes('25:00')");
        await chromium.ValueAsync("document.querySelector('dialog input').select()");
        foreach (var sign in "20:00-08:00") await chromium.PressAsync($"{sign}");
        await chromium.PressAsync("Enter");
        await chromium.UntilAsync("document.querySelector('#facts').textContent.includes('window20:00-08:00')");
        await AskAsync("priority");
        await chromium.ValueAsync("document.querySelector('dialog input').select()");
        await chromium.PressAsync("7");
        await chromium.PressAsync("Enter");
        await chromium.UntilAsync("document.querySelector('#facts').textContent.includes('priority7')");

        await chromium.ValueAsync($"location.hash = '#{WatchedLedger.Sweep}/{WatchedLedger.Id(3)}'");
        await chromium.UntilAsync("document.querySelectorAll('#steer-run button').length === 2 &&"
            + " document.querySelector('#steer-run button:enabled').textContent === 'retry'");
        await AskAsync("retry", "#steer-run");
        await chromium.PressAsync("Enter");
        await chromium.UntilAsync("document.querySelector('#run-page .facts').textContent.includes('statepending')");
        await AskAsync("cancel", "#steer-run");
        // what cannot be undone is not a key away
        Assert.Equal("Leave it", (await chromium.ValueAsync("document.activeElement.textContent")).GetString());
        await chromium.ValueAsync("document.querySelector('dialog .grave').click()");
        await chromium.UntilAsync("document.querySelector('#run-page .facts').textContent.includes('statecancelled')");
        // the window that was refused
        Assert.DoesNotContain(chromium.Console, line => !line.Contains("status of 400", StringComparison.Ordinal));

        async Task AskAsync(string name, string place = "#steer")
        {
            var button = $"[...document.querySelectorAll('{place} button')].find(b => b.textContent === '{name}')";
            await chromium.UntilAsync($"{button} && !{button}.disabled");
            await chromium.ValueAsync($"{button}.focus()");
            await chromium.PressAsync("Enter");
            await chromium.UntilAsync("document.querySelector('dialog')?.open");
        }
    }
}
