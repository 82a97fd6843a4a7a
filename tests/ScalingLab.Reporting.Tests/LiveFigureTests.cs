using System.Globalization;
using System.Text.Json;
using ScalingLab.Reporting.Drawing;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Tables;

namespace ScalingLab.Reporting.Tests;

/// <summary>A report in a browser that several tests use one after the other.</summary>
public sealed class OpenReport : IAsyncLifetime
{
    private Chromium? _chromium;

    internal TemporaryFolder Folder { get; private set; } = null!;

    public async Task InitializeAsync() => (Folder, _) = await Drawn.QuickstartAsync();

    /// <summary>The page as it opens.</summary>
    internal async Task<Chromium> FreshAsync()
    {
        if (_chromium is null) _chromium = await Chromium.OpenAsync(new Uri(Folder["report.html"]));
        else await _chromium.ValueAsync("(document.body.dataset.figures = '', location.reload())");
        await _chromium.UntilAsync("document.body && document.body.dataset.figures === 'ready'");
        return _chromium;
    }

    public async Task DisposeAsync()
    {
        if (_chromium is not null) await _chromium.DisposeAsync();
    }
}

/// <summary>The figures of report.html under a real pointer and real keys.</summary>
public sealed class LiveFigureTests(OpenReport report) : IClassFixture<OpenReport>
{
    private const string IsoFlop = "document.querySelector('[aria-label=\"IsoFLOP profiles\"]')";

    // Of all ink: letters are smoothed otherwise.
    private const double MostDifference = 0.2;
    private const int Square = 16;

    private const string Curves = "document.querySelector('[aria-label=\"Loss curves\"]')";

    [ChromiumFact]
    public async Task The_pointer_names_the_run_under_it_and_dims_the_others()
    {
        var chromium = await report.FreshAsync();
        var runs = RunsCsv.Read(report.Folder["runs.csv"]).ToDictionary(r => r.RunId);
        foreach (var figure in (string[])[IsoFlop, Curves])
        {
            foreach (var (x, y, words) in await DotsAsync(chromium, figure, 6))
            {
                await chromium.MoveAsync(x, y);
                await chromium.UntilAsync($"!{figure}.querySelector('.tip').hidden");
                await chromium.UntilAsync($"{figure}.querySelector('.tip').textContent === "
                    + $"{JsonSerializer.Serialize(words)}");
                var run = runs[words.Split('\n')[0]["run: ".Length..]];
                Assert.Contains($"model: {run.Model}\nseed: {run.Seed}", words, StringComparison.Ordinal);
                await chromium.UntilAsync($"{figure}.querySelector('svg.dim') && "
                    + $"{figure}.querySelectorAll('.lit').length > 0"
                    + $" && {figure}.querySelectorAll('.lit').length < "
                        + $"{figure}.querySelectorAll('[data-mark]').length / 2");
            }
        }

        await chromium.MoveAsync(2, 2);
        await chromium.UntilAsync($"{Curves}.querySelector('.tip').hidden && !{Curves}.querySelector('svg.dim')");
        Assert.Empty(chromium.Console);
    }

    [ChromiumFact]
    public async Task A_line_names_its_run_where_it_has_no_dot()
    {
        var chromium = await report.FreshAsync();
        await chromium.ValueAsync($"{Curves}.scrollIntoView()");
        // The first vertex of the first curve: no evaluation is so early.
        var place = await chromium.ValueAsync($$"""
            (() => { const path = {{Curves}}.querySelector('[data-mark="0"] path'), at = path.getPointAtLength(2).matrixTransform(path.getScreenCTM());
            return [at.x, at.y]; })()
            """);
        await chromium.MoveAsync(place[0].GetDouble(), place[1].GetDouble());
        await chromium.UntilAsync($"!{Curves}.querySelector('.tip').hidden && "
            + $"{Curves}.querySelector('.tip').textContent.startsWith('run: ')");
    }

