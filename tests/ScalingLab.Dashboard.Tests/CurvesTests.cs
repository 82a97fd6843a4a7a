using System.Text.Json;

namespace ScalingLab.Dashboard.Tests;

/// <summary>The figure of loss curves: what is drawn, coloured, hidden, smoothed and read off.</summary>
public sealed class CurvesTests
{
    private const string Plot = "document.querySelector('#curves .plot')";

    // How many pixels of the canvas have the colour of a group's swatch.
    private const string Coloured = """
        window.coloured = group => {
          const button = [...document.querySelectorAll('.legend button')].find(b => b.children[1].textContent === group);
          const swatch = button.querySelector('.swatch');
          const [r, g, b] = getComputedStyle(swatch).backgroundColor.match(/\d+/g).map(Number);
          const canvas = document.querySelector('#curves canvas');
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          let n = 0;
          for (let i = 0; i < data.length; i += 4) if (data[i] === r && data[i + 1] === g && data[i + 2] === b) n++;
          return n;
        };
        window.choose = (name, value) => {
          const select = [...document.querySelectorAll('#curves select')].find(s => s.ariaLabel === name);
          select.value = JSON.stringify(value);
          select.dispatchEvent(new Event('change'));
        };
        0
        """;

    [ChromiumFact]
    public async Task Curves_have_the_colours_of_the_legend_which_hides_them_and_regroups_by_any_field_into_panels_too()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        await using var chromium = await OpenAsync(dashboard);
        Assert.Equal("1x8 2x16 3x24", (await chromium.ValueAsync("[...document.querySelectorAll('.legend"
            + " button')].map(b => b.children[1].textContent).join(' ')")).GetString());
        foreach (var model in (string[])["1x8", "2x16", "3x24"]) await chromium.UntilAsync($"coloured('{model}') > 20");
        await chromium.ValueAsync("document.querySelector('.legend button').click()");
        await chromium.UntilAsync("coloured('1x8') === 0 && coloured('2x16') > 20 && document.querySelector('.legend"
            + " button').ariaPressed === 'false'");
        Assert.Equal("2", (await chromium.ValueAsync($"{Plot}.dataset.curves")).GetString());
        await chromium.ValueAsync("document.querySelector('.legend button').click()");

