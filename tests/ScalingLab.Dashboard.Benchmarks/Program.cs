using System.Diagnostics;
using System.Globalization;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

// What the page's server takes, by the real program over a real ledger:
//   dotnet run -c Release --project tests/ScalingLab.Dashboard.Benchmarks [RUNS [POINTS [VIEWERS [MINUTES [RUNNING]]]]]
// One sweep of RUNS runs is made, of which RUNNING are running and half of the others have completed, each that was
// begun with POINTS points. Times of first answers are of a program that was just started, then of the same again.
// VIEWERS then hold event streams for MINUTES; every running run says a point a second meanwhile (none: nothing happens
// at all). What the program holds and takes is read each minute.

int Arg(int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;
var (runs, points, viewers, minutes, running) = (Arg(0, 200), Arg(1, 1000), Arg(2, 50), Arg(3, 10), Arg(4, 0));
var home = Directory.CreateTempSubdirectory("scalinglab-bench-").FullName;
try
{
    var file = Path.Combine(home, "ledger.db");
    using var ledger = Ledger.Open(file);
    var cells = Enumerable.Range(1, runs).Select(seed => Cell(seed, points)).ToList();
    ledger.PutSweep(new Sweep("bench", "What does it take?", cells));
    var me = new Node("bench", new ProcessIdentity("machine", 1, "now"), [new NodeDevice("cpu", 8)]);
    ledger.Announce(me, TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(2));
    var attempts = new List<Attempt>();
    for (var i = 0; i < running + ((runs - running) / 2); i++)
    {
        var attempt = ledger.Claim(cells[i].Spec.Id, new Claimant("bench", Device: "cpu"), TimeSpan.FromHours(2))!;
        attempts.Add(attempt);
        ledger.AddAttemptReport(attempt,
            new AttemptReport([.. Enumerable.Range(1, points).Select(step => Point(cells[i].Spec, step))],
            TokensPerSecond: 100_000));
        if (i >= running) ledger.Accept(attempt, Result());
    }
    var megabytes = new FileInfo(file).Length / 1e6;
    Say($"{runs} runs, {attempts.Count} begun with {points} points each, {running} running; ledger {megabytes:F0} MB");

    using var page = await PageProcess.StartAsync(file);
    foreach (var what in new[] { "just started", "again" })
    {
        Console.WriteLine($"{what}:");
        foreach (var path in new[] { "", "api/queue", "api/sweeps/bench", "api/timeline", "api/sweeps/bench/curves" })
        {
            var began = Stopwatch.GetTimestamp();
            var bytes = (await page.Client.GetByteArrayAsync(new Uri(path, UriKind.Relative))).Length;
            Say($"  /{path}: {Stopwatch.GetElapsedTime(began).TotalMilliseconds:F0} ms, {bytes / 1e3:F0} kB");
        }
        var (first, whole, size) = await page.WatchAsync(runs / 2);
        Say($"  events: snapshot after {first:F0} ms, all curves after {whole:F0} ms, {size / 1e3:F0} kB");
    }

    using var stop = new CancellationTokenSource();
    var watching = Enumerable.Range(0, viewers).Select(_ => page.DrainAsync(stop.Token)).ToList();
    var trains = TrainAsync(ledger, attempts.Take(running).ToList(), stop.Token);
    var (last, busy) = (Stopwatch.GetTimestamp(), page.ProcessorTime);
    for (var minute = 0; minute <= minutes; minute++)
    {
        var (took, passed) = ((page.ProcessorTime - busy).TotalSeconds, Stopwatch.GetElapsedTime(last).TotalSeconds);
        Say($"minute {minute}: {page.ResidentBytes / 1e6:F0} MB resident, {took:F2} s of processor time in {passed:F0} s");
        (last, busy) = (Stopwatch.GetTimestamp(), page.ProcessorTime);
        if (minute < minutes) await Task.Delay(TimeSpan.FromMinutes(1));
    }
    await stop.CancelAsync();
    var sent = await Task.WhenAll(watching);
    await trains;
    if (viewers > 0) Say($"each viewer was sent {sent.Average() / 1e3:F0} kB");
}
finally
{
    Directory.Delete(home, recursive: true);
}

static void Say(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));

static async Task TrainAsync(Ledger ledger, List<Attempt> attempts, CancellationToken stop)
{
    for (var step = 0; attempts.Count > 0 && !stop.IsCancellationRequested; step++)
    {
        foreach (var attempt in attempts)
        {
            var next = ((attempt.Spec.Steps / 2) + step) % attempt.Spec.Steps;
            ledger.AddAttemptReport(attempt, new AttemptReport([Point(attempt.Spec, next)], TokensPerSecond: 100_000));
        }
        await Task.Delay(TimeSpan.FromSeconds(1), stop).ContinueWith(_ => { }, TaskScheduler.Default);
    }
}

