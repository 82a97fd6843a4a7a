using System.Diagnostics;
using System.Text.RegularExpressions;
using ScalingLab.Reporting.Analysis;

namespace ScalingLab.Reporting.Tests;

public sealed partial class BrowserTests
{
    [ChromiumFact]
    public async Task The_page_opens_in_chromium_with_every_figure_live_and_no_word_on_the_console()
    {
        var (folder, _) = await Drawn.QuickstartAsync();
        using var profile = new TemporaryFolder();
        var (page, console) = await OpenAsync(folder["report.html"], profile.Path);
        Assert.Empty(console);
        Assert.Contains("data-figures=\"ready\"", page, StringComparison.Ordinal);
        Assert.Equal(8, Regex.Count(page, "data-live=\"yes\""));
        Assert.InRange(new FileInfo(folder["report.html"]).Length, 100_000, 800_000);
    }

    [ChromiumFact]
    public async Task The_answer_stands_on_at_most_three_screens_before_the_appendix()
    {
        using var folder = new TemporaryFolder();
        await ResultsWriter.WriteAsync(RepetitionTests.Sweep(seeds: 1, overfit: true), folder.Path,
            new ReportOptions { BootstrapDraws = 0 });
        var (quickstart, _) = await Drawn.QuickstartAsync();
        foreach (var (file, name)
            in new[] { (folder["report.html"], "repetition"), (quickstart["report.html"], "quickstart") })
        {
            // The page's own policy runs no script but its own, so a copy without it is measured.
            var copy = folder[$"{name}-measured.html"];
            File.WriteAllText(copy,
                Policy().Replace(File.ReadAllText(file), "").Replace("</body>", Measure, StringComparison.Ordinal));
            var (page, _) = await OpenAsync(copy, folder["profile"]);
            var top =
                int.Parse(Regex.Match(page, "data-appendix=\"([0-9]+)\"").Groups[1].Value,
                    System.Globalization.CultureInfo.InvariantCulture);
            Assert.InRange(top, 400, 3 * 800);
        }
    }

    [ChromiumFact]
    public async Task Hostile_names_are_shown_and_not_obeyed()
    {
        using var folder = new TemporaryFolder();
        const string Hostile =
            "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">&amp;";
        var results =
            Sweeps.Quickstart(r => r with { Cell = r.Cell with { Model = Hostile + r.Cell.Model } }, question: Hostile);
        await ResultsWriter.WriteAsync(results with { Name = "a <b> & \"c\"" }, folder.Path, Sweeps.Quick);
        var (page, console) = await OpenAsync(folder["report.html"], folder["profile"]);
        Assert.Empty(console);
        Assert.Contains("<title>a &lt;b&gt; &amp; \"c\": scaling report</title>", page, StringComparison.Ordinal);
        var shown = Shown(page);
        Assert.DoesNotContain("<img", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", shown, StringComparison.Ordinal);
        Assert.Contains("&lt;/script&gt;&lt;script&gt;document.title='owned'&lt;/script&gt;", shown,
            StringComparison.Ordinal);
        Assert.Equal(8, Regex.Count(page, "data-live=\"yes\""));
        Assert.DoesNotContain("<img",
            File.ReadAllText(folder["report.md"]).Replace("\\<img", "", StringComparison.Ordinal),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_needs_nothing_but_itself_and_shows_the_figures_without_scripts()
    {
        var (folder, _) = await Drawn.QuickstartAsync();
        var page = File.ReadAllText(folder["report.html"]);
        var body = Shown(page);
        // Nothing is loaded; a reference leads somewhere when it is clicked.
        Assert.Equal(0, Regex.Count(body, "(src|href)=\"(?!#|https://arxiv\\.org/abs/[0-9.]+\")"));
        Assert.Equal(0, Regex.Count(page, "<script[^>]+>"));
        Assert.Equal(8, Regex.Count(body, "<svg ") - Regex.Count(body, "class=\"plot narrow\""));
        var ids = Regex.Matches(body, "\\bid=\"([^\"]+)\"").Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(ids.Distinct().Count(), ids.Count);
        Assert.All(Regex.Matches(body, "url\\(#([^)\"]+)\\)").Select(m => m.Groups[1].Value),
            used => Assert.Contains(used, ids));
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-eval", page[..2000], StringComparison.Ordinal);
    }

    // Where the appendix begins, in CSS pixels from the top.
    private const string Measure = """
        <script>
        const appendix = [...document.querySelectorAll("h2")].find(h => h.textContent === "Appendix");
        document.body.dataset.appendix = Math.round(appendix.getBoundingClientRect().top + window.scrollY);
        </script></body>
        """;

    [GeneratedRegex("<meta http-equiv=\"Content-Security-Policy\"[^>]*>")]
    private static partial Regex Policy();

    private static string Shown(string page) =>
        page[page.IndexOf("<main>", StringComparison.Ordinal)..page.IndexOf("</main>", StringComparison.Ordinal)];

    /// <summary>The page's document after its scripts ran, and what it wrote to the console.</summary>
    private static async Task<(string Page, IReadOnlyList<string> Console)> OpenAsync(string file, string profile)
    {
        using var browser = Process.Start(new ProcessStartInfo("chromium",
        [
            "--headless", "--no-sandbox", "--window-size=1280,800", "--disable-gpu", "--disable-quic",
                "--no-first-run", "--disable-background-networking",
                "--disable-component-update",
            "--disable-sync", $"--user-data-dir={profile}", "--enable-logging=stderr", "--virtual-time-budget=20000",
                "--dump-dom",
                new Uri(file).AbsoluteUri,
        ]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            var log = browser.StandardError.ReadToEndAsync(patience.Token);
            var page = await browser.StandardOutput.ReadToEndAsync(patience.Token);
            await browser.WaitForExitAsync(patience.Token);
            return (page, [.. (await log).Split('\n').Where(l => l.Contains(":CONSOLE", StringComparison.Ordinal))]);
        }
        finally
        {
            if (!browser.HasExited) browser.Kill(entireProcessTree: true);
        }
    }
}