    [ChromiumFact]
    public async Task Entries_of_the_key_hide_and_show_their_series_by_mouse_and_keyboard()
    {
        var chromium = await report.FreshAsync();
        await chromium.ValueAsync($"{IsoFlop}.scrollIntoView()");
        // Four budgets, and the minima.
        Assert.Equal(5,
            (await chromium.ValueAsync(
                $"{IsoFlop}.querySelectorAll('.key[role=button][tabindex=\"0\"]').length")).GetInt32());
        var box =
            await chromium.ValueAsync($"(b => [b.x + b.width / 2, b.y + b.height / "
                + $"2])({IsoFlop}.querySelector('.key').getBoundingClientRect())");
        await chromium.ClickAsync(box[0].GetDouble(), box[1].GetDouble());
        await chromium.UntilAsync($"{IsoFlop}.querySelectorAll('[data-mark][data-series=\"0\"].off').length === 2");
        await chromium.UntilAsync($"{IsoFlop}.querySelectorAll('[data-mark].off').length === 2");
        Assert.Equal("false",
            (await chromium.ValueAsync($"{IsoFlop}.querySelector('.key').getAttribute('aria-pressed')")).GetString());
        await chromium.ValueAsync($"{IsoFlop}.querySelectorAll('.key')[1].focus()");
        await chromium.PressAsync("Enter");
        await chromium.UntilAsync($"{IsoFlop}.querySelectorAll('[data-mark].off').length === 4");
        await chromium.PressAsync(" ");
        await chromium.UntilAsync($"{IsoFlop}.querySelectorAll('[data-mark].off').length === 2");
        await chromium.ClickAsync(box[0].GetDouble(), box[1].GetDouble());
        await chromium.UntilAsync($"{IsoFlop}.querySelectorAll('.off').length === 0");
    }

    [ChromiumFact]
    public async Task A_panel_zooms_about_the_pointer_pans_with_it_has_ticks_of_its_own_and_comes_back()
    {
        var chromium = await report.FreshAsync();
        var (x, y, words) = (await DotsAsync(chromium, IsoFlop, 1))[0];
        await chromium.WheelAsync(x, y, -300);
        await chromium.UntilAsync($"{IsoFlop}.querySelector('.marks.zoomed') && {IsoFlop}.querySelectorAll('.own-axes "
            + "text').length > 3");
        await chromium.MoveAsync(x + 30, y + 30);
        await chromium.MoveAsync(x, y);
        // what was under the pointer still is
        await chromium.UntilAsync($"{IsoFlop}.querySelector('.tip').textContent === {JsonSerializer.Serialize(words)}");
        var ticks =
            (await chromium.ValueAsync($"[...{IsoFlop}.querySelectorAll('.own-axes text')].map(t => "
                + "t.textContent).join(' ')")).GetString()!;
        Assert.DoesNotContain("NaN", ticks, StringComparison.Ordinal);
        // Dots keep their size.
        var width =
            (await chromium.ValueAsync($"{IsoFlop}.querySelector('.dots ellipse, .dots "
                + "circle').getBoundingClientRect().width")).GetDouble();
        Assert.InRange(width, 3, 9);
        await chromium.ValueAsync($"{IsoFlop}.querySelector('[title=\"Whole figure\"]').click()");
        await chromium.UntilAsync($"!{IsoFlop}.querySelector('.zoomed') && !{IsoFlop}.querySelector('.own-axes')");
        await chromium.ValueAsync($"{IsoFlop}.querySelector('[title=\"Zoom in\"]').click()");
        await chromium.UntilAsync($"{IsoFlop}.querySelector('.zoomed')");
        Assert.Empty(chromium.Console);
    }

