using System.Data.Common;
using ScalingLab.Runs;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store;

/// <content>What scheduling and launchers read.</content>
public sealed partial class Ledger
{
    /// <summary>
    /// The runs that have not ended, each once, by sweep and position; of one sweep or of all. A run that several
    /// sweeps have is read for the one that lets it start now (neither paused nor yielded, its window open, its
    /// deadline to come), then for the one of higher priority.
    /// </summary>
    /// <param name="sweep">One sweep; null is all.</param>
    /// <param name="isOpen">Whether a window, in a sweep's words, is open now; without it every window counts as
    /// open.</param>
    /// <param name="run">One run; null is all. Nothing is read of the others.</param>
    /// <param name="runningOnly">Only those that an attempt holds. Nothing is read of the others.</param>
    public IReadOnlyList<QueuedRun> Queue(
        string? sweep = null, Func<string, bool>? isOpen = null, RunId? run = null, bool runningOnly = false) =>
            Read(transaction =>
    {
        var rows =
            Rows(transaction, runningOnly ? "r.state = 'running'" : "r.state IN ('pending', 'running')", sweep, run);
        return sweep is null ? QueuedRun.Best(rows, transaction.Now, isOpen) : rows;
    });

    // A row for each sweep that has the run.
    private static List<QueuedRun> Rows(Transaction transaction, string which, string? sweep, RunId? run,
        long since = 0)
    {
        var (ofRun, ofItsAttempts) = run is null ? ("", "") : (" AND r.run_id = @run", " AND run_id = @run");
        var yields = Yields(transaction);
        var peaks = transaction.Query(
            "SELECT kin, device_class, micro_batch_tokens, bytes FROM peaks ORDER BY kin, device_class, "
                + "micro_batch_tokens",
            row => (Workload: row.GetString(0),
                Peak: new MeasuredPeak(row.GetString(1), row.GetInt32(2), row.GetInt64(3))))
            .GroupBy(p => p.Workload)
            .ToDictionary(g => g.Key, g => (IReadOnlyList<MeasuredPeak>)[.. g.Select(p => p.Peak)]);
        return transaction.Query(
            $"""
            SELECT r.run_id, c.position, c.model, r.flops, r.state, r.losses, r.not_before, r.fence, r.lease_until, a.node,
                a.host_machine, a.host_pid, a.host_started, a.worker_machine, a.worker_pid, a.worker_started, r.attempts, r.failure_kind,
                c.sweep, s.priority, s.paused, s.time_window, s.deadline, s.device_class, a.device, a.began, r.steps, r.kin, r.checkpoint,
                r.submitted_job, r.submitted, m.times, COALESCE(r.threads, s.threads), r.trunk, r.trunk_steps, r.tokens,
                COALESCE(s.gpus, 1)
            FROM runs r JOIN cells c USING (run_id) JOIN sweeps s ON s.name = c.sweep
                LEFT JOIN attempts a ON a.run_id = r.run_id AND a.fence = r.fence
                LEFT JOIN (SELECT run_id, COUNT(*) AS times FROM attempts WHERE failure_kind = 'outofmemory'{ofItsAttempts} GROUP BY run_id) m
                    ON m.run_id = r.run_id
            WHERE {which} AND (CAST(@sweep AS TEXT) IS NULL OR c.sweep = @sweep){ofRun}
            ORDER BY c.sweep, c.position
            """,
            row => Queued(row, yields, peaks),
            ("@sweep", sweep), ("@run", run?.Value), ("@since", since));
    }

    /// <summary>The names alone of all runs that have not ended.</summary>
    public IReadOnlySet<RunId> Unfinished() => Read(transaction => transaction.Query(
        "SELECT run_id FROM runs WHERE state IN ('pending', 'running')", row => new RunId(row.GetString(0)))
        .ToHashSet());

    /// <summary>The steps at which the other runs of a <see cref="Trunk"/> leave it, each once.</summary>
    public IReadOnlyList<long> TrunkSteps(string trunk, RunId run) => Read(transaction => transaction.Query(
        "SELECT DISTINCT trunk_steps FROM runs WHERE trunk = @trunk AND run_id <> @run ORDER BY trunk_steps",
        row => row.GetInt64(0), ("@trunk", trunk), ("@run", run)));

    /// <summary>The names alone of all runs that have completed.</summary>
    public IReadOnlySet<RunId> Completed() => Read(transaction => transaction.Query(
        "SELECT run_id FROM runs WHERE state = 'completed'", row => new RunId(row.GetString(0))).ToHashSet());

    /// <summary>The last step that the curve of each running run has; one that has none yet is absent.</summary>
    public IReadOnlyDictionary<RunId, long> StepsDone() => Read(transaction => transaction.Query(
        "SELECT r.run_id, MAX(p.step) FROM runs r JOIN points p USING (run_id) WHERE r.state = 'running' GROUP BY r.run_id",
        row => (Run: new RunId(row.GetString(0)), Step: row.GetInt64(1)))).ToDictionary(r => r.Run, r => r.Step);

    /// <summary>How far completed runs trained each <see cref="Trunk"/>, in steps.</summary>
    public IReadOnlyDictionary<string, long> TrunksTrained() => Read(transaction => transaction.Query(
        "SELECT trunk, MAX(trunk_steps) FROM runs WHERE trunk IS NOT NULL AND state = 'completed' GROUP BY trunk",
        row => (Trunk: row.GetString(0), Steps: row.GetInt64(1)))).ToDictionary(t => t.Trunk, t => t.Steps);

