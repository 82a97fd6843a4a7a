using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Dashboard.Tests;

/// <summary>
/// A real ledger in a folder of its own: the sweep "ladder" with a completed, a running and a failed run.
/// </summary>
internal sealed class WatchedLedger : IDisposable
{
    public const string Sweep = "ladder";

    /// <summary>What no grid may be called, but a ledger that somebody else wrote may hold.</summary>
    public static readonly string Hostile =
        "</script><script>owned()</script><img src=x onerror=owned()>\" onload=owned() "
            + "'&amp;${owned()}\u0007\u001b[31m%2F\u202e " + new string('w', 500);

    private readonly Ledger _ledger;
    private readonly Attempt _running;

    public WatchedLedger()
    {
        _ledger = Ledger.OpenSqlite(File);
        _ledger.PutSweep(
            new Sweep(Sweep, "Does it <b>learn</b>?", [TinyCell.Create(1), TinyCell.Create(2), TinyCell.Create(3)]),
            new SweepSettings { ResultsFolder = Results, Grid = Grid });
        Assert.True(_ledger.Accept(Claim(1), Result(3.25), News(40, 80)));
        _running = Claim(2);
        Assert.True(_ledger.AddAttemptReport(_running, News(10, 30)));
        Assert.True(_ledger.EndWithoutResult(
            Claim(3), new AttemptEnd(FailureKind.Diverged, "the loss became <NaN>", RunEvent.FailedForGood),
            News(5, 10)));
    }

    /// <summary>What the sweep's grid says of costs.</summary>
    private const string Grid =
        """{ "worker": { "price": { "name": "list", "currency": "EUR", "perDeviceHour": 3600 } } }""";

    public string Folder { get; } = Directory.CreateTempSubdirectory("scalinglab-").FullName;

    public string File => Path.Combine(Folder, "ledger.db");

    /// <summary>The sweep's results folder.</summary>
    public string Results => Path.Combine(Folder, "results");

    /// <summary>Writes a file of results.</summary>
    public void WriteResult(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Results, file))!);
        System.IO.File.WriteAllText(Path.Combine(Results, file), text);
    }

    /// <summary>Writes what an attempt's worker said into the ledger's folder, as a state folder.</summary>
    public void WriteLog(int size, int attempt, string text)
    {
        var folder = Path.Combine(Folder, "logs", Id(size));
        Directory.CreateDirectory(folder);
        System.IO.File.WriteAllText(Path.Combine(folder, $"attempt-{attempt}.log"), text);
    }

    /// <summary>Adds a run that waits.</summary>
    public void Queue(string sweep, int size) => Queue(sweep, TinyCell.Create(size));

    /// <summary>Adds a sweep.</summary>
    public void Queue(string sweep, params IReadOnlyList<SweepCell> cells) =>
        _ledger.PutSweep(new Sweep(sweep, null, cells));

    /// <summary>A node with one processor is there, and the running run has shown its speed on it.</summary>
    public void ShowSpeed()
    {
        var me = new Node("node-a", new ProcessIdentity("machine", 1, "now"), [new NodeDevice("cpu", 1)]);
        Assert.True(_ledger.Announce(me, DateTimeOffset.UtcNow, TimeSpan.FromMinutes(10)));
        Assert.True(_ledger.RecordWorker(_running, new ProcessIdentity("machine", 2, "now"),
            new WorkerSettings { DataFolder = "", CheckpointFolder = "", Device = "cpu" }));
        Assert.True(_ledger.AddAttemptReport(_running, new AttemptReport([], TokensPerSecond: 10)));
    }

    public static string Id(int size) => TinyCell.Create(size).Spec.Id.Value;

    /// <summary>Adds a sweep whose every word is hostile, and whose losses are no numbers.</summary>
    public void AddHostile()
    {
        var cell =
            new SweepCell(TinyCell.Create(4).Spec, Hostile, BudgetFlops: null, [new RecipeChoice(Hostile, Hostile)]);
        _ledger.PutSweep(new Sweep(Hostile, Hostile, [cell]));
        MetricPoint[] points =
            [.. new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity, -1, 0, 1e308, 5e-324, 3 }
            .Select((loss, i) => new MetricPoint(i + 1, 16 * (i + 1), loss, loss))];
        Assert.True(
            _ledger.EndWithoutResult(Claim(4), new AttemptEnd(FailureKind.Crashed, Hostile, RunEvent.FailedForGood),
                new AttemptReport(points)));
    }

    /// <summary>Whether its sweep is paused.</summary>
    public bool IsPaused => _ledger.Find(Sweep)!.Paused;

    /// <summary>The running run says a point.</summary>
    public void Train(long step) => Assert.True(_ledger.AddAttemptReport(_running, News(step)));

    /// <summary>The run of that size is retried, and its new attempt says points.</summary>
    public void TrainAgain(int size, params long[] steps)
    {
        Assert.Single(_ledger.Retry(Sweep, TinyCell.Create(size).Spec.Id));
        Assert.True(_ledger.AddAttemptReport(Claim(size), News(steps)));
    }

    /// <summary>The sweep is given one run more.</summary>
    public void AddRun(int size) =>
        _ledger.PutSweep(
            new Sweep(Sweep, "Does it <b>learn</b>?",
            [TinyCell.Create(1), TinyCell.Create(2), TinyCell.Create(3), TinyCell.Create(size)]), update: true);

    /// <summary>The running run is completed.</summary>
    public void AcceptTheRunningRun() => Assert.True(_ledger.Accept(_running, Result(2.75), News(80)));

    public void Dispose()
    {
        _ledger.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private Attempt Claim(int size) =>
        _ledger.Claim(TinyCell.Create(size).Spec.Id, new Claimant("node-a"), TimeSpan.FromMinutes(10))!;

    private static AttemptReport News(params long[] steps) =>
        new([.. steps.Select(s =>
            new MetricPoint(s, s * 16, LossTrain: 6 - (s / 40.0), LossValidation: 6.5 - (s / 40.0)))]);

    private static RunResult Result(double loss) => new()
    {
        LossValidation = loss, BitsPerByte = 1.25, EvaluationTokens = 4096, Epochs = 0.5, WallSeconds = 12.5,
            TokensPerSecond = 1000,
        Device = "cpu", Threads = 1,
    };
}
