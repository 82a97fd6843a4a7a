using System.Data.Common;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store;

public sealed partial class Ledger
{
    /// <summary>
    /// Puts a sweep into the queue. The same content again changes nothing; a run that another sweep already has is one
    /// run. A sweep's question may change freely, its cells only with <paramref name="update"/>: runs that are in both
    /// stay as they are.
    /// </summary>
    /// <exception cref="InputException">The name stands with other cells and <paramref name="update"/> is
    /// false.</exception>
    public void PutSweep(Sweep sweep, bool update = false) => Put(sweep, null, update);

    /// <summary>
    /// Puts a sweep into the queue as above, with how it is to be carried out in place of what stood there about that.
    /// </summary>
    /// <exception cref="InputException">The name stands with other cells and <paramref name="update"/> is
    /// false.</exception>
    public void PutSweep(Sweep sweep, SweepSettings settings, bool update = false) => Put(sweep, settings, update);

    /// <summary>How a sweep is to be carried out; null where the ledger does not know it.</summary>
    public SweepSettings? Settings(string sweep) => Read(transaction => transaction.Query(
        "SELECT priority, time_window, deadline, device_class, grid, grid_file, results_folder, preparation, gpus FROM "
            + "sweeps WHERE name = @sweep",
        row => new SweepSettings
        {
            Priority = row.GetInt32(0),
            Window = row.Text(1),
            Deadline = row.Time(2),
            Device = row.Text(3),
            Grid = row.Text(4),
            GridFile = row.Text(5),
            ResultsFolder = row.Text(6),
            Preparation = row.Text(7),
            Gpus = row.Integer(8),
        },
        ("@sweep", sweep)).SingleOrDefault());

    /// <summary>Every sweep with its counts, by name.</summary>
    public IReadOnlyList<SweepSummary> Sweeps() => Summaries(null);

    /// <summary>The sweep with its counts, or null where the ledger has none of that name.</summary>
    public SweepSummary? Find(string sweep) => Summaries(sweep).SingleOrDefault();

    /// <summary>All runs of a sweep in its order; empty where the ledger does not know it.</summary>
    public IReadOnlyList<RunRecord> Records(string sweep, bool withPoints = true) => Read(transaction =>
    {
        var points = withPoints
            ? transaction.Query(
                """
                SELECT p.run_id, p.step, p.tokens, p.loss_train, p.loss_validation, p.learning_rate, p.gradient_norm, p.telemetry
                FROM points p JOIN cells c USING (run_id) WHERE c.sweep = @sweep ORDER BY c.position, p.step
                """,
                row => (Run: row.GetString(0), Point: Point(row)),
                ("@sweep", sweep)).ToLookup(p => p.Run, p => p.Point)
            : null;
        return transaction.Query(
            """
            SELECT r.spec, c.model, c.budget_flops, c.varies, r.state, r.attempts, r.result, r.failure_kind, r.failure_message, r.run_id
            FROM cells c JOIN runs r USING (run_id) WHERE c.sweep = @sweep ORDER BY c.position
            """,
            row => new RunRecord
            {
                Cell = CellOf(row),
                State = row.State(4),
                Attempts = row.GetInt32(5),
                Result = row.Text(6) is { } result ? RunJson.Deserialize<RunResult>(result) : null,
                Failure = row.Failure(7),
                FailureMessage = row.Text(8),
                Points = points?[row.GetString(9)].ToList() ?? [],
            },
            ("@sweep", sweep));
    });

    /// <summary>
    /// CPU threads a worker, chosen once a sweep: the first call records its choice, every later one is told that. A
    /// resumed run is the same bit for bit only with the threads that it began with.
    /// </summary>
    /// <exception cref="ArgumentException">The ledger does not know the sweep.</exception>
    public int ChooseThreads(string sweep, int wanted) => Write(transaction =>
    {
        if (transaction.Execute("UPDATE sweeps SET threads = @n WHERE name = @sweep AND threads IS NULL",
            ("@n", wanted), ("@sweep", sweep)) > 0)
            AllChanged(transaction);
        return transaction.Query(
                "SELECT threads FROM sweeps WHERE name = @sweep", row => row.Integer(0), ("@sweep", sweep))
                .SingleOrDefault()
            ?? throw new ArgumentException($"the ledger has no sweep '{sweep}'", nameof(sweep));
    });

    // The columns from the second on: step, tokens, the numbers, telemetry.
    private static MetricPoint Point(DbDataReader row) => new(
        row.GetInt64(1), row.GetInt64(2), row.Number(3), row.Number(4), row.Number(5), row.Number(6),
        row.Text(7) is { } telemetry ? RunJson.Deserialize<IntervalTelemetry>(telemetry) : null);

