namespace ScalingLab.Dashboard.Tests;

/// <summary>The page in a real browser: what it shows of a ledger, and what others wrote into it.</summary>
public sealed class PageTests
{
    private const string Rows = "[...document.querySelectorAll('.runs tbody')]";

    [ChromiumFact]
    public async Task The_page_shows_the_runs_and_curves_that_grow_in_chromium_without_a_word_on_the_console()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        await using var chromium = await Chromium.OpenAsync(dashboard.Address);
        await chromium.UntilAsync("document.querySelector('#curves .plot')?.dataset.drawn &&"
            + " document.title.startsWith('2/3 ladder')");
        var page = await chromium.DocumentAsync();
        // a name or question is text, never HTML
        Assert.Contains("Does it &lt;b&gt;learn&lt;/b&gt;?", page, StringComparison.Ordinal);
        Assert.Contains("diverged: the loss became &lt;NaN&gt;", page, StringComparison.Ordinal);
        Assert.All([1, 2, 3], size => Assert.Contains(WatchedLedger.Id(size), page, StringComparison.Ordinal));
        Assert.Contains("30/80", page, StringComparison.Ordinal);
        Assert.Equal("running failed completed", (await chromium.ValueAsync(
            $"{Rows}.map(r => r.querySelector('.state').textContent).join(' ')")).GetString()); // what needs eyes first
        await chromium.UntilAsync("document.querySelector('#curves .plot').dataset.curves === '3'");

