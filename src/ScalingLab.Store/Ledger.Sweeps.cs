using System.Data.Common;
using ScalingLab.Runs;

namespace ScalingLab.Store;

public sealed partial class Ledger
{
    /// <summary>
    /// Puts a sweep into the queue. The same content again changes nothing; a run that another sweep already has is one run. A sweep's
    /// question may change freely, its cells only with <paramref name="update"/>: runs that are in both stay as they are.
    /// </summary>
    /// <exception cref="InputException">The name stands with other cells and <paramref name="update"/> is false.</exception>
    public void PutSweep(Sweep sweep, bool update = false)
    {
        var content = RunJson.Serialize(sweep.Cells.Select(c => new { Run = c.Spec.Id.Value, c.Model, c.BudgetFlops, c.Varies }));
        Write(transaction =>
        {
            var stored = transaction.Query(
                "SELECT content FROM sweeps WHERE name = @name", row => row.GetString(0), ("@name", sweep.Name)).SingleOrDefault();
            if (stored == content)
            {
                transaction.Execute(
                    "UPDATE sweeps SET question = @q WHERE name = @name AND question IS DISTINCT FROM @q",
                    ("@q", sweep.Question), ("@name", sweep.Name));
                return;
            }
            if (stored is not null && !update) throw Conflict(transaction, sweep);

            transaction.Execute(
                """
                INSERT INTO sweeps (name, question, content, created) VALUES (@name, @q, @content, @now)
                ON CONFLICT (name) DO UPDATE SET question = excluded.question, content = excluded.content
                """,
                ("@name", sweep.Name), ("@q", sweep.Question), ("@content", content), ("@now", Now));
            transaction.Execute("DELETE FROM cells WHERE sweep = @name", ("@name", sweep.Name));
            foreach (var (position, cell) in sweep.Cells.Index()) PutCell(transaction, sweep.Name, position, cell);
        });
    }

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
                SELECT p.run_id, p.step, p.tokens, p.loss_train, p.loss_validation, p.learning_rate, p.gradient_norm
                FROM points p JOIN cells c USING (run_id) WHERE c.sweep = @sweep ORDER BY c.position, p.step
                """,
                row => (Run: row.GetString(0), Point: new MetricPoint(
                    row.GetInt64(1), row.GetInt64(2), row.Number(3), row.Number(4), row.Number(5), row.Number(6))),
                ("@sweep", sweep)).ToLookup(p => p.Run, p => p.Point)
            : null;
        return transaction.Query(
            """
            SELECT r.spec, c.model, c.budget_flops, c.varies, r.state, r.attempts, r.result, r.failure_kind, r.failure_message, r.run_id
            FROM cells c JOIN runs r USING (run_id) WHERE c.sweep = @sweep ORDER BY c.position
            """,
            row => new RunRecord
            {
                Cell = new SweepCell(
                    RunJson.Deserialize<RunSpec>(row.GetString(0)), row.GetString(1), row.Number(2),
                    RunJson.Deserialize<IReadOnlyList<RecipeChoice>>(row.GetString(3))),
                State = row.State(4),
                Attempts = row.GetInt32(5),
                Result = row.Text(6) is { } result ? RunJson.Deserialize<RunResult>(result) : null,
                Failure = row.Failure(7),
                FailureMessage = row.Text(8),
                Points = points?[row.GetString(9)].ToList() ?? [],
            },
            ("@sweep", sweep));
    });

    /// <summary>The runs of a sweep that have not ended, in its order; for scheduling.</summary>
    public IReadOnlyList<QueuedRun> Queue(string sweep) => Read(transaction => transaction.Query(
        """
        SELECT r.run_id, c.position, c.model, r.flops, r.state, r.losses, r.not_before, r.fence, r.lease_until, a.node,
               a.host_machine, a.host_pid, a.host_started, a.worker_machine, a.worker_pid, a.worker_started, r.attempts, r.failure_kind
        FROM cells c JOIN runs r USING (run_id) LEFT JOIN attempts a ON a.run_id = r.run_id AND a.fence = r.fence
        WHERE c.sweep = @sweep AND r.state IN ('pending', 'running') ORDER BY c.position
        """,
        row => new QueuedRun
        {
            Run = new RunId(row.GetString(0)),
            Position = row.GetInt32(1),
            Model = row.GetString(2),
            Flops = row.GetDouble(3),
            State = row.State(4),
            Losses = row.GetInt32(5),
            NotBefore = row.Time(6),
            Fence = row.GetInt64(7),
            LeaseUntil = row.Time(8),
            Node = row.Text(9),
            Host = row.Mark(10),
            Worker = row.Mark(13),
            Attempts = row.GetInt32(16),
            Failure = row.Failure(17),
        },
        ("@sweep", sweep)));

    /// <summary>
    /// CPU threads a worker, chosen once a sweep: the first call records its choice, every later one is told that. A resumed run is the
    /// same bit for bit only with the threads that it began with.
    /// </summary>
    /// <exception cref="ArgumentException">The ledger does not know the sweep.</exception>
    public int ChooseThreads(string sweep, int wanted) => Write(transaction =>
    {
        transaction.Execute("UPDATE sweeps SET threads = COALESCE(threads, @n) WHERE name = @sweep", ("@n", wanted), ("@sweep", sweep));
        return transaction.Query(
                "SELECT threads FROM sweeps WHERE name = @sweep", row => row.Integer(0), ("@sweep", sweep)).SingleOrDefault()
            ?? throw new ArgumentException($"the ledger has no sweep '{sweep}'", nameof(sweep));
    });

    private List<SweepSummary> Summaries(string? sweep) => Read(transaction =>
    {
        var counts = transaction.Query(
            """
            SELECT c.sweep, r.state, COUNT(*) FROM cells c JOIN runs r USING (run_id)
            WHERE @sweep IS NULL OR c.sweep = @sweep GROUP BY c.sweep, r.state
            """,
            row => (Sweep: row.GetString(0), State: row.State(1), Count: row.GetInt32(2)), ("@sweep", sweep)).ToLookup(c => c.Sweep);
        return transaction.Query(
            "SELECT name, question, paused FROM sweeps WHERE @sweep IS NULL OR name = @sweep ORDER BY name",
            row => new SweepSummary(
                row.GetString(0), row.Text(1), row.GetInt32(2) != 0, counts[row.GetString(0)].ToDictionary(c => c.State, c => c.Count)),
            ("@sweep", sweep));
    });

    private static void PutCell(DbTransaction transaction, string sweep, int position, SweepCell cell)
    {
        var run = cell.Spec.Id;
        transaction.Execute(
            "INSERT INTO runs (run_id, spec, flops, state) VALUES (@run, @spec, @flops, @state) ON CONFLICT (run_id) DO NOTHING",
            ("@run", run), ("@spec", RunJson.Serialize(cell.Spec)), ("@flops", cell.Spec.Flops), ("@state", RunState.Pending));
        transaction.Execute(
            """
            INSERT INTO cells (sweep, position, run_id, model, budget_flops, varies)
            VALUES (@sweep, @position, @run, @model, @budget, @varies)
            """,
            ("@sweep", sweep), ("@position", position), ("@run", run), ("@model", cell.Model), ("@budget", cell.BudgetFlops),
            ("@varies", RunJson.Serialize(cell.Varies)));
    }

    private static InputException Conflict(DbTransaction transaction, Sweep sweep)
    {
        var there = transaction.Query(
            "SELECT run_id FROM cells WHERE sweep = @sweep", row => row.GetString(0), ("@sweep", sweep.Name)).ToHashSet();
        var wanted = sweep.Cells.Select(c => c.Spec.Id.Value).ToHashSet();
        var difference = there.SetEquals(wanted)
            ? "the same runs in another order or under other labels"
            : $"{wanted.Except(there).Count()} runs that it has not, and lacks {there.Except(wanted).Count()} of its {there.Count}";
        return new InputException("name",
            $"a sweep '{sweep.Name}' stands in the ledger with other content (this grid has {difference}): "
            + "give the grid another name, or update the sweep");
    }
}
