using System.Text.Json;

namespace ScalingLab.Reporting.Tests;

/// <summary>
/// report.html as its readers have it: with a pointer, with keys alone, on a phone, on paper, by a screen reader.
/// </summary>
public sealed class PageTests
{
    private const string Column =
        "[...document.querySelectorAll('table.list thead th')].findIndex(h => h.textContent === 'loss')";

    private const string Losses =
        $"[...document.querySelectorAll('table.list tbody tr')].map(r => Number(r.cells[{Column}].textContent))";

    [ChromiumFact]
    public async Task The_page_sorts_filters_fits_a_phone_and_paper_and_axe_finds_nothing_serious()
    {
        var (folder, _) = await Drawn.QuickstartAsync();
        await using var page = await Chromium.OpenAsync(new Uri(folder["report.html"]));
        await page.UntilAsync("document.body.dataset.figures === 'ready' && document.querySelector('.filter output')");

        await page.ValueAsync($"document.querySelectorAll('table.list thead button')[{Column}].scrollIntoView()");
        var at =
            await page.ValueAsync($"(b => [b.x + b.width / 2, b.y + b.height / "
                + $"2])(document.querySelectorAll('table.list thead button')[{Column}]"
            + ".getBoundingClientRect())");
        await page.ClickAsync(at[0].GetDouble(), at[1].GetDouble());
        Assert.Equal("ascending", (await page.ValueAsync($"document.querySelectorAll('table.list thead "
            + $"th')[{Column}].ariaSort")).GetString());
        var upwards = Numbers(await page.ValueAsync(Losses));
        Assert.Equal(38, upwards.Count);
        Assert.Equal(upwards.Order(), upwards);
        await page.PressAsync("Enter");
        await page.UntilAsync($"document.querySelectorAll('table.list thead th')[{Column}].ariaSort === 'descending'");
        Assert.Equal(upwards.OrderDescending(), Numbers(await page.ValueAsync(Losses)));

        await page.ValueAsync("{ const f = document.querySelector('.filter input'); f.value = 'micro-63k 2.5×10¹¹'; "
            + "f.dispatchEvent(new Event('input')) }");
        Assert.Equal("2 of 38", (await page.ValueAsync("document.querySelector('.filter "
            + "output').textContent")).GetString());
        Assert.Equal(2, (await page.ValueAsync("[...document.querySelectorAll('table.list tbody tr')].filter(r => "
            + "r.offsetParent).length")).GetInt32());
        await page.ValueAsync("{ const f = document.querySelector('.filter input'); f.value = ''; f.dispatchEvent(new "
            + "Event('input')) }");
        await page.RequireAccessibleAsync();

        await page.WidthAsync(400, 900);
        await page.UntilAsync("document.querySelector('.plot.narrow[data-live]')");
        Assert.True((await page.ValueAsync("document.documentElement.scrollWidth <= "
            + "document.documentElement.clientWidth")).GetBoolean());
        Assert.True((await page.ValueAsync("[...document.querySelectorAll('.plot')].every(p => !p.offsetParent || "
            + "p.scrollWidth <= 400)")).GetBoolean());
        await page.UntilAsync("[...document.querySelectorAll('.wide')].every(w => (w.scrollWidth > w.clientWidth + 1) "
            + "=== (w.tabIndex === 0))");
        Assert.True((await page.ValueAsync("document.querySelectorAll('.wide.scrolls').length")).GetInt32() > 3);
        await page.RequireAccessibleAsync();

        await page.PaperAsync(688, 1000); // A4 less its margins
        Assert.Equal("", (await page.ValueAsync(
            "[...document.querySelectorAll('main *')].filter(e => e.offsetParent && e.getBoundingClientRect().right > "
                + "689).map(e => e.outerHTML.slice(0, 90))"
            + ".slice(0, 3).join('\\n')")).GetString());
        Assert.Empty(page.Console);
    }

    private static List<double> Numbers(JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetDouble())];
}
