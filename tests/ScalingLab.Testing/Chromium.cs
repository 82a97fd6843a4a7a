using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace ScalingLab.Testing;

/// <summary>
/// A page in a real headless Chromium, asked over its DevTools protocol: a page whose stream of events never ends can
/// be looked at in no other way, and pointer and keys are real.
/// </summary>
public sealed class Chromium : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly Dictionary<string, int> KeyNumbers = new()
    {
        ["Tab"] = 9, ["Enter"] = 13, ["Escape"] = 27, [" "] = 32, ["End"] = 35, ["Home"] = 36,
        ["ArrowLeft"] = 37, ["ArrowUp"] = 38, ["ArrowRight"] = 39, ["ArrowDown"] = 40,
    };

    private readonly Process _browser;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly StringBuilder _log = new();
    private int _asked;

    private Chromium(Process browser, string profile)
    {
        (_browser, _profile) = (browser, profile);
        browser.ErrorDataReceived += (_, line) =>
        {
            lock (_log) _log.AppendLine(line.Data);
        };
        browser.BeginErrorReadLine();
    }

    /// <summary>What the page wrote to the console so far.</summary>
    public IReadOnlyList<string> Console =>
        [.. Log().Split('\n').Where(l => l.Contains(":CONSOLE", StringComparison.Ordinal))];

    /// <summary>Opens an address in a browser of its own, whose profile is gone when it is closed.</summary>
    public static async Task<Chromium> OpenAsync(Uri address)
    {
        var profile = Directory.CreateTempSubdirectory("scalinglab-chromium-").FullName;
        var page = new Chromium(Process.Start(new ProcessStartInfo("chromium",
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", $"--user-data-dir={profile}", "--enable-logging=stderr",
            "--window-size=1200,1000", "--remote-debugging-port=0", address.AbsoluteUri,
        ]) { RedirectStandardError = true })!, profile);
        await UntilAsync(() => Task.FromResult(File.Exists(Path.Combine(profile, "DevToolsActivePort"))
            && page.Log().Contains("DevTools listening", StringComparison.Ordinal)), page.Log, Patience);
        var port =
            int.Parse((await File.ReadAllLinesAsync(Path.Combine(profile, "DevToolsActivePort")))[0],
                CultureInfo.InvariantCulture);
        using var client = new HttpClient { Timeout = Patience };
        using var targets =
            JsonDocument.Parse(await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/json/list")));
        var target = targets.RootElement.EnumerateArray().First(t => t.GetProperty("type").GetString() == "page");
        await page._socket.ConnectAsync(new Uri(target.GetProperty("webSocketDebuggerUrl").GetString()!),
            CancellationToken.None);
        return page;
    }

    /// <summary>Waits until a JavaScript expression is true on the page.</summary>
    public Task UntilAsync(string so) => UntilAsync(so, Patience);

    /// <summary>Waits longer, for what takes its time.</summary>
    public Task UntilAsync(string so, TimeSpan patience) => UntilAsync(
        async () => (await AskAsync($"Boolean({so})")).ValueKind == JsonValueKind.True, () => $"{so}\n{Log()}",
        patience);

    /// <summary>The value of a JavaScript expression.</summary>
    public Task<JsonElement> ValueAsync(string expression) => AskAsync(expression);

    /// <summary>Moves the pointer, CSS pixels from the window's top left.</summary>
    public Task MoveAsync(double x, double y) =>
        TellAsync("Input.dispatchMouseEvent", new { type = "mouseMoved", x, y });

    /// <summary>Presses and lets go the left button.</summary>
    public async Task ClickAsync(double x, double y)
    {
        await MoveAsync(x, y);
        foreach (var type in (string[])["mousePressed", "mouseReleased"])
            await TellAsync("Input.dispatchMouseEvent", new { type, x, y, button = "left", clickCount = 1 });
    }

    /// <summary>Presses the left button at one place and lets go at another.</summary>
    public async Task DragAsync(double x, double y, double toX, double toY)
    {
        await MoveAsync(x, y);
        await TellAsync("Input.dispatchMouseEvent",
            new { type = "mousePressed", x, y, button = "left", clickCount = 1 });
        foreach (var share in (double[])[0.5, 1])
        {
            await TellAsync("Input.dispatchMouseEvent", new
            {
                type = "mouseMoved", x = x + (share * (toX - x)), y = y + (share * (toY - y)), button = "left",
                    buttons = 1,
            });
        }
        await TellAsync("Input.dispatchMouseEvent",
            new { type = "mouseReleased", x = toX, y = toY, button = "left", clickCount = 1 });
    }

    /// <summary>Turns the wheel with Ctrl held; negative is towards the page.</summary>
    public Task WheelAsync(double x, double y, double by) =>
        TellAsync("Input.dispatchMouseEvent",
            new { type = "mouseWheel", x, y, deltaX = 0, deltaY = by, modifiers = 2 });

    /// <summary>
    /// Presses and lets go a key: a sign, or one by its name, such as Enter; with Shift held where asked.
    /// </summary>
    public async Task PressAsync(string key, bool shift = false)
    {
        // A button answers to the sign that the key writes, the focus to the key's number.
        var text = key == "Enter" ? "\r" : key.Length == 1 ? key : "";
        var windowsVirtualKeyCode = KeyNumbers.GetValueOrDefault(key);
        foreach (var type in (string[])["keyDown", "keyUp"])
            await TellAsync("Input.dispatchKeyEvent",
                new { type, key, code = key, text, windowsVirtualKeyCode, modifiers = shift ? 8 : 0 });
    }

    /// <summary>Makes the window so wide and high, CSS pixels, with so many pixels of the screen to each.</summary>
    public Task WidthAsync(int width, int height, double density = 1) =>
        TellAsync("Emulation.setDeviceMetricsOverride",
            new { width, height, deviceScaleFactor = density, mobile = false });

    /// <summary>What the system prefers: light or dark, and motion or as little of it as can be.</summary>
    public Task PreferAsync(string colorScheme, bool reducedMotion = false) =>
        TellAsync("Emulation.setEmulatedMedia", new
    {
        features = new[]
        {
            new { name = "prefers-color-scheme", value = colorScheme },
            new { name = "prefers-reduced-motion", value = reducedMotion ? "reduce" : "no-preference" },
        },
    });

    /// <summary>Lays the page out as for paper of that width and height, CSS pixels.</summary>
    public async Task PaperAsync(int width, int height)
    {
        await WidthAsync(width, height);
        await TellAsync("Emulation.setEmulatedMedia", new { media = "print" });
    }

    /// <summary>What is seen, as PNG.</summary>
    public async Task<byte[]> PictureAsync() =>
        Convert.FromBase64String(
            (await TellAsync("Page.captureScreenshot", new { format = "png" })).GetProperty("data").GetString()!);

    /// <summary>The page's document as it stands.</summary>
    public async Task<string> DocumentAsync() => (await AskAsync("document.documentElement.outerHTML")).GetString()!;

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        var all = WithChildren(_browser.Id).ToList();
        if (!_browser.HasExited) _browser.Kill(entireProcessTree: true);
        await _browser.WaitForExitAsync();
        _browser.Dispose();
        for (var left = 100; left > 0 && all.Exists(IsAlive); left--) await Task.Delay(50);
        for (var left = 10; left > 0 && Directory.Exists(_profile); left--)
        {
            try
            {
                Directory.Delete(_profile, recursive: true);
            }
            catch (IOException)
            {
                // A process that nobody counted among the browser's writes there still: it ends soon.
                await Task.Delay(200);
            }
        }
    }

    // One that has ended may be there for a while yet, until somebody has asked how it did.
    private static bool IsAlive(int process)
    {
        try
        {
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static IEnumerable<int> WithChildren(int process)
    {
        string[] children;
        try
        {
            children = [.. Directory.EnumerateDirectories($"/proc/{process}/task")
                .SelectMany(thread => File.ReadAllText(Path.Combine(thread, "children"))
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        }
        catch (IOException)
        {
            children = []; // it, or a thread of it, ended meanwhile
        }
        return children.SelectMany(child => WithChildren(int.Parse(child, CultureInfo.InvariantCulture)))
            .Prepend(process);
    }

    private static async Task UntilAsync(Func<Task<bool>> so, Func<string> what, TimeSpan patience)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await so())
        {
            if (Stopwatch.GetElapsedTime(began) > patience) throw new TimeoutException($"waited in vain: {what()}");
            await Task.Delay(50);
        }
    }

    private string Log()
    {
        lock (_log) return _log.ToString();
    }

    /// <summary>The value of an expression; undefined when it throws, or while the page is changing.</summary>
    private async Task<JsonElement> AskAsync(string expression)
    {
        var answer = await TellAsync("Runtime.evaluate", new { expression, returnByValue = true });
        // Between two documents there is nobody to ask: an error instead of a result.
        return answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("result", out var result)
            && result.TryGetProperty("value", out var value)
            ? value : default;
    }

    private async Task<JsonElement> TellAsync(string method, object parameters)
    {
        using var late = new CancellationTokenSource(Patience);
        var id = ++_asked;
        var question = JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters });
        await _socket.SendAsync(question, WebSocketMessageType.Text, endOfMessage: true, late.Token);
        while (true)
        {
            using var message = new MemoryStream();
            var buffer = new byte[65536];
            WebSocketReceiveResult part;
            do
            {
                part = await _socket.ReceiveAsync(buffer, late.Token);
                message.Write(buffer, 0, part.Count);
            }
            while (!part.EndOfMessage);
            using var answer = JsonDocument.Parse(message.ToArray());
            if (!answer.RootElement.TryGetProperty("id", out var to) || to.GetInt32() != id) continue;
            return answer.RootElement.TryGetProperty("result", out var result) ? result.Clone() : default;
        }
    }
}