    private List<SweepSummary> Summaries(string? sweep) => Read(transaction =>
    {
        var counts = transaction.Query(
            """
            SELECT c.sweep, r.state, COUNT(*), CAST(SUM(r.fence) AS BIGINT) FROM cells c JOIN runs r USING (run_id)
            WHERE CAST(@sweep AS TEXT) IS NULL OR c.sweep = @sweep GROUP BY c.sweep, r.state
            """,
            row => new StateCount(row.GetString(0), row.State(1), row.GetInt32(2), row.GetInt64(3)),
            ("@sweep", sweep)).ToLookup(c => c.Sweep);
        var yields = Yields(transaction);
        return transaction.Query(
            """
            SELECT name, question, paused, priority, time_window, deadline, device_class, created, revision, reported, reported_stamp,
                report_failure, flagged
            FROM sweeps WHERE CAST(@sweep AS TEXT) IS NULL OR name = @sweep ORDER BY name
            """,
            row =>
            {
                var name = row.GetString(0);
                var states = new RunCounts(counts[name]);
                var stamp = Stamp(row.GetInt64(8), states, counts[name].Sum(c => c.Fences));
                return new SweepSummary(name, row.Text(1), row.GetInt32(2) != 0, states)
                {
                    Priority = row.GetInt32(3),
                    Window = row.Text(4),
                    Deadline = row.Time(5),
                    Device = row.Text(6),
                    YieldedUntil = yields.Until("sweep", name),
                    Created = row.Time(7)!.Value,
                    Reported = row.Time(9),
                    EndStamp = stamp,
                    ReportIsDue = stamp is not null && stamp != row.Text(10),
                    ReportFailure = row.Text(11),
                    Flagged = row.Integer(12),
                };
            },
            ("@sweep", sweep));
    });

    private const string RunColumns =
        "INSERT INTO runs (run_id, spec, flops, steps, tokens, kin, state, trunk, trunk_steps, changed)";

    // A pending run's values, as RunColumns has them.
    private static object?[] NewRun(RunSpec spec, RunId id) =>
    [
        id, RunJson.Serialize(spec), spec.Flops, spec.Steps, spec.Tokens, WorkloadKey.For(spec), RunState.Pending,
            Trunk.KeyOf(spec), Trunk.StepsOf(spec), 0L,
    ];

    // Hashes and JSON of ten thousand runs take longer than their rows: they are made before anybody is kept waiting by
    // the transaction.
    private void Put(Sweep sweep, SweepSettings? settings, bool update)
    {
        var ids = sweep.Cells.Select(c => c.Spec.Id).ToList();
        var content =
            RunJson.Serialize(
                sweep.Cells.Select((c, i) => new { Run = ids[i].Value, c.Model, c.BudgetFlops, c.Varies }));
        var runs = sweep.Cells.Select((c, i) => NewRun(c.Spec, ids[i])).ToList();
        var cells = sweep.Cells.Select((c, i) => new object?[]
        {
            sweep.Name, i, ids[i], c.Model, c.BudgetFlops, RunJson.Serialize(c.Varies),
        }).ToList();
        Write(transaction =>
        {
            var stored = transaction.Query(
                "SELECT content FROM sweeps WHERE name = @name", row => row.GetString(0), ("@name", sweep.Name))
                .SingleOrDefault();
            if (stored is not null && stored != content && !update) throw Conflict(transaction, sweep, ids);

            // A report shows question and labels too: when they change, it is another one.
            transaction.Execute(
                """
                INSERT INTO sweeps (name, question, content, created) VALUES (@name, @q, @content, @now)
                ON CONFLICT (name) DO UPDATE SET question = excluded.question, content = excluded.content, revision = sweeps.revision + 1
                WHERE sweeps.question IS DISTINCT FROM excluded.question OR sweeps.content <> excluded.content
                """,
                ("@name", sweep.Name), ("@q", sweep.Question), ("@content", content), ("@now", transaction.Now));
            if (settings is not null) WriteSettings(transaction, sweep.Name, settings);
            if (stored is not null) AllChanged(transaction);
            if (stored == content) return;

            // Of a sweep that is new its runs alone are news, those that another sweep has too among them.
            if (stored is not null) transaction.Execute("DELETE FROM cells WHERE sweep = @name", ("@name", sweep.Name));
            var next = NextChange(transaction);
            foreach (var run in runs) run[^1] = next;
            transaction.Insert(RunColumns, runs, "ON CONFLICT (run_id) DO UPDATE SET changed = excluded.changed");
            transaction.Insert("INSERT INTO cells (sweep, position, run_id, model, budget_flops, varies)", cells);
        });
    }

    private static void WriteSettings(Transaction transaction, string sweep, SweepSettings settings) =>
        transaction.Execute(
        """
        UPDATE sweeps SET priority = @priority, time_window = @window, deadline = @deadline, device_class = @device, gpus = @gpus,
            grid = @grid, grid_file = @file, results_folder = @folder, preparation = @preparation
        WHERE name = @sweep
        """,
        ("@priority", settings.Priority), ("@window", settings.Window), ("@deadline", settings.Deadline),
        ("@device", settings.Device),
        ("@gpus", settings.Gpus), ("@grid", settings.Grid), ("@file", settings.GridFile),
        ("@folder", settings.ResultsFolder),
        ("@preparation", settings.Preparation), ("@sweep", sweep));

    private static InputException Conflict(Transaction transaction, Sweep sweep, List<RunId> ids)
    {
        var there = transaction.Query(
            "SELECT run_id FROM cells WHERE sweep = @sweep", row => row.GetString(0), ("@sweep", sweep.Name))
            .ToHashSet();
        var wanted = ids.Select(id => id.Value).ToHashSet();
        var difference = there.SetEquals(wanted)
            ? "the same runs in another order or under other labels"
            : $"{wanted.Except(there).Count()} runs that it has not, and lacks {there.Except(wanted).Count()} of its "
                + $"{there.Count}";
        return new InputException("name",
            $"a sweep '{sweep.Name}' stands in the ledger with other content (this grid has {difference}): "
            + "give the grid another name, or update the sweep");
    }
}
