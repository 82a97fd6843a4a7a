using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store;

/// <content>Finished runs out of one ledger and into another: a sweep that several machines train one after
/// another.</content>
public sealed partial class Ledger
{
    /// <summary>
    /// The completed runs of a sweep in its order, or of the whole ledger by name, with their curves.
    /// </summary>
    /// <param name="sweep">The sweep; null is every run, whether a sweep has it or not.</param>
    public IReadOnlyList<FinishedRun> Finished(string? sweep = null) => Read(transaction =>
    {
        // The same runs twice, once for their rows and once for their points.
        var (from, order) = sweep is null ? ("runs r", "r.run_id")
            : ("cells c JOIN runs r USING (run_id)", "c.position");
        var which = $"r.state = 'completed'{(sweep is null ? "" : " AND c.sweep = @sweep")}";
        var points = transaction.Query(
            $"""
            SELECT p.run_id, p.step, p.tokens, p.loss_train, p.loss_validation, p.learning_rate, p.gradient_norm, p.telemetry
            FROM points p WHERE p.run_id IN (SELECT r.run_id FROM {from} WHERE {which}) ORDER BY p.run_id, p.step
            """,
            row => (Run: row.GetString(0), Point: Point(row)), ("@sweep", sweep)).ToLookup(p => p.Run, p => p.Point);
        return transaction.Query(
            $"""
            SELECT r.run_id, r.attempts, r.spec, r.result, a.node, a.began, a.ended, a.device
            FROM {from} JOIN attempts a ON a.run_id = r.run_id AND a.fence = r.fence WHERE {which} ORDER BY {order}
            """,
            row => new FinishedRun
            {
                Run = row.GetString(0),
                Attempts = row.GetInt32(1),
                By = new ResultOrigin(row.GetString(4), row.Time(5)!.Value, row.Time(6)!.Value, row.Text(7)),
                Spec = RunJson.Deserialize<RunSpec>(row.GetString(2)),
                Result = RunJson.Deserialize<RunResult>(row.GetString(3)),
                Points = [.. points[row.GetString(0)]],
            },
            ("@sweep", sweep));
    });

    /// <summary>
    /// Takes finished runs of another ledger, all of them in one transaction. What this ledger does not know comes in
    /// as completed; what is pending is claimed, with a fencing number of its own, and completed. What is completed
    /// stays as it is. A run that an attempt holds is not taken from it, and one that ended without a result waits for
    /// <see cref="Retry"/>: both are refused, and the rest comes in.
    /// </summary>
    /// <remarks>Neither speeds nor peaks of memory are learned: they are another machine's.</remarks>
    /// <exception cref="ArgumentException">One of them is no finished run (<see cref="FinishedRun.Problems"/>); nothing
    /// was written.</exception>
    public ImportOutcome Import(IReadOnlyList<FinishedRun> runs)
    {
        foreach (var run in runs)
        {
            if (run.Problems().FirstOrDefault() is ({ } field, var problem))
                throw new ArgumentException($"{run.Run}: {field}: {problem}", nameof(runs));
        }
        return Write(transaction =>
        {
            var outcome = new ImportOutcome();
            foreach (var run in runs) Import(transaction, run, outcome);
            AllChanged(transaction);
            return outcome;
        });
    }

    /// <summary>
    /// Adds scores to a completed run, in place of those of the same tasks; its sweeps' reports are due again. False,
    /// and nothing written, where the run has not completed.
    /// </summary>
    public bool AddScores(RunId run, IReadOnlyList<TaskScore> scores) => Write(transaction =>
    {
        if (transaction.Query("SELECT result FROM runs WHERE run_id = @run AND state = 'completed'",
            row => row.Text(0), ("@run", run)) is not [{ } standing])
            return false;
        WriteScores(transaction, run, RunJson.Deserialize<RunResult>(standing), scores);
        return true;
    });

    private static void WriteScores(Transaction transaction, RunId run, RunResult result,
        IReadOnlyList<TaskScore> scores)
    {
        transaction.Execute("UPDATE runs SET result = @result WHERE run_id = @run",
            ("@result", RunJson.Serialize(result with { Scores = TaskScore.Merge(result.Scores, scores) })),
            ("@run", run));
        transaction.Execute(
            "UPDATE sweeps SET revision = revision + 1 WHERE name IN (SELECT sweep FROM cells WHERE run_id = @run)",
            ("@run", run));
        Changed(transaction, run);
    }

    private static void Import(Transaction transaction, FinishedRun run, ImportOutcome outcome)
    {
        var id = new RunId(run.Run);
        var row = transaction.Query(
            "SELECT state, attempts, fence, result FROM runs WHERE run_id = @run",
            r => (State: r.State(0), Attempts: r.GetInt32(1), Fence: r.GetInt64(2), Result: r.Text(3)), ("@run", id));
        if (row is [{ State: RunState.Completed, Result: { } standing }])
        {
            outcome.Known++;
            var kept = RunJson.Deserialize<RunResult>(standing);
            if (kept.LossValidation != run.Result.LossValidation)
                outcome.MismatchesFound.Add(new LossMismatch(id, kept.LossValidation, run.Result.LossValidation));
            else if ((run.Result.Scores ?? []).ExceptBy((kept.Scores ?? []).Select(s => s.Name), s => s.Name).ToList()
                is { Count: > 0 } others)
                WriteScores(transaction, id, kept, others);
            return;
        }
        if (row is [var there] && !RunLifecycle.Allows(there.State, RunEvent.Claimed))
        {
            outcome.RefusedFound.Add((id, there.State));
            return;
        }

        if (row.Count == 0)
        {
            transaction.Insert(RunColumns, [NewRun(run.Spec, id)]);
            outcome.New++;
        }
        else outcome.Completed++;
        var (state, attempts, fence) = row is [var pending] ? (pending.State, pending.Attempts, pending.Fence)
            : (RunState.Pending, 0, 0);
        var attempt = new Attempt(id, attempts + run.Attempts, fence + 1, 0, 0, 0, run.Spec);
        transaction.Execute(
            """
            INSERT INTO attempts (run_id, fence, number, node, device, began, ended, outcome)
            VALUES (@run, @fence, @number, @node, @device, @began, @ended, @outcome)
            """,
            ("@run", id), ("@fence", attempt.Fence), ("@number", attempt.Number), ("@node", run.By.Node),
            ("@device", run.By.Device),
            ("@began", run.By.Began), ("@ended", run.By.Ended), ("@outcome", RunEvent.Finished));

        // The curves are the accepted attempt's alone. A job of Slurm that is noted stays so: its launcher sees an
        // ended run, and cancels it.
        transaction.Execute("DELETE FROM points WHERE run_id = @run", ("@run", id));
        WriteAttemptReport(transaction, attempt, new AttemptReport(run.Points));
        transaction.Execute(
            """
            UPDATE runs SET state = @state, result = @result, attempts = @number, fence = @fence, not_before = NULL, failure_kind = NULL,
                failure_message = NULL
            WHERE run_id = @run
            """,
            ("@state", RunLifecycle.Next(RunLifecycle.Next(state, RunEvent.Claimed), RunEvent.Finished)),
            ("@result", RunJson.Serialize(run.Result)),
            ("@number", attempt.Number), ("@fence", attempt.Fence), ("@run", id));
    }
}
