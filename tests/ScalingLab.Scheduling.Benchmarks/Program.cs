using System.Diagnostics;
using System.Globalization;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Scheduling;
using ScalingLab.Scheduling.Hosting;
using ScalingLab.Store;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

// How long work that one process queues waits until a node, another process, has begun an attempt at it:
//   dotnet run -c Release --project tests/ScalingLab.Scheduling.Benchmarks [SWEEPS [WAITING [sqlite|postgres [IDLE]]]]
// SWEEPS sweeps of one run are queued one by one at random moments, into a ledger in which WAITING runs wait already
// (of a paused sweep); the databases are durable. Each wait is from the end of the queueing call to the attempt's
// begin, both by this machine's clock. Before that the node is left alone for IDLE seconds (60 unless given): what
// processor time it takes while nothing changes.

if (args is ["node", var place, var folder]) return await ServeAsync(place, folder);

var sweeps = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200;
var waiting = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 0;
var only = args.Length > 2 ? args[2] : "";
var idle = TimeSpan.FromSeconds(args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 60);
if (only is "" or "sqlite") await OnAsync("SQLite", f => Path.Combine(f, "ledger.db"));
if (only is "" or "postgres")
{
    if (PostgresServer.WhyNot is { } why)
    {
        Console.WriteLine($"PostgreSQL: skipped. {why}");
        return 0;
    }
    using var server = PostgresServer.Start(durable: true);
    await OnAsync("PostgreSQL", _ => server.NewDatabase());
}
return 0;

async Task OnAsync(string name, Func<string, string> at)
{
    var home = Directory.CreateTempSubdirectory("scalinglab-bench-").FullName;
    try
    {
        var address = at(home);
        using var ledger = Ledger.Open(address);
        if (waiting > 0)
        {
            ledger.PutSweep(
                new Sweep("waiting", null, [.. Enumerable.Range(1, waiting).Select(i => Cell(1_000_000 + i))]));
            ledger.Pause("waiting");
        }
        var start =
            new ProcessStartInfo(Environment.ProcessPath!, [.. Itself(), "node", address, home])
            { RedirectStandardInput = true };
        using var node = Process.Start(start)!;
        while (ledger.Nodes().Count == 0) await Task.Delay(50);
        await Task.Delay(TimeSpan.FromSeconds(30)); // its code is compiled anew while it is young
        var before = node.TotalProcessorTime;
        await Task.Delay(idle);
        node.Refresh();
        var busy = (node.TotalProcessorTime - before) / idle.TotalMinutes;
        Console.WriteLine(
            FormattableString.Invariant(
                $"{name,-10} {waiting} waiting: {busy.TotalSeconds:F2} s of processor time a minute with nothing to do"));
        var queued = new Dictionary<string, DateTimeOffset>();
        var random = new Random(1);
        for (var i = 1; i <= sweeps; i++)
        {
            await Task.Delay(random.Next(300, 900));
            var sweep = string.Create(CultureInfo.InvariantCulture, $"sweep{i:D4}");
            ledger.PutSweep(new Sweep(sweep, null, [Cell(i)]));
            queued[sweep] = TimeProvider.System.GetUtcNow();
        }
        while (queued.Keys.Any(s => ledger.Attempts(s).Count == 0)) await Task.Delay(200);
        var waits =
            queued.Select(q => (Sweep: q.Key, Seconds: (ledger.Attempts(q.Key)[0].Began - q.Value).TotalSeconds))
            .ToList();
        node.StandardInput.Close();
        await node.WaitForExitAsync();
        Print(name, [.. waits.Select(w => w.Seconds).Order()]);
        var slow = waits.Where(w => w.Seconds > 1)
            .Select(w => string.Create(CultureInfo.InvariantCulture, $"{w.Sweep} {w.Seconds:F2}")).ToList();
        if (slow.Count > 0) Console.WriteLine($"  over 1 s: {string.Join(", ", slow)}");
    }
    finally
    {
        Directory.Delete(home, recursive: true);
    }
}

void Print(string name, List<double> seconds)
{
    double At(double share) => seconds[Math.Min(seconds.Count - 1, (int)(share * seconds.Count))];
    Console.WriteLine($"{name,-10} {waiting} waiting, {seconds.Count} sweeps of one run: "
        + FormattableString.Invariant(
            $"{At(0.1):F2} {At(0.5):F2} {At(0.9):F2} {At(0.95):F2} {At(0.99):F2} {seconds[^1]:F2} s (10, 50, 90, 95, 99, 100 %)"));
}

// A node with room for all that is queued: what is measured is how soon it begins, not how long slots are taken.
static async Task<int> ServeAsync(string place, string folder)
{
    using var ledger = Ledger.Open(place);
    using var stop = new CancellationTokenSource();
    var ended = Task.Factory.StartNew(
        () =>
        {
            Console.In.ReadToEnd();
            stop.Cancel();
        },
        // not a thread of the pool, which the node needs
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    var dummy = Path.Combine(
        AppContext.BaseDirectory, "..", "..", "ScalingLab.DummyWorker",
        Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "ScalingLab.DummyWorker.dll");
    var options = new NodeOptions(
        "bench", [new NodeDevice("cpu", 16)], new WorkerCommand("dotnet", [dummy], new Dictionary<string, string>()),
        (run, _) =>
        Task.FromResult(new WorkerSettings
            { DataFolder = folder, CheckpointFolder = Path.Combine(folder, run.Spec.Id.Value), Threads = 1 }),
        folder)
    {
        Report = (_, _) => Task.CompletedTask,
    };
    await NodeRunner.ServeAsync(ledger, options, null, stop.Token);
    await ended;
    return 0;
}

// `dotnet run` starts the program's own host, `dotnet PROGRAM.dll` dotnet.
static string[] Itself() =>
    Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];

static SweepCell Cell(int seed) => new(
    new RunSpec
    {
        Shape = new ModelShape { Layers = 1, Width = 8, Heads = 1, Vocabulary = 16, Context = 8 },
        Data = new DataIdentity("none", "00", "00"),
        Steps = 1,
        Recipe = new TrainingRecipe { BatchSequences = 2, LearningRateMax = 0.01 },
        Seed = seed,
    },
    "1x8", null, []);