static MetricPoint Point(RunSpec spec, long step) => new(
    step, spec.TokensAfter(step), 3 + (7 / Math.Sqrt(step)) + (0.01 * Math.Sin(step * spec.Seed)), step % 50 == 0
        ? 3.1 + (7 / Math.Sqrt(step)) : null, 0.001, 1.5,
    new IntervalTelemetry { TokensPerSecond = 100_000, FlopsPerSecond = 1e11, Mfu = 0.3, PowerWatts = 40,
        EnergyJoules = 20 });

static SweepCell Cell(int seed, int points) => new(
    new RunSpec
    {
        Shape = new ModelShape { Layers = 3, Width = 64, Heads = 4, Vocabulary = 1024, Context = 128 },
        Data = new DataIdentity("none", "00", "00"),
        Steps = 2L * points,
        Recipe = new TrainingRecipe { BatchSequences = 16, LearningRateMax = 0.01 },
        Seed = seed,
    },
    "micro-63k", BudgetFlops: 1e11, [new RecipeChoice("positions", seed % 2 == 0 ? "rotary" : "learned")]);

static RunResult Result() => new()
{
    LossValidation = 3.1, BitsPerByte = 1.25, EvaluationTokens = 4096, Epochs = 0.5, WallSeconds = 12.5,
        TokensPerSecond = 100_000, Device = "cpu", Threads = 1,
    EnergyJoules = 2e4,
};

/// <summary>The page's program.</summary>
internal sealed class PageProcess : IDisposable
{
    private readonly Process _process;

    private PageProcess(Process process, Uri address)
    {
        _process = process;
        Client = new HttpClient { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
    }

    public HttpClient Client { get; }

    public TimeSpan ProcessorTime => Renewed().TotalProcessorTime;

    public long ResidentBytes => Renewed().WorkingSet64;

    public static async Task<PageProcess> StartAsync(string ledger)
    {
        var program = Path.GetFullPath(Path.Combine(
            AppContext.BaseDirectory, "..", "..", "ScalingLab.Dashboard",
                Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "ScalingLab.Dashboard.dll"));
        var process = Process.Start(
            new ProcessStartInfo("dotnet", ["exec", program]) { RedirectStandardInput = true,
            RedirectStandardOutput = true })!;
        await process.StandardInput.WriteLineAsync(
            RunJson.Serialize(
            new { Ledger = ledger, Port = 0, Listen = "127.0.0.1", Token = "a-token-of-the-benchmark" }));
        await process.StandardInput.FlushAsync();
        return new PageProcess(process, new Uri((await process.StandardOutput.ReadLineAsync())!.Split(' ')[1]));
    }

    /// <summary>
    /// Milliseconds until the first snapshot and until as many curves have come, and the bytes of all.
    /// </summary>
    public async Task<(double Snapshot, double Whole, long Bytes)> WatchAsync(int curves)
    {
        var (began, first, bytes, seen) = (Stopwatch.GetTimestamp(), 0.0, 0L, 0);
        using var reader = new StreamReader(
            await Client.GetStreamAsync(new Uri("api/sweeps/bench/events", UriKind.Relative)));
        while (seen < curves && await reader.ReadLineAsync() is { } line)
        {
            bytes += line.Length + 1;
            if (first == 0 && line.StartsWith("data: ", StringComparison.Ordinal))
                first = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            for (var at = line.IndexOf("\"from\":", StringComparison.Ordinal); at >= 0; at = line.IndexOf("\"from\":",
                at + 1, StringComparison.Ordinal)) seen++;
        }
        return (first, Stopwatch.GetElapsedTime(began).TotalMilliseconds, bytes);
    }

    /// <summary>Reads events until it is to stop; the bytes.</summary>
    public async Task<double> DrainAsync(CancellationToken stop)
    {
        var (buffer, bytes) = (new byte[64 * 1024], 0.0);
        try
        {
            await using var stream = await Client.GetStreamAsync(new Uri("api/sweeps/bench/events", UriKind.Relative),
                stop);
            while (await stream.ReadAsync(buffer, stop) is var read and > 0) bytes += read;
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
        return bytes;
    }

    public void Dispose()
    {
        Client.Dispose();
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5000)) _process.Kill();
        _process.Dispose();
    }

    private Process Renewed()
    {
        _process.Refresh();
        return _process;
    }
}
