using System.Diagnostics;
using System.Globalization;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

// What the ledger costs with ten thousand runs, on SQLite and on PostgreSQL (a durable server of its own):
//   dotnet run -c Release --project tests/ScalingLab.Store.Benchmarks [RUNS]

var runs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
var folder = Directory.CreateTempSubdirectory("scalinglab-bench-").FullName;
try
{
    Measure("warm-up", Path.Combine(folder, "warm-up.db"), 200);
    Measure("SQLite", Path.Combine(folder, "ledger.db"), runs);
    if (PostgresServer.WhyNot is { } why)
    {
        Console.WriteLine($"PostgreSQL: skipped. {why}");
    }
    else
    {
        using var server = PostgresServer.Start(durable: true);
        Measure("warm-up", server.NewDatabase(), 200);
        Measure("PostgreSQL", server.NewDatabase(), runs);
    }
}
finally
{
    Directory.Delete(folder, recursive: true);
}

static void Measure(string name, string place, int runs)
{
    using var ledger = Ledger.Open(place);
    var sweep = new Sweep("bench", null, [.. Enumerable.Range(1, runs).Select(Cell)]);
    var lease = TimeSpan.FromMinutes(1);
    var claimant = new Claimant("bench", null, "cpu");
    var times = new List<(string What, double Milliseconds)>
    {
        ("enqueue", Time(() => ledger.PutSweep(sweep, new SweepSettings { Priority = 1 }))),
        ("enqueue the same again", Time(() => ledger.PutSweep(sweep))),
        ("Sweeps()", Best(() => ledger.Sweeps())),
        ("Find()", Best(() => ledger.Find("bench"))),
        ("Queue()", Best(() => ledger.Queue())),
        ("Records(), no points", Best(() => ledger.Records("bench", withPoints: false))),
    };
    var attempts = sweep.Cells.Take(100).Select(c => c.Spec.Id).ToList();
    times.Add(
        ("claim, each of 100", Time(() => attempts.ForEach(id => ledger.Claim(id, claimant, lease))) / attempts.Count));
    times.Add(("Queue() again", Best(() => ledger.Queue())));
    var mark = ledger.Changes(-1).Mark;
    times.Add(("Changes(), none", Best(() => ledger.Changes(mark))));
    var next = 100;
    times.Add(
        ("Changes(), some claims",
            Best(() => ledger.Changes(mark), () => ledger.Claim(sweep.Cells[next++].Spec.Id, claimant, lease))));
    ledger.Import([.. sweep.Cells.Skip(next).Select(Finished)]);
    times.Add(("Totals(), finished runs", Best(() => ledger.Totals())));
    if (name == "warm-up") return;
    foreach (var (what, milliseconds) in times)
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-10} {runs} runs  {what,-24} "
            + $"{milliseconds,9:F1} ms"));
}

static double Time(Action work)
{
    var began = Stopwatch.GetTimestamp();
    work();
    return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
}

static double Best(Action work, Action? before = null) => Enumerable.Range(0, 3).Min(_ =>
{
    before?.Invoke();
    return Time(work);
});

static SweepCell Cell(int seed) => new(
    new RunSpec
    {
        Shape = new ModelShape { Layers = 1 + (seed % 8), Width = 64, Heads = 4, Vocabulary = 1024, Context = 128 },
        Data = new DataIdentity("none", new string('0', 64), new string('0', 64)),
        Steps = 100 + seed,
        Recipe = new TrainingRecipe { BatchSequences = 8, LearningRateMax = 0.01 },
        Seed = seed,
    },
    "bench", 1e12, [new RecipeChoice("positions", "rotary")]);

static FinishedRun Finished(SweepCell cell) => new()
{
    Run = cell.Spec.Id.Value,
    Attempts = 1,
    By = new ResultOrigin("bench", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddMinutes(1), "cpu"),
    Spec = cell.Spec,
    Result = new RunResult
    {
        LossValidation = 3.5, BitsPerByte = 1.25, EvaluationTokens = 4096, Epochs = 0.5, WallSeconds = 12.5,
            TokensPerSecond = 1000, Device = "cpu",
        Threads = 1, EnergyJoules = 100,
    },
    Points = [],
};
