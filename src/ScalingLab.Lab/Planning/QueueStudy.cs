using System.Globalization;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Scheduling.Forecasts;

namespace ScalingLab.Lab.Planning;

/// <summary>How fast a ledger was measured to be with 10,000 runs (docs/benchmarks.md).</summary>
/// <param name="Name">Its database.</param>
/// <param name="ClaimSeconds">A claim; they come one after the other.</param>
/// <param name="EnqueueSeconds">To put a run into the queue.</param>
/// <param name="ReadSeconds">To read a run of the whole queue, as each node does when it begins.</param>
public sealed record LedgerRates(string Name, double ClaimSeconds, double EnqueueSeconds, double ReadSeconds)
{
    private const double MeasuredRuns = 10_000;

    /// <summary>One machine's.</summary>
    public static LedgerRates Sqlite { get; } = new("SQLite", 0.0003, 0.72 / MeasuredRuns, 0.067 / MeasuredRuns);

    /// <summary>That of several machines.</summary>
    public static LedgerRates Postgres { get; } =
        new("PostgreSQL", 0.0019, 0.66 / MeasuredRuns, 0.077 / MeasuredRuns);
}

/// <summary>What is asked of a queue: grids on a cluster of nodes that are all alike.</summary>
/// <param name="Grids">The grids, each with its file's name for problems.</param>
/// <param name="Nodes">How many nodes.</param>
/// <param name="Copies">How often each run is queued, as further seeds would be.</param>
/// <param name="By">What tells how long a run takes on a node's device.</param>
public sealed record QueueStudyRequest(
    IReadOnlyList<(string File, Grid Grid)> Grids, int Nodes, int Copies, RunForecaster By)
{
    /// <summary>FLOP/s of a run, in place of what is known of the device; null: what is known.</summary>
    public double? Speed { get; init; }

    /// <summary>How fast the ledger is.</summary>
    public required LedgerRates Ledger { get; init; }
}

/// <summary>A sweep of a simulated queue.</summary>
/// <param name="Name">The grid's name.</param>
/// <param name="Runs">Its runs, copies counted.</param>
/// <param name="EndsAfterSeconds">When its last run ends.</param>
public sealed record QueueStudySweep(string Name, int Runs, double EndsAfterSeconds);

/// <summary>What becomes of a queue on a cluster.</summary>
/// <param name="Slots">Runs at a time, all nodes together.</param>
/// <param name="Flops">FLOPs of all runs.</param>
/// <param name="Sweeps">The sweeps, in the order in which they were given.</param>
/// <param name="Forecast">The simulation.</param>
public sealed record QueueStudy(QueueStudyRequest Request, int Slots, double Flops,
    IReadOnlyList<QueueStudySweep> Sweeps, ClusterForecast Forecast)
{
    /// <summary>More are neither queued nor simulated.</summary>
    public const int MostRuns = 10_000_000;

    // Of byte-pair tokenizers that say no vocabulary, as when a grid is checked.
    private const int AnyVocabulary = 257;

    /// <summary>Seconds to the last end if claims cost nothing.</summary>
    public required double MakespanOfFreeClaims { get; init; }

    /// <summary>All runs.</summary>
    public int Runs => Sweeps.Sum(sweep => sweep.Runs);

    /// <summary>Share of the slots' time in which they hold no run, up to the last end.</summary>
    public double IdleShare => 1 - (Forecast.Busy / (Slots * Forecast.Makespan));

    /// <summary>Claims that the ledger sees, on average.</summary>
    public double ClaimsASecond => Runs / Forecast.Makespan;

    /// <summary>Simulates the queue.</summary>
    /// <exception cref="InputException">Times are not known, or the grids cannot share a cluster: every
    /// problem.</exception>
    public static QueueStudy Create(QueueStudyRequest request)
    {
        var problems = new List<Problem>();
        List<IReadOnlyList<(double Seconds, double Flops)>> sweeps =
            [.. request.Grids.Select(one => RunsOf(request, one.File, one.Grid, problems))];
        var gpus = request.Grids.Select(one => one.Grid.Worker.Gpus ?? 1).Distinct().ToList();
        if (gpus.Count > 1)
            problems.Add(new Problem("GRID", "grids of runs on different numbers of GPUs (worker.gpus) are simulated "
                + "one by one"));
        var (device, each) = (request.By.Device, request.By.SlotsEach);
        var ofNode = device.IsGpu ? device.Count : each;
        if (gpus[0] > ofNode)
            problems.Add(new Problem(device.IsGpu ? "--device" : "--slots", $"gives a node {ofNode}; a run wants "
                + $"{gpus[0]} (worker.gpus)"));
        if (sweeps.Sum(runs => (double)runs.Count * request.Copies) > MostRuns)
            problems.Add(new Problem("--copies", string.Create(CultureInfo.InvariantCulture,
                $"makes more than {MostRuns:N0} runs; give fewer")));
        if (problems.Count > 0) throw new InputException(problems);
        var slots = checked(request.Nodes * (ofNode / gpus[0]) * (device.IsGpu ? each : 1));
        List<ClusterRun> queue = [.. sweeps.SelectMany((runs, sweep) => runs.SelectMany(run =>
            Enumerable.Repeat(new ClusterRun(sweep, run.Seconds), request.Copies)))];
        var forecast = ClusterSimulation.Run(queue, slots, request.Ledger.ClaimSeconds);
        return new QueueStudy(request, slots, request.Copies * sweeps.Sum(runs => runs.Sum(run => run.Flops)),
            [.. request.Grids.Select((one, sweep) => new QueueStudySweep(one.Grid.Name,
                sweeps[sweep].Count * request.Copies, forecast.SweepEnds[sweep]))], forecast)
        {
            MakespanOfFreeClaims = ClusterSimulation.Run(queue, slots, claimSeconds: 0).Makespan,
        };
    }

    // The text need not be there; what it is decides no time.
    private static List<(double Seconds, double Flops)> RunsOf(QueueStudyRequest request, string file, Grid grid,
        List<Problem> problems)
    {
        var sweep = GridExpansion.Expand(grid, new DataIdentity(grid.Data.Corpus, "", ""),
            grid.Data.Vocabulary ?? AnyVocabulary);
        var (by, known) = (request.By with { Worker = grid.Worker }, new Dictionary<RunId, RunForecast>());
        var runs = new List<(double, double)>();
        foreach (var spec in sweep.Cells.Select(cell => cell.Spec))
        {
            if (request.Speed is { } speed)
            {
                runs.Add((spec.Flops / speed, spec.Flops));
                continue;
            }

            var alike = spec with { Seed = 0 };
            if (!known.TryGetValue(alike.Id, out var forecast)) known[alike.Id] = forecast = by.For(alike);
            runs.Add((forecast.Seconds ?? 0, spec.Flops)); // what is not known is refused below
        }

        var unknown = known.Values.Where(forecast => forecast.Seconds is null).ToList();
        if (unknown.Count > 0)
            problems.Add(new Problem(file, string.Create(CultureInfo.InvariantCulture,
                $"of {unknown.Count:N0} of its {known.Count:N0} rows the time of a run is {unknown[0].StandsOn}; ")
                + (request.By.Device.IsGpu ? "" : "name a GPU with --device, or ")
                + "give FLOP/s of a run with --speed"));
        return runs;
    }
}
