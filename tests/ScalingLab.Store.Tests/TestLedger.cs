using Microsoft.Data.Sqlite;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store.Tests;

/// <summary>A clock that goes when it is told to.</summary>
internal sealed class ManualTime : TimeProvider
{
    private DateTimeOffset now = new(2026, 1, 1, 22, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => now;

    public void Advance(double seconds) => now += TimeSpan.FromSeconds(seconds);
}

/// <summary>A real ledger, in a folder or a schema of its own, with a clock that stands still.</summary>
internal sealed class TestLedger : IDisposable
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);
    public static readonly Claimant Me = new("node-a");

    public string Folder { get; } = Directory.CreateTempSubdirectory("scalinglab-").FullName;

    /// <summary>What the ledger is opened by: a file or an address.</summary>
    public string At { get; }

    public ManualTime Time { get; } = new();

    public Ledger Ledger { get; }

    public TestLedger(Place on, int runs = 0, string? withSql = null)
    {
        At = on == Place.Sqlite ? Path.Combine(Folder, "ledger.db") : SharedServer.NewAddress();
        if (withSql is not null) Execute(withSql);
        Ledger = Ledger.Open(At, Time);
        if (runs > 0) Ledger.PutSweep(Sweep("s", runs));
    }

    /// <summary>Time goes by, and another node is heard all the while.</summary>
    public void Pass(double seconds)
    {
        for (var left = seconds; left > 0; left -= 3)
        {
            Time.Advance(Math.Min(left, 3));
            Ledger.Announce(Nodes.A, Time.GetUtcNow(), TimeSpan.FromSeconds(10));
        }
    }

    /// <summary>Runs statements behind the ledger's back.</summary>
    public void Execute(string sql)
    {
        if (LedgerLocation.IsPostgres(At))
        {
            SharedServer.Execute(At, sql);
            return;
        }
        using var connection = new SqliteConnection($"Data Source={At};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants, see the callers
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    public static Sweep Sweep(string name, int runs, string? question = null) =>
        new(name, question, [.. Enumerable.Range(1, runs).Select(seed => Cell(seed))]);

    public static SweepCell Cell(int seed, long steps = 10) => new(
        new RunSpec
        {
            Shape = new ModelShape { Layers = 1, Width = 8, Heads = 1, Vocabulary = 16, Context = 8 },
            Data = new DataIdentity("none", "00", "00"),
            Steps = steps,
            Recipe = new TrainingRecipe { BatchSequences = 2, LearningRateMax = 0.01 },
            Seed = seed,
        },
        "1x8", BudgetFlops: seed * 1e6, [new RecipeChoice("positions", "rotary")]);

    public static RunId Run(int seed = 1) => Cell(seed).Spec.Id;

    public static RunResult Result(double loss = 3.5) => new()
    {
        LossValidation = loss, BitsPerByte = 1.25, EvaluationTokens = 4096, Epochs = 0.5, WallSeconds = 12.5,
            TokensPerSecond = 1000,
        Device = "cpu", Threads = 1,
    };

    public static AttemptEnd Loss(RunEvent happened = RunEvent.AttemptLost, double backOffSeconds = 0) => new(
        happened == RunEvent.Yielded ? FailureKind.Interrupted : FailureKind.Crashed, "it fell over", happened,
        TimeSpan.FromSeconds(backOffSeconds));

    public Attempt Claim(int seed = 1) => Ledger.Claim(Run(seed), Me, Lease)!;

    public RunRecord Record(int seed = 1) => Ledger.Records("s").Single(r => r.Cell.Spec.Seed == seed);

    public void Dispose()
    {
        Ledger.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
