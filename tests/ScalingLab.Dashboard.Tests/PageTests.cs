using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ScalingLab.Dashboard.Tests;

public sealed class PageTests
{
    [PageFact]
    public async Task The_page_shows_the_runs_and_their_curves_in_chromium_without_a_word_on_the_console()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        var (page, console) = await OpenAsync(dashboard.Address, Path.Combine(ledger.Folder, "profile"));
        Assert.Empty(console);
        Assert.Contains("<title>2/3 ladder", page, StringComparison.Ordinal);
        Assert.Contains("Does it &lt;b&gt;learn&lt;/b&gt;?", page, StringComparison.Ordinal); // a name or question is text, never HTML
        Assert.Contains("diverged: the loss became &lt;NaN&gt;", page, StringComparison.Ordinal);
        Assert.All([1, 2, 3], size => Assert.Contains(WatchedLedger.Id(size), page, StringComparison.Ordinal));
        Assert.Contains("30/80", page, StringComparison.Ordinal);
        var figure = page[page.IndexOf("id=\"plot\"", StringComparison.Ordinal)..page.IndexOf("<figcaption>", StringComparison.Ordinal)];
        Assert.Contains("data-points=\"12\"", figure, StringComparison.Ordinal); // 3 runs, 2 points each, 2 losses each
        Assert.Equal(6, Regex.Count(figure, "<path aria-label=\"[^\"]*validation loss"));
    }

    /// <summary>The page's document after its scripts ran, and what it wrote to the console.</summary>
    private static async Task<(string Page, IReadOnlyList<string> Console)> OpenAsync(Uri address, string profile)
    {
        using var browser = Process.Start(new ProcessStartInfo("chromium",
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", $"--user-data-dir={profile}", "--enable-logging=stderr",
            "--virtual-time-budget=5000", "--dump-dom", address.AbsoluteUri,
        ]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
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

/// <summary>A test that opens the page in a real Chromium: skipped, with the reason, where it or Vega's packages are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PageFactAttribute : FactAttribute
{
    public PageFactAttribute()
    {
        var vega = Path.Combine(RunningDashboard.Root, "src/ScalingLab.Reporting/vega/node_modules/vega/build/vega.min.js");
        var paths = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        Skip = !File.Exists(vega) ? "Vega's packages are not installed: npm ci --prefix src/ScalingLab.Reporting/vega"
            : !paths.Any(folder => File.Exists(Path.Combine(folder, "chromium"))) ? "chromium is not installed"
            : null;
    }
}