    /// <summary>What a run is; null where the ledger does not know it.</summary>
    public RunSpec? Spec(RunId run) => Read(transaction => transaction.Query(
        "SELECT spec FROM runs WHERE run_id = @run", row => RunJson.Deserialize<RunSpec>(row.GetString(0)),
        ("@run", run)).SingleOrDefault());

    /// <summary>A run as a sweep has it; null where the sweep does not.</summary>
    public SweepCell? Cell(string sweep, RunId run) => Read(transaction => transaction.Query(
        "SELECT r.spec, c.model, c.budget_flops, c.varies FROM cells c JOIN runs r USING (run_id) WHERE c.sweep = "
            + "@sweep AND c.run_id = @run",
        row => CellOf(row), ("@sweep", sweep), ("@run", run)).SingleOrDefault());

    // The columns: spec, model, budget, choices.
    private static SweepCell CellOf(DbDataReader row) => new(
        RunJson.Deserialize<RunSpec>(row.GetString(0)), row.GetString(1), row.Number(2),
        RunJson.Deserialize<IReadOnlyList<RecipeChoice>>(row.GetString(3)));

    /// <summary>
    /// Notes, before it is done, that a run is handed to a cluster as a job of that name. False, and nothing noted,
    /// when the run is not pending or another job stands noted: that one must be looked up first. The note goes by
    /// itself when an attempt at the run ends.
    /// </summary>
    public bool Submit(RunId run, string job) => Write(transaction =>
    {
        Changed(transaction, run);
        return transaction.Execute(
            """
            UPDATE runs SET submitted_job = @job, submitted = @now
            WHERE run_id = @run AND state = 'pending' AND (submitted_job IS NULL OR submitted_job = @job)
            """,
            ("@job", job), ("@now", transaction.Now), ("@run", run)) == 1;
    });

    /// <summary>
    /// Takes the note back: no job of that name exists any more. False where that is not the job noted.
    /// </summary>
    public bool Unsubmit(RunId run, string job) => Write(transaction =>
    {
        Changed(transaction, run);
        return transaction.Execute(
            "UPDATE runs SET submitted_job = NULL, submitted = NULL WHERE run_id = @run AND submitted_job = @job",
            ("@run", run), ("@job", job)) == 1;
    });

    /// <summary>
    /// Every run with a job noted, whatever became of the run: a cancelled one's job is still to be cancelled.
    /// </summary>
    public IReadOnlyList<SubmittedRun> Submissions() => Read(transaction => transaction.Query(
        "SELECT run_id, state, submitted_job, submitted FROM runs WHERE submitted_job IS NOT NULL ORDER BY submitted, run_id",
        row => new SubmittedRun(new RunId(row.GetString(0)), row.State(1),
            new Submission(row.GetString(2), row.Time(3)!.Value))));

    private static QueuedRun Queued(DbDataReader row, YieldTable yields,
        Dictionary<string, IReadOnlyList<MeasuredPeak>> peaks) => new()
    {
        Run = new RunId(row.GetString(0)),
        Position = row.GetInt32(1),
        Model = row.GetString(2),
        Flops = row.GetDouble(3),
        State = row.State(4),
        ChargedAttempts = row.GetInt32(5),
        NotBefore = row.Time(6),
        Fence = row.GetInt64(7),
        LeaseUntil = row.Time(8),
        Node = row.Text(9),
        Host = row.Process(10),
        Worker = row.Process(13),
        Attempts = row.GetInt32(16),
        Failure = row.Failure(17),
        Sweep = row.GetString(18),
        Priority = row.GetInt32(19),
        Paused = row.GetInt32(20) != 0,
        YieldedUntil = yields.Until("sweep", row.GetString(18)),
        Window = row.Text(21),
        Deadline = row.Time(22),
        DeviceClass = row.Text(23),
        Gpus = row.GetInt32(36),
        Device = row.Text(24),
        Began = row.Time(25),
        Steps = row.GetInt64(26),
        Tokens = row.GetInt64(35),
        Workload = row.GetString(27),
        Checkpoint = row.GetInt64(28),
        Submission = row.Text(29) is { } job ? new Submission(job, row.Time(30)!.Value) : null,
        OutOfMemoryAttempts = row.Integer(31) ?? 0,
        Threads = row.Integer(32),
        Trunk = row.Text(33),
        TrunkSteps = row.Text(33) is null ? 0 : row.GetInt64(34),
        MeasuredPeaks = peaks.GetValueOrDefault(row.GetString(27), []),
    };

    private static YieldTable Yields(Transaction transaction) => new(transaction.Query(
        "SELECT scope, name, until FROM yields",
        row => new YieldRow(row.GetString(0), row.GetString(1), row.Time(2)!.Value)));

    /// <summary>A request for devices: of all, of a node or of a sweep.</summary>
    private sealed record YieldRow(string Scope, string Name, DateTimeOffset Until);

    /// <summary>Who was asked for the devices, and until when.</summary>
    private sealed class YieldTable(List<YieldRow> yields)
    {
        /// <summary>What was asked of all; null where nothing was.</summary>
        public DateTimeOffset? OfAll => Find("all", "");

        /// <summary>The later of what was asked of that one and of all; null where nothing was.</summary>
        public DateTimeOffset? Until(string scope, string name)
        {
            var own = Find(scope, name);
            return own is null || OfAll > own ? OfAll : own;
        }

        private DateTimeOffset? Find(string scope, string name) =>
            yields.Find(y => y.Scope == scope && y.Name == name)?.Until;
    }
}
