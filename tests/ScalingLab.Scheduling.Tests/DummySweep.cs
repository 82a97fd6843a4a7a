using System.Collections.Concurrent;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Hosting;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Tests;

/// <summary>
/// A sweep of small runs, one a seed, on a real ledger, with the dummy as its worker; everything in a folder of its
/// own.
/// </summary>
internal sealed class DummySweep : IProgress<SweepProgress>, IDisposable
{
    public const string Name = "dummies";

    public string Folder { get; } = Directory.CreateTempSubdirectory("scalinglab-").FullName;

    public Ledger Ledger { get; }

    public Sweep Sweep { get; }

    public ConcurrentQueue<SweepProgress> Heard { get; } = [];

    /// <param name="runs">Runs in the sweep.</param>
    /// <param name="steps">Steps of each.</param>
    /// <param name="address">Of a PostgreSQL ledger; a file unless given.</param>
    /// <param name="time">The ledger's clock.</param>
    public DummySweep(int runs, long steps = 4, string? address = null, TimeProvider? time = null)
    {
        Sweep = new Sweep(Name, null, [.. Enumerable.Range(1, runs).Select(seed => Cell(seed, steps))]);
        Ledger = Open(time, address);
        Ledger.PutSweep(Sweep);
    }

    /// <summary>Another view of the ledger, as another process has it.</summary>
    public Ledger Open(TimeProvider? time = null, string? address = null) => Ledger.Open(address ?? LedgerFile, time);

    public string LedgerFile => Path.Combine(Folder, "ledger.db");

    public static SweepCell Cell(int seed, long steps)
    {
        var spec = new RunSpec
        {
            Shape = new ModelShape { Layers = 1, Width = 8, Heads = 1, Vocabulary = 16, Context = 8 },
            Data = new DataIdentity("none", "00", "00"),
            Steps = steps,
            Recipe = new TrainingRecipe { BatchSequences = 32, LearningRateMax = 0.01 },
            Seed = seed,
        };
        return new SweepCell(spec, "1x8", null, []);
    }

    public NodeOptions Options(string script = "", int stepMilliseconds = 0, int slots = 2) => new(
        "test-node",
        [new NodeDevice("cpu", slots)],
        new WorkerCommand("dotnet", [DummyDll()], new Dictionary<string, string>
        {
            ["DUMMY_SCRIPT"] = script,
            ["DUMMY_STEP_MS"] = stepMilliseconds.ToString(System.Globalization.CultureInfo.InvariantCulture),
        }),
        (run, _) => Task.FromResult(
            new WorkerSettings { DataFolder = Folder, CheckpointFolder = CheckpointFolder(run.Spec), Threads = 1 }),
        Folder)
    {
        Retries =
            new RetryPolicy
            { BackOff = TimeSpan.FromMilliseconds(50), EnvironmentBackOff = TimeSpan.FromMilliseconds(50) },
    };

    public async Task<SweepOutcome> RunAsync(NodeOptions options, CancellationToken stop = default) =>
        await NodeRunner.RunSweepAsync(Ledger, Name, options, this, stop)
        .WaitAsync(TimeSpan.FromSeconds(120), CancellationToken.None);

    public RunRecord Record(int seed) => Ledger.Records(Name).Single(r => r.Cell.Spec.Seed == seed);

    public string CheckpointFolder(RunSpec spec) => Path.Combine(Folder, "checkpoints", spec.Id.Value);

    /// <summary>
    /// What each start of the run's worker wrote: process id, threads, micro-batch, OMP_NUM_THREADS, device,
    /// CUDA_VISIBLE_DEVICES, GPUs.
    /// </summary>
    public string[][] Starts(int seed)
    {
        var file = Path.Combine(CheckpointFolder(Sweep.Cells.Single(c => c.Spec.Seed == seed).Spec), "starts");
        return File.Exists(file) ? [.. File.ReadAllLines(file).Select(l => l.Split(' '))] : [];
    }

    public bool AnyTwoWriters() => Directory.EnumerateFiles(Folder, "two-writers", SearchOption.AllDirectories).Any();

    /// <summary>Waits until something was heard.</summary>
    public async Task<T> HearAsync<T>(Func<T, bool> wanted)
        where T : SweepProgress
    {
        for (var i = 0; i < 1200; i++)
        {
            if (Heard.OfType<T>().FirstOrDefault(wanted) is { } found) return found;
            await Task.Delay(50);
        }
        throw new TimeoutException($"no {typeof(T).Name} in: {string.Join('\n', Heard)}");
    }

    public void Report(SweepProgress value) => Heard.Enqueue(value);

    public void Dispose()
    {
        Ledger.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static string DummyDll()
    {
        // artifacts/bin/PROJECT/release
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var dll =
            Path.Combine(here.Parent!.Parent!.FullName, "ScalingLab.DummyWorker", here.Name,
                "ScalingLab.DummyWorker.dll");
        return File.Exists(dll) ? dll : throw new FileNotFoundException("the dummy worker was not built", dll);
    }
}
