namespace ScalingLab.EndToEnd.Tests;

/// <summary>
/// A night on the page: the real daemon trains a real sweep, a real browser stays open all the while.
/// </summary>
public sealed class PageTests : IDisposable
{
    // At the second rate gradients of plain SGD overflow within a hundred steps, at the first they do not.
    private const string Grid = """
        { "name": "night", "question": "Who watches?",
          "data": { "corpus": "text", "paths": ["text"], "tokenizer": { "kind": "bytes" } },
          "models": [{ "layers": 1, "width": 8, "heads": 1 }],
          "lengths": [{ "tokens": 1500000 }],
          "recipe": { "evaluationTokens": 1024, "optimizer": "sgd", "gradientClip": 1e6, "learningRate": [0.003, 10] },
          "worker": { "checkpointSeconds": 0.2, "evaluations": 2, "curvePoints": 100 } }
        """;

    private const string Points = "Number(document.querySelector('#curves .plot')?.dataset.points ?? 0)";

    private readonly Lab _lab = new();
    private readonly List<RunningLab> _running = [];

    public PageTests()
    {
        _lab.WriteText();
        _lab.Write("grid.json", Grid);
        _lab.Environment["SCALINGLAB_TOKEN"] = "a-token-of-the-tests";
    }

    [ChromiumFact]
    public async Task A_curve_grows_a_pause_and_the_page_outlive_the_server_and_a_failed_run_is_tried_again()
    {
        var queued = await _lab.RunAsync("queue", "grid.json", "--out", _lab.At("results/night"));
        Assert.True(queued.ExitCode == 0, queued.ToString());
        var daemon = await ServeAsync("0");
        var address = new Uri(daemon.Said().Split(' ')[1]);
        var opened = new Uri(address, "?token=a-token-of-the-tests");
        await using var page = await Chromium.OpenAsync(opened);

        await page.UntilAsync($"{Points} > 3");
        var before = (await page.ValueAsync(Points)).GetDouble();
        await page.UntilAsync(FormattableString.Invariant($"{Points} > {before}"));
        await page.UntilAsync("document.querySelector('.runs progress').value > 0");
        await page.UntilAsync("/ends about|no end known/.test(document.querySelector('#facts').textContent)");

        await AnswerAsync("#steer", "pause");
        await page.UntilAsync("document.querySelector('#facts').textContent.includes('paused')");
        await page.ValueAsync("window.kept = 'the same document'");
        daemon.Signal(RunningLab.KillAtOnce);
        await page.UntilAsync("document.querySelector('#live').textContent.includes('connection lost')");
        daemon.End();
        daemon = await ServeAsync($"{address.Port}");
        await page.UntilAsync("document.querySelector('#live').textContent === 'live'");
        // what the ledger was told stays told
        await page.UntilAsync("document.querySelector('#facts').textContent.includes('paused')");
        before = (await page.ValueAsync(Points)).GetDouble();
        await AnswerAsync("#steer", "resume");
        // once the lease of who was killed has ended
        await page.UntilAsync(FormattableString.Invariant($"{Points} > {before}"), TimeSpan.FromMinutes(2));
        Assert.Equal("the same document", (await page.ValueAsync("window.kept")).GetString());

        const string failed = "[...document.querySelectorAll('.runs tbody')].find(r =>"
            + " r.querySelector('.state.failed'))";
        await page.UntilAsync(failed, TimeSpan.FromMinutes(2));
        await page.ValueAsync($"{failed}.querySelector('a').click()");
        await page.UntilAsync("document.querySelector('#run-page .failure').textContent.includes('diverged')");
        await page.UntilAsync("/begins: .*\\n.*ended without a result at step .*diverged/s.test("
            + "document.querySelector('#run-log pre').textContent)");
        await page.UntilAsync("document.querySelector('#run-curves .plot').dataset.drawn");
        var attempts = (await page.ValueAsync("document.querySelector('#run-attempts tbody').rows.length")).GetInt32();
        await AnswerAsync("#steer-run", "retry");
        await page.UntilAsync($"document.querySelector('#run-attempts tbody').rows.length ==="
            + $" {attempts + 1}", TimeSpan.FromMinutes(2));
        // for the same reason again
        await page.UntilAsync("document.querySelector('#run-page .facts .state.failed')", TimeSpan.FromMinutes(2));
        await page.ValueAsync("document.querySelector('#run-job').click()");
        await page.UntilAsync($"document.querySelector('.page-header') && document.body.textContent.includes('night"
            + $" 1x8') && /attempt {attempts + 1}/.test(document.body.textContent)");
        await page.ValueAsync("history.back()");

        await page.UntilAsync("document.querySelector('#back')?.textContent === 'night'");
        await page.ValueAsync("document.querySelector('#back').click()");
        // the sweep has ended, and its report is there
        await page.UntilAsync("document.querySelector('#links a')", TimeSpan.FromMinutes(2));
        await page.ValueAsync("fetch(document.querySelector('#links a').href).then(a => a.text()).then(t =>"
            + " window.report = t); 0");
        await page.UntilAsync("window.report?.includes('Who watches?')");
        await page.ValueAsync("location.hash = '#/timeline'");
        await page.UntilAsync("document.querySelectorAll('.lanes a.completed').length > 0 &&"
            + " document.querySelectorAll('.lanes a.failed, .lanes a.lost').length > 0");
        await page.UntilAsync("performance.getEntriesByType('resource').every(r =>"
            + " r.name.startsWith(location.origin))");
        // while nobody answered
        Assert.DoesNotContain(page.Console, line => !line.Contains("net::ERR_", StringComparison.Ordinal));

        async Task AnswerAsync(string place, string name)
        {
            var button = $"[...document.querySelectorAll('{place} button')].find(b => b.textContent === '{name}')";
            await page.UntilAsync($"{button} && !{button}.disabled");
            await page.ValueAsync($"{button}.focus()");
            await page.PressAsync("Enter");
            await page.UntilAsync("document.querySelector('dialog')?.open");
            await page.PressAsync("Enter");
            await page.UntilAsync("!document.querySelector('dialog')");
        }
    }

    public void Dispose()
    {
        foreach (var lab in _running) lab.End();
        _lab.Dispose();
    }

    private async Task<RunningLab> ServeAsync(string port)
    {
        var daemon = _lab.Start("serve", "--port", port, "--slots", "1");
        _running.Add(daemon);
        await daemon.UntilAsync(() => daemon.HasSaid("dashboard: http"), "the page");
        return daemon;
    }
}
