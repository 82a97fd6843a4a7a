namespace ScalingLab.Dashboard.Tests;

/// <summary>The page for who has keys alone, a screen reader, dark paper, or another window in front.</summary>
public sealed class AccessiblePageTests
{
    [ChromiumFact]
    public async Task Axe_finds_nothing_serious_in_any_view_in_light_and_dark_at_1400_and_400_pixels()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        var address = new Uri(dashboard.Address, $"?token={RunningDashboard.Token}");
        await using var chromium = await Chromium.OpenAsync(address);
        foreach (var (scheme, width) in new[] { ("light", 1400), ("dark", 400), ("dark", 1400), ("light", 400) })
        {
            await chromium.PreferAsync(scheme, reducedMotion: true);
            await chromium.WidthAsync(width, 900);
            await chromium.ValueAsync($"location.hash = '#{WatchedLedger.Sweep}'");
            await chromium.UntilAsync("document.querySelector('#curves .plot')?.dataset.drawn &&"
                + " document.querySelectorAll('.runs tbody').length === 3");
            await chromium.RequireAccessibleAsync();
            await chromium.ValueAsync("[...document.querySelectorAll('#steer button')].find(b => b.textContent ==="
                + " 'window').click()");
            await chromium.UntilAsync("document.querySelector('dialog')?.open");
            await chromium.RequireAccessibleAsync();
            await chromium.PressAsync("Escape");
            await chromium.ValueAsync($"location.hash = '#{WatchedLedger.Sweep}/{WatchedLedger.Id(3)}'");
            await chromium.UntilAsync("document.querySelector('#run-curves .plot')?.dataset.drawn &&"
                + " document.querySelector('#run-attempts tbody tr')");
            await chromium.RequireAccessibleAsync();
            await chromium.ValueAsync("location.hash = '#/timeline'");
            await chromium.UntilAsync("document.querySelector('.lanes a')");
            await chromium.RequireAccessibleAsync();
        }
    }

    [ChromiumFact]
    public async Task By_keys_alone_one_comes_to_a_curve_its_points_its_runs_page_and_along_the_timeline()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        await using var chromium = await Chromium.OpenAsync(dashboard.Address);
        await chromium.UntilAsync("document.querySelector('#curves .plot')?.dataset.drawn &&"
            + " document.querySelectorAll('.runs tbody').length === 3");
        await chromium.PressAsync("Tab");
        Assert.Equal("skip", (await chromium.ValueAsync("document.activeElement.className")).GetString());
        await chromium.PressAsync("Enter");
        Assert.Equal("main", (await chromium.ValueAsync("document.activeElement.id")).GetString());
        Assert.Equal("", (await chromium.ValueAsync("location.hash")).GetString()); // no sweep of that name is meant
        await TabUntilAsync("document.activeElement.matches('#curves .stage')");
        await chromium.PressAsync("ArrowRight"); // the end of the lowest curve
        await chromium.UntilAsync("document.querySelector('#curves output').textContent.includes('training loss')");
        var first = (await chromium.ValueAsync("document.querySelector('#curves output').textContent")).GetString()!;
        await chromium.PressAsync("ArrowUp");
        var next = (await chromium.ValueAsync("document.querySelector('#curves output').textContent")).GetString()!;
        Assert.NotEqual(first.Split(';')[0], next.Split(';')[0]);
        await chromium.PressAsync("Home");
        await chromium.UntilAsync($"document.querySelector('#curves output').textContent !=="
            + $" {System.Text.Json.JsonSerializer.Serialize(next)}");
        await chromium.PressAsync("+");
        await chromium.UntilAsync("!document.querySelector('#curves .whole').hidden");
        await chromium.PressAsync("0");
        await chromium.UntilAsync("document.querySelector('#curves .whole').hidden");
        await chromium.PressAsync("Enter");
        await chromium.UntilAsync("!document.querySelector('#run').hidden && document.activeElement.id ==="
            + " 'run-name' && location.hash.includes('/')");

        await chromium.ValueAsync("location.hash = '#/timeline'");
        await chromium.UntilAsync("document.querySelector('.lanes a')");
        await TabUntilAsync("document.activeElement.matches('.lanes a')");
        Assert.Equal(1, (await chromium.ValueAsync("document.querySelectorAll('.lanes"
            + " a[tabindex=\"0\"]').length")).GetInt32());
        await chromium.PressAsync("Enter");
        await chromium.UntilAsync("!document.querySelector('#run').hidden && document.activeElement.id === 'run-name'");
        Assert.Equal(0, (await chromium.ValueAsync("[...document.querySelectorAll('[aria-live], [role=status]')]"
            + ".filter(e => e.contains(document.querySelector('table')) ||"
                + " e.contains(document.querySelector('.facts'))).length")).GetInt32());

        async Task TabUntilAsync(string so)
        {
            for (var presses = 0; presses < 60; presses++)
            {
                await chromium.PressAsync("Tab");
                if ((await chromium.ValueAsync(so)).GetBoolean()) return;
            }
            Assert.Fail($"no way by Tab to {so}");
        }
    }

    [ChromiumFact]
    public async Task The_theme_follows_the_system_until_it_is_chosen_and_the_choice_stays()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        await using var chromium = await Chromium.OpenAsync(dashboard.Address);
        const string paper = "getComputedStyle(document.body).backgroundColor";
        const string corner = "[...document.querySelector('#curves canvas').getContext('2d').getImageData(1, 1, 1,"
            + " 1).data].join()";
        await chromium.PreferAsync("dark");
        await chromium.UntilAsync($"{paper} === 'rgb(21, 24, 28)' && {corner} === '21,24,28,255'"); // the curves too
        await chromium.PreferAsync("light");
        await chromium.UntilAsync($"{paper} === 'rgb(255, 255, 255)' && {corner} === '255,255,255,255'");
        foreach (var _ in (int[])[1, 2]) await chromium.ValueAsync("document.querySelector('#theme').click()");
        await chromium.UntilAsync($"document.querySelector('#theme').textContent === 'Theme: dark' && {paper} ==="
            + $" 'rgb(21, 24, 28)' && {corner} === '21,24,28,255'");
        await chromium.ValueAsync("location.reload()");
        await chromium.UntilAsync($"document.querySelector('#theme')?.textContent === 'Theme: dark' && {paper} ==="
            + $" 'rgb(21, 24, 28)'");
    }

    [ChromiumFact]
    public async Task Who_asked_is_told_once_that_a_sweep_has_ended_and_the_title_says_it_until_somebody_looks()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        await using var chromium = await Chromium.OpenAsync(dashboard.Address);
        await chromium.UntilAsync("document.title.startsWith('2/3')");
        // The browser's own notifications need a desktop.
        await chromium.ValueAsync("window.told = []; window.Notification = class { static permission = 'default';"
            + " static async requestPermission() { return this.permission = 'granted'; } constructor(title, more) {"
                + " told.push(`${title}: ${more.body}`); } }; 0");
        await chromium.ValueAsync("document.querySelector('#notify').click()");
        await chromium.UntilAsync("document.querySelector('#notify').ariaPressed === 'true'");
        ledger.AcceptTheRunningRun();
        await chromium.UntilAsync("document.title.startsWith('✓ ladder has ended')");
        Assert.Equal("ladder has ended: 1 failed, 2 completed", (await chromium.ValueAsync("told.join()")).GetString());
        Assert.Equal("ladder has ended: 1 failed, 2"
            + " completed", (await chromium.ValueAsync("document.querySelector('#news').textContent")).GetString());
        await chromium.ClickAsync(600, 5);
        await chromium.UntilAsync("document.title.startsWith('3/3')");
        Assert.Equal(1, (await chromium.ValueAsync("told.length")).GetInt32());
    }
}