    [ChromiumFact]
    public async Task Chromium_shows_every_figure_as_the_picture_has_it()
    {
        using var folder = new TemporaryFolder();
        var figures = Samples.All;
        foreach (var figure in figures)
        {
            using var drawing = new FigureDrawing(figure);
            await File.WriteAllTextAsync(folder[$"{figure.Name}.svg"], drawing.Svg());
        }

        var body = string.Concat(figures.Select(f => $"<img src=\"{f.Name}.svg\" style=\"display:none\">"));
        await File.WriteAllTextAsync(folder["all.html"], $"<!doctype html><meta "
            + $"charset=utf-8><style>body{{margin:0}}</style>{body}");
        await using var chromium = await Chromium.OpenAsync(new Uri(folder["all.html"]));
        await chromium.UntilAsync($"document.images.length === {figures.Count} && [...document.images].every(i => "
            + "i.complete && i.naturalWidth > 0)");
        var (differences, other) = (new List<(string Name, double Of)>(), (byte[]?)null);
        foreach (var (figure, i) in figures.Select((f, i) => (f, i)))
        {
            await chromium.ValueAsync($"[...document.images].forEach((image, i) => image.style.display = i === {i} ? "
                + "'block' : 'none')");
            await chromium.UntilAsync($"document.images[{i}].getBoundingClientRect().width > 0");
            using var drawing = new FigureDrawing(figure);
            var (shown, drawn) = (await chromium.PictureAsync(), drawing.Png());
            differences.Add((figure.Name, Difference(shown, drawn)));
            if (other is not null)
                Assert.True(Difference(shown, other) > 2 * MostDifference, "two figures count as one");
            other = drawn;
        }

        Assert.All(differences, d => Assert.InRange(d.Of, 0, MostDifference));
    }

    /// <summary>
    /// How much the ink of two pictures differs, in squares of 16 CSS pixels, as a share of all ink; letters may differ
    /// by their smoothing.
    /// </summary>
    private static double Difference(byte[] screen, byte[] png)
    {
        using var shown = SkiaSharp.SKBitmap.Decode(screen);
        using var drawn = SkiaSharp.SKBitmap.Decode(png);
        var (dark, darker) = (shown.Pixels, drawn.Pixels);
        var (differing, all) = (0.0, 0.0);
        for (var y = 0; y + Square <= Math.Min(drawn.Height / 2, shown.Height); y += Square)
        {
            for (var x = 0; x + Square <= Math.Min(drawn.Width / 2, shown.Width); x += Square)
            {
                var (a, b) =
                    (Darkness(dark, shown.Width, x, y, Square),
                        Darkness(darker, drawn.Width, 2 * x, 2 * y, 2 * Square));
                (differing, all) = (differing + Math.Abs(a - b), all + Math.Max(a, b));
            }
        }

        return differing / all;
    }

    private static double Darkness(SkiaSharp.SKColor[] pixels, int width, int left, int top, int size)
    {
        var sum = 0.0;
        for (var y = top; y < top + size; y++)
        {
            for (var x = left; x < left + size; x++) sum += pixels[(y * width) + x] is var c ? 765 - c.Red - c.Green
                - c.Blue : 0;
        }

        return sum / (size * size);
    }

    /// <summary>Scrolls to a figure; some of its dots that no other hides, with what their tooltip must say.</summary>
    private static async Task<List<(double X, double Y, string Words)>> DotsAsync(Chromium chromium, string figure,
        int count)
    {
        await chromium.ValueAsync($"{figure}.scrollIntoView()");
        var dots = await chromium.ValueAsync($$"""
            (() => {
              const svg = {{figure}}.querySelector('svg'), box = svg.getBoundingClientRect(), scale = box.width / svg.viewBox.baseVal.width;
              const { marks, dots, texts } = JSON.parse(svg.dataset.live);
              const runs = dots.filter(d => marks[d[2]][0] >= 0 || texts[d[3]].startsWith('run'));
              const alone = runs.filter(d => dots.every(o => o === d || Math.hypot(o[0] - d[0], o[1] - d[1]) > 3));
              const step = Math.max(1, Math.floor(alone.length / {{count.ToString(CultureInfo.InvariantCulture)}}));
              const words = d => [texts[marks[d[2]][2]], texts[d[3]], d[4]].filter(Boolean).join('\n');
              return alone.filter((_, i) => i % step === 0).map(d => [box.x + d[0] * scale, box.y + d[1] * scale, words(d)]);
            })()
            """);
        return [.. dots.EnumerateArray().Select(d => (d[0].GetDouble(), d[1].GetDouble(), d[2].GetString()!))
            .Take(count)];
    }
}
