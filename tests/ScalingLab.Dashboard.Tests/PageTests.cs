using ScalingLab.Tests;

namespace ScalingLab.Dashboard.Tests;

public sealed class PageTests
{
    [ChromiumFact]
    public async Task The_page_shows_the_runs_and_curves_that_grow_in_chromium_without_a_word_on_the_console()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        await using var chromium = await Chromium.OpenAsync(dashboard.Address, Path.Combine(ledger.Folder, "profile"));
        await chromium.UntilAsync("document.querySelector('#plot svg')");
        var page = await chromium.DocumentAsync();
        Assert.Contains("<title>2/3 ladder", page, StringComparison.Ordinal);
        Assert.Contains("Does it &lt;b&gt;learn&lt;/b&gt;?", page, StringComparison.Ordinal); // a name or question is text, never HTML
        Assert.Contains("diverged: the loss became &lt;NaN&gt;", page, StringComparison.Ordinal);
        Assert.All([1, 2, 3], size => Assert.Contains(WatchedLedger.Id(size), page, StringComparison.Ordinal));
        Assert.Contains("30/80", page, StringComparison.Ordinal);
        await chromium.UntilAsync("document.querySelector('#plot').dataset.points === '6'"); // 3 runs, 2 validation losses each
        await chromium.UntilAsync("document.querySelectorAll('#plot .dots ellipse, #plot .dots circle').length === 6");

        ledger.AcceptTheRunningRun();
        await chromium.UntilAsync("document.title.startsWith('3/3') && document.querySelector('#plot').dataset.points === '7'");
        await chromium.UntilAsync("document.querySelectorAll('#plot .dots ellipse, #plot .dots circle').length === 7");
        Assert.Empty(chromium.Console);
    }

    [ChromiumFact]
    public async Task A_browser_that_opened_the_page_with_its_token_pauses_and_resumes_a_sweep_by_buttons()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        await using (var stranger = await Chromium.OpenAsync(dashboard.Address, Path.Combine(ledger.Folder, "stranger")))
        {
            await stranger.UntilAsync("document.title.includes('ladder')");
            await stranger.UntilAsync("document.querySelector('#steer').hidden");
        }
        var address = new Uri(dashboard.Address, $"?token={RunningDashboard.Token}");
        await using var chromium = await Chromium.OpenAsync(address, Path.Combine(ledger.Folder, "profile"));
        await chromium.UntilAsync("document.querySelector('#steer') && !document.querySelector('#steer').hidden");
        await chromium.UntilAsync("!location.href.includes('token')");
        await Click(0);
        await chromium.UntilAsync("document.querySelector('#sweeps').textContent.includes('(paused)')");
        Assert.True(ledger.IsPaused);
        await Click(1);
        await chromium.UntilAsync("document.querySelector('#steered').textContent.includes('may go on')");
        Assert.False(ledger.IsPaused);
        Assert.Empty(chromium.Console);

        Task Click(int button) => chromium.UntilAsync($"(document.querySelectorAll('#steer button')[{button}].click(), true)");
    }

    [ChromiumFact]
    public async Task Names_and_losses_that_somebody_else_wrote_are_shown_as_text_and_run_nothing()
    {
        using var ledger = new WatchedLedger();
        ledger.AddHostile();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        var address = new Uri(dashboard.Address, $"#{Uri.EscapeDataString(WatchedLedger.Hostile)}");
        await using var chromium = await Chromium.OpenAsync(address, Path.Combine(ledger.Folder, "profile"));
        await chromium.UntilAsync("document.querySelector('#plot svg') && document.querySelector('#name').textContent.includes('<script>owned()</script>')");
        await chromium.UntilAsync("document.querySelector('#plot').dataset.points === '1'"); // above 0, finite, and such as an axis can hold
        await chromium.UntilAsync("document.querySelector('.failure').textContent.includes('crashed: </script><script>owned()')");
        await chromium.UntilAsync("document.querySelectorAll('img, [onload], [onerror]').length === 0");
        await chromium.UntilAsync("[...document.scripts].every(s => s.src.startsWith(location.origin) && !s.textContent)");
        await chromium.UntilAsync("document.documentElement.scrollWidth <= innerWidth"); // a long name is folded
        Assert.Empty(chromium.Console); // a script that the page's policy stops would be an error there
    }
}