        await chromium.ValueAsync("choose('Colour by', 'state')");
        await chromium.UntilAsync("coloured('running') > 20 && coloured('failed') > 20 && coloured('completed') > 20");
        await chromium.ValueAsync("choose('Panels by', 'model')");
        await chromium.UntilAsync("document.querySelector('#curves figcaption').textContent.includes('All panels"
            + " have the same axes')");
        await chromium.UntilAsync("coloured('running') > 20 && coloured('failed') > 20 && coloured('completed') > 20");
        await chromium.ValueAsync("location.reload()"); // the choice stays
        await chromium.UntilAsync($"{Plot}?.dataset.drawn && document.querySelector('#curves"
            + $" figcaption').textContent.includes('All panels')");
        Assert.Empty(chromium.Console);
    }

    [ChromiumFact]
    public async Task Until_somebody_chooses_the_colour_is_of_the_model_or_of_one_model_what_it_varies()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        await using var chromium = await OpenAsync(dashboard);
        await chromium.ValueAsync("""
            import('./series.js').then(series => {
              const run = (model, tokens, seed, ...varies) => ({ model, tokens, seed, state: 'running', varies });
              const first = (...runs) => series.firstField(series.fieldsOf(runs), runs).name;
              const by = value => ({ field: 'optimizer', value });
              window.firsts = [
                first(run('a', 1, 1)),
                first(run('a', 1, 1, by('lion')), run('b', 1, 1, by('adamw'))),
                first(run('a', 1, 1, by('lion')), run('a', 1, 2, by('adamw'))),
                first(run('a', 1, 1, by('lion')), run('a', 2, 1, by('adamw'))),
                first(run('a', 1, 1), run('a', 1, 2)),
              ].join(' ');
            });
            0
            """);
        await chromium.UntilAsync("window.firsts === 'model model optimizer tokens model'");
        Assert.Empty(chromium.Console);
    }

    [ChromiumFact]
    public async Task Axes_are_steps_tokens_flops_or_time_linear_or_logarithmic_on_all_pixels_of_the_screen()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        await using var chromium = await OpenAsync(dashboard);
        foreach (var axis in (string[])["step", "tokens", "flops"])
        {
            foreach (var log in (string[])["true", "false"])
            {
                await chromium.ValueAsync($"choose('Across', '{axis}'); choose('scale across', {log}); choose('scale"
                    + $" of the loss', {log}); 0");
                await chromium.UntilAsync("coloured('1x8') > 20 && coloured('2x16') > 20");
            }
        }
        await chromium.ValueAsync("choose('Across', 'seconds')"); // nothing measured the speed of these
        await chromium.UntilAsync("document.querySelector('#curves .missing').textContent.includes('the axis cannot"
            + " hold them')");
        await chromium.ValueAsync("choose('Across', 'step'); choose('Loss', 'validation')");
        await chromium.UntilAsync("coloured('1x8') > 20 && document.querySelector('#curves"
            + " figcaption').textContent.includes('Loss on the fixed validation set.')");

        await chromium.WidthAsync(1000, 900, density: 2);
        await chromium.UntilAsync("(c => c.width === 2 * c.clientWidth && c.height === 2 *"
            + " c.clientHeight)(document.querySelector('#curves canvas'))");
        await chromium.UntilAsync("coloured('1x8') > 20");
        Assert.Empty(chromium.Console);
    }

    [ChromiumFact]
    public async Task The_pointer_reads_a_point_lights_its_row_and_a_click_opens_its_run_and_a_drag_zooms()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        await using var chromium = await OpenAsync(dashboard);
        await chromium.ValueAsync("choose('Loss', 'training')");
        await chromium.ValueAsync("document.querySelector('#curves .stage').scrollIntoView({ block: 'center' })");
        await chromium.ValueAsync("document.querySelector('#curves .stage').focus()");
        await chromium.PressAsync("ArrowRight"); // the end of the lowest curve, which is then where the pointer goes
        var at = await chromium.ValueAsync("""
            (() => {
              const canvas = document.querySelector('#curves .above');
              const ink = getComputedStyle(canvas).color.match(/\d+/g).map(Number);
              const context = canvas.getContext('2d');
              const { data, width } = context.getImageData(60, 0, canvas.width - 60, canvas.height - 42);
              let [x, y, n] = [0, 0, 0];
              for (let i = 0; i < data.length; i += 4) {
                if (data[i + 3] < 255 || ink.some((part, k) => data[i + k] !== part)) continue;
                [x, y, n] = [x + i / 4 % width, y + Math.floor(i / 4 / width), n + 1];
              }
              const box = canvas.getBoundingClientRect();
              return [box.x + 60 + x / n, box.y + y / n, box.x + 60, box.y + 20];
            })()
            """);
        await chromium.ValueAsync("document.activeElement.blur()");
        await chromium.UntilAsync("document.querySelector('#curves .tip').hidden");
        await chromium.MoveAsync(at[0].GetDouble(), at[1].GetDouble());
        await chromium.UntilAsync("/1x8 .*training loss 4.0000.*step 80/s.test(document.querySelector('#curves"
            + " .tip').textContent)");
        await chromium.UntilAsync($"document.querySelector('.runs tbody.lit').dataset.run === '{WatchedLedger.Id(1)}'");
        // the pointer is not read aloud
        Assert.Equal("", (await chromium.ValueAsync("document.querySelector('#curves"
            + " output').textContent.replace(/^1x8.*/s, '')")).GetString());

        await chromium.DragAsync(at[2].GetDouble(), at[3].GetDouble(), at[0].GetDouble(), at[1].GetDouble());
        await chromium.UntilAsync("!document.querySelector('#curves .whole').hidden");
        await chromium.ValueAsync("document.querySelector('#curves .whole').click()");
        await chromium.UntilAsync("document.querySelector('#curves .whole').hidden");
        await chromium.ClickAsync(at[0].GetDouble(), at[1].GetDouble());
        await chromium.UntilAsync($"location.hash === '#ladder/{WatchedLedger.Id(1)}'");
        Assert.Empty(chromium.Console);
    }

    [ChromiumFact]
    public async Task Smoothing_keeps_a_constant_and_lags_by_its_share_and_pieces_of_curves_replace_what_they_say_anew()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        await using var chromium = await OpenAsync(dashboard);
        await chromium.ValueAsync("Promise.all(['./series.js', './axis.js'].map(f => import(f))).then(m =>"
            + " window.made = m); 0");
        await chromium.UntilAsync("window.made");
        Assert.Equal([2, 2, 2], Numbers(await chromium.ValueAsync("made[0].smooth([1, 10, 1000], [2, 2, 2], 0.1)")));

        // A loss of a + b ln(step) smoothed with share s is a + b (ln(step) - lag): steps at e^(-u) of this one weigh
        // e^(-u/s) and are as dense as e^(-u), so that the lag is 1/(1 + 1/s).
        await chromium.ValueAsync("window.steps = Array.from({ length: 20000 }, (_, i) => i + 1); 0");
        foreach (var share in (double[])[0.02, 0.1, 0.25])
        {
            var lag = (await chromium.ValueAsync(FormattableString.Invariant(
                $"Math.log(20000) - made[0].smooth(steps, steps.map(Math.log), {share}).at(-1)"))).GetDouble();
            Assert.Equal(1 / (1 + (1 / share)), lag, 3);
        }
        Assert.Equal([5, 3, 2], Numbers(await chromium.ValueAsync("made[0].smooth([1, 2, 3], [5, 3, 2], 0)")));

        const string took = """
            (() => {
              const all = new Map();
              const piece = (from, step, lossTrain) =>
                made[0].take(all, { id: 'a', from, step, tokens: step, flops: step, seconds: step, lossTrain });
              piece(0, [1, 2, 3], [9, 8, 7]);
              piece(4, [4], [6]);
              piece(3, [3, 5], [7.5, 5]);
              const grown = [...all.get('a').step, ...all.get('a').lossTrain];
              piece(0, [1], [4]);
              return [...grown, ...all.get('a').step, all.get('a').lossValidation.length];
            })()
            """;
        Assert.Equal([1, 2, 3, 5, 9, 8, 7.5, 5, 1, 1], Numbers(await chromium.ValueAsync(took)));
        Assert.Equal([0, 2, 4, 6, 8, 10], Numbers(await chromium.ValueAsync("made[1].axis(0, 10, false).ticks.map(t"
            + " => t.at)")));
        Assert.Equal("1000 10k 100k 1M", (await chromium.ValueAsync("made[1].axis(3, 6.9, true).ticks.map(t =>"
            + " t.text).filter(Boolean).join(' ')")).GetString());
        Assert.Equal("3 3.2 3.4 3.6 3.8 4", (await chromium.ValueAsync("made[1].axis(Math.log10(2.9),"
            + " Math.log10(4.1), true).ticks.map(t => t.text).join(' ')")).GetString());
    }

    private static async Task<Chromium> OpenAsync(RunningDashboard dashboard)
    {
        var chromium = await Chromium.OpenAsync(dashboard.Address);
        await chromium.UntilAsync($"{Plot}?.dataset.drawn && document.querySelectorAll('.legend button').length === 3");
        await chromium.ValueAsync(Coloured);
        return chromium;
    }

    private static List<double> Numbers(JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetDouble())];
}