        ledger.AcceptTheRunningRun();
        await chromium.UntilAsync("document.title.startsWith('3/3')");
        await chromium.UntilAsync("document.querySelector('#facts').textContent.includes('2 completed')");
        await chromium.UntilAsync("document.querySelector('#curves figcaption').textContent.includes('Lowest"
            + " validation loss so far: 2.7500')");
        await chromium.UntilAsync("document.querySelector('#all').textContent.includes('Nothing is left to train')");
        Assert.Equal("completed", (await chromium.ValueAsync(
            $"{Rows}.find(r => r.dataset.run ==="
                + $" '{WatchedLedger.Id(2)}').querySelector('.state').textContent")).GetString());
        await chromium.UntilAsync("performance.getEntriesByType('resource').every(r =>"
            + " r.name.startsWith(location.origin))");
        Assert.Empty(chromium.Console);
    }

    [ChromiumFact]
    public async Task The_table_sorts_filters_and_fits_and_a_phone_shows_a_runs_state_first()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        await using var chromium = await Chromium.OpenAsync(dashboard.Address);
        await chromium.WidthAsync(1400, 1000);
        await chromium.UntilAsync($"{Rows}.length === 3");
        Assert.True((await chromium.ValueAsync("document.querySelector('.runs').scrollWidth <="
            + " document.querySelector('#runs').clientWidth")).GetBoolean());
        Assert.Equal("ascending", (await chromium.ValueAsync("document.querySelector('.runs"
            + " th.c-state').ariaSort")).GetString());

        const string models = $"{Rows}.map(r => r.querySelector('.c-run').textContent).join(' ')";
        await chromium.ValueAsync("document.querySelector('.runs th.c-N button').focus()");
        await chromium.PressAsync("Enter");
        Assert.Equal("ascending", (await chromium.ValueAsync("document.querySelector('.runs"
            + " th.c-N').ariaSort")).GetString());
        Assert.Equal("1x8 2x16 3x24", (await chromium.ValueAsync(models)).GetString());
        await chromium.PressAsync("Enter");
        Assert.Equal("3x24 2x16 1x8", (await chromium.ValueAsync(models)).GetString());
        Assert.Equal(1, (await chromium.ValueAsync("document.querySelectorAll('.runs"
            + " [aria-sort]').length")).GetInt32());

        await chromium.ValueAsync("document.querySelector('#filter input').focus()");
        foreach (var sign in "2x16") await chromium.PressAsync($"{sign}");
        await chromium.UntilAsync("document.querySelector('#filter output').textContent === '1 of 3 runs'");
        // the curves are those of the table
        await chromium.UntilAsync("document.querySelector('#curves .plot').dataset.curves === '1'");
        await chromium.ValueAsync("{ const f = document.querySelector('#filter input'); f.value = '';"
            + " f.dispatchEvent(new Event('input')) }");
        await chromium.ValueAsync("document.querySelector('#filter .failed').click()");
        await chromium.UntilAsync("document.querySelector('#filter output').textContent === '2 of 3 runs'");

        await chromium.WidthAsync(400, 850);
        await chromium.UntilAsync("document.documentElement.scrollWidth <= innerWidth");
        Assert.True((await chromium.ValueAsync($"{Rows}.every(r => [...r.rows[0].cells].filter(c => c.offsetParent)"
            + ".every(c => c.matches('.c-state') || c.offsetTop > r.querySelector('.c-state').offsetTop ||"
                + " c.offsetLeft > r.querySelector('.c-state').offsetLeft))"))
            .GetBoolean());
        Assert.Empty(chromium.Console);
    }

    [ChromiumFact]
    public async Task A_runs_page_has_its_state_curves_attempts_log_and_specification_and_leads_to_its_job()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        var address = new Uri(dashboard.Address, $"#{WatchedLedger.Sweep}/{WatchedLedger.Id(3)}");
        await using var chromium = await Chromium.OpenAsync(address);
        await chromium.UntilAsync("document.querySelector('#run-curves .plot')?.dataset.drawn");
        await chromium.UntilAsync("document.querySelector('#run-page .facts').textContent.includes('statefailed')");
        await chromium.UntilAsync("document.querySelector('#run-page p.failure').textContent === 'diverged: the loss"
            + " became <NaN>'");
        await chromium.UntilAsync("document.querySelector('#run-attempts"
            + " tbody').rows[0].textContent.includes('diverged: the loss became <NaN>')");
        await chromium.UntilAsync("document.querySelector('#run-spec').textContent.includes('shape.layers3')");
        await chromium.UntilAsync("document.querySelector('#run-log').textContent === 'Attempt 1: its log is on the"
            + " machine of node-a.'");
        await chromium.UntilAsync("document.title.includes('3x24')");
        await chromium.ValueAsync("document.querySelector('#run-job').click()");
        await chromium.UntilAsync($"location.pathname.endsWith('/jobs/jobs/details/{WatchedLedger.Id(3)}') &&"
            + $" document.querySelector('.page-header')");
        await chromium.ValueAsync("history.back()");
        await chromium.UntilAsync("document.querySelector('#run-name')?.textContent.startsWith('3x24')");
        await chromium.ValueAsync("document.querySelector('#back').click()");
        await chromium.UntilAsync("!document.querySelector('#sweep').hidden && document.activeElement.id === 'name'");

        await chromium.ValueAsync($"location.hash = '#{WatchedLedger.Sweep}/0123456789abcdef'");
        await chromium.UntilAsync("document.querySelector('#run-missing').textContent.includes('has no run')");
    }

    [ChromiumFact]
    public async Task Names_losses_and_logs_that_somebody_else_wrote_are_shown_as_text_and_run_nothing()
    {
        using var ledger = new WatchedLedger();
        ledger.AddHostile();
        ledger.WriteLog(4, 1, WatchedLedger.Hostile);
        using var dashboard = await RunningDashboard.StartAsync(ledger.File, state: ledger.Folder);
        var address = new Uri(dashboard.Address, $"#{Uri.EscapeDataString(WatchedLedger.Hostile)}");
        await using var chromium = await Chromium.OpenAsync(address);
        await chromium.UntilAsync("document.querySelector('#curves .plot')?.dataset.drawn &&"
            + " document.querySelector('#name').textContent.includes('<script>owned()</script>')");
        await chromium.UntilAsync("document.querySelector('.failure span').textContent.includes('crashed:"
            + " </script><script>owned()')");
        await RequireHarmlessAsync(chromium);

        // Above 0, finite, and such as an axis can hold: one point, which the keyboard comes to.
        await chromium.ValueAsync("document.querySelector('#curves .stage').focus()");
        foreach (var key in (string[])["End", "Home", "ArrowRight"]) await chromium.PressAsync(key);
        await chromium.UntilAsync("document.querySelector('#curves .tip').textContent.includes('loss 3.0000')");
        await RequireHarmlessAsync(chromium);
        await chromium.ValueAsync("document.querySelector('.runs tbody a').click()");
        await chromium.UntilAsync("document.querySelector('#run-name').textContent.includes('<script>owned()') &&"
            + " document.querySelector('#run-attempts tbody tr')");
        await chromium.UntilAsync("document.querySelector('#run-log"
            + " pre').textContent.startsWith('</script><script>owned()')");
        await RequireHarmlessAsync(chromium);
        await chromium.ValueAsync("location.hash = '#/timeline'");
        await chromium.UntilAsync("document.querySelector('#timeline-page .lanes li')");
        await RequireHarmlessAsync(chromium);
        Assert.Empty(chromium.Console); // a script that the page's policy stops would be an error there

        static async Task RequireHarmlessAsync(Chromium chromium)
        {
            await chromium.UntilAsync("document.querySelectorAll('img, [onload], [onerror]').length === 0");
            await chromium.UntilAsync("[...document.scripts].every(s => s.src.startsWith(location.origin) &&"
                + " !s.textContent)");
            var wide = (await chromium.ValueAsync("document.documentElement.scrollWidth <= innerWidth ? '' :"
                + " [...document.querySelectorAll('body *')]"
                + ".filter(e => e.scrollWidth > e.clientWidth + 1).map(e => `${e.outerHTML.slice(0, 90)}"
                    + " ${e.scrollWidth}`).join('\\n')")).GetString()!;
            Assert.True(wide.Length == 0, wide); // a long name is folded
        }
    }
}
