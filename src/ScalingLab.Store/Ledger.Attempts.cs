using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store;

public sealed partial class Ledger
{
    /// <summary>
    /// Claims a pending run: pending -> running, one attempt more, a new fencing number. Null when the run is not
    /// pending or waits out a back-off: somebody else was quicker.
    /// </summary>
    public Attempt? Claim(RunId run, Claimant by, TimeSpan lease) => Write(transaction =>
    {
        var now = transaction.Now;
        var row = transaction.Query(
            """
            SELECT state, not_before, spec, attempts, fence, losses, checkpoint,
                (SELECT COUNT(*) FROM attempts a WHERE a.run_id = r.run_id AND a.failure_kind = 'outofmemory'),
                (SELECT until FROM pulse)
            FROM runs r WHERE run_id = @run
            """,
            r => (State: r.State(0), NotBefore: r.Time(1), Spec: r.GetString(2), Attempts: r.GetInt32(3),
                Fence: r.GetInt64(4), Losses: r.GetInt32(5), Checkpoint: r.GetInt64(6), MemoryLosses: r.GetInt32(7),
                HeardUntil: r.Time(8)!.Value),
            ("@run", run));
        if (row is not [var found] || !RunLifecycle.Allows(found.State, RunEvent.Claimed) || found.NotBefore > now)
            return null;

        Heartbeat(transaction, lease, found.HeardUntil);
        var attempt = new Attempt(
            run, found.Attempts + 1, found.Fence + 1, found.Losses, found.Checkpoint, found.MemoryLosses,
            RunJson.Deserialize<RunSpec>(found.Spec));
        transaction.Execute(
            """
            UPDATE runs SET state = @state, attempts = @number, fence = @fence, lease_until = @until, not_before = NULL,
                changed = @changed
            WHERE run_id = @run
            """,
            ("@state", RunLifecycle.Next(found.State, RunEvent.Claimed)), ("@number", attempt.Number),
            ("@fence", attempt.Fence), ("@until", now + lease), ("@changed", NextChange(transaction)), ("@run", run));
        transaction.Execute(
            """
            INSERT INTO attempts (run_id, fence, number, node, device, host_machine, host_pid, host_started, began)
            VALUES (@run, @fence, @number, @node, @device, @machine, @pid, @started, @now)
            """,
            ("@run", run), ("@fence", attempt.Fence), ("@number", attempt.Number), ("@node", by.Node),
            ("@device", by.Device), ("@machine", by.Host?.Machine), ("@pid", by.Host?.Pid),
            ("@started", by.Host?.Started), ("@now", now));
        return attempt;
    });

    /// <summary>
    /// CPU threads of the run: the first attempt's choice is recorded, later ones are told that. Null when the attempt
    /// no longer holds the run.
    /// </summary>
    public int? KeepThreads(Attempt attempt, int wanted) => Write(transaction =>
    {
        if (!Holds(transaction, attempt)) return (int?)null;
        transaction.Execute("UPDATE runs SET threads = COALESCE(threads, @n) WHERE run_id = @run", ("@n", wanted),
            ("@run", attempt.Run));
        Changed(transaction, attempt.Run);
        return transaction.Query("SELECT threads FROM runs WHERE run_id = @run", row => row.Integer(0),
            ("@run", attempt.Run)).Single();
    });

    /// <summary>
    /// Records the attempt's worker before the worker is told anything: a later host can find it, so that no checkpoint
    /// folder has two writers. What it is told about threads and micro-batch is recorded with it: measured speeds and
    /// peaks belong to that. False when the attempt no longer holds the run.
    /// </summary>
    public bool RecordWorker(Attempt attempt, ProcessIdentity worker, WorkerSettings? settings = null) =>
        Write(transaction =>
    {
        if (!Holds(transaction, attempt)) return false;
        Changed(transaction, attempt.Run);
        return transaction.Execute(
            """
            UPDATE attempts SET worker_machine = @machine, worker_pid = @pid, worker_started = @started, device = COALESCE(device, @device),
                threads = @threads, micro_batch_tokens = @micro
            WHERE run_id = @run AND fence = @fence
            """,
            ("@device", settings?.Device), ("@threads", settings?.Threads), ("@micro", settings?.MicroBatchTokens),
            ("@machine", worker.Machine), ("@pid", worker.Pid), ("@started", worker.Started),
            ("@run", attempt.Run), ("@fence", attempt.Fence)) == 1;
    });

    /// <summary>
    /// Extends the lease from now. False when the attempt no longer holds the run (expired, cancelled, claimed anew):
    /// its worker must stop. A lease that ran out but that nobody has taken is renewed: a laptop that slept through the
    /// night goes on.
    /// </summary>
    public bool Renew(Attempt attempt, TimeSpan lease) => Write(transaction =>
    {
        Heartbeat(transaction, lease);
        return Holds(transaction, attempt) && transaction.Execute(
            "UPDATE runs SET lease_until = @until WHERE run_id = @run", ("@until", transaction.Now + lease),
            ("@run", attempt.Run)) == 1;
    });

    /// <summary>
    /// Writes points of the curves, and that a checkpoint was saved. A checkpoint further than any before clears the
    /// charged attempts: a run that gets further each time is not the run that three attempts were wasted on. False,
    /// and nothing written, when the attempt no longer holds the run.
    /// </summary>
    public bool AddAttemptReport(Attempt attempt, AttemptReport news) => Write(transaction =>
    {
        if (!Holds(transaction, attempt)) return false;
        WriteAttemptReport(transaction, attempt, news);
        return true;
    });

    /// <summary>
    /// Accepts the result, with the last news, once: running -> completed. False, and nothing written, when the attempt
    /// no longer holds the run; true again when it is this very result of this attempt that was accepted, and only the
    /// answer was lost.
    /// </summary>
    public bool Accept(Attempt attempt, RunResult result, AttemptReport? last = null) => Write(transaction =>
    {
        var text = RunJson.Serialize(result);
        if (!Holds(transaction, attempt)) return Ended(transaction, attempt, RunEvent.Finished, "r.result", text);
        WriteAttemptReport(transaction, attempt,
            (last ?? new AttemptReport([])) with { TokensPerSecond = result.TokensPerSecond });
        if (result.PeakMemoryBytes is { } peak) WritePeak(transaction, attempt, peak);
        transaction.Execute(
            """
            UPDATE runs SET state = @state, result = @result, lease_until = NULL, failure_kind = NULL, failure_message = NULL,
                submitted = NULL, submitted_job = NULL
            WHERE run_id = @run
            """,
            ("@state", RunLifecycle.Next(RunState.Running, RunEvent.Finished)), ("@result", text),
            ("@run", attempt.Run));
        CloseAttempt(transaction, attempt.Run, attempt.Fence, RunEvent.Finished, null);
        return true;
    });

    /// <summary>
    /// Ends the attempt without a result, with the last news. False, and nothing written, when the attempt no longer
    /// holds the run; true again when it is this very loss that ended it, and only the answer was lost.
    /// </summary>
    /// <exception cref="InvalidOperationException">The loss's event is not one that a running run can have.</exception>
    public bool EndWithoutResult(Attempt attempt, AttemptEnd loss, AttemptReport? last = null) => Write(transaction =>
    {
        if (!Holds(transaction, attempt))
            return Ended(transaction, attempt, loss.Happened, "a.failure_message", loss.Message);
        if (last is not null) WriteAttemptReport(transaction, attempt, last);
        End(transaction, attempt.Run, attempt.Fence, loss);
        return true;
    });

    /// <summary>
    /// Takes a run from an attempt that stopped answering. False when the attempt with that fencing number no longer
    /// holds the run, or when its lease still runs and its host is not known to be gone. False too for as long as a
    /// lease after nobody at all was heard: the ledger was out of everyone's reach (or its clock leapt), and the
    /// holders first have the time to renew.
    /// </summary>
    public bool Expire(RunId run, long fence, AttemptEnd loss, bool hostIsGone = false) => Write(transaction =>
    {
        var until = transaction.Query(
            "SELECT lease_until FROM runs WHERE run_id = @run AND fence = @fence AND state = 'running'",
            row => row.Time(0), ("@run", run), ("@fence", fence));
        if (until is not [var lease] || (!hostIsGone && (lease > transaction.Now || IsAfterOutage(transaction))))
            return false;
        End(transaction, run, fence, loss);
        return true;
    });

    private static bool Holds(Transaction transaction, Attempt attempt) => transaction.Query(
        "SELECT 1 FROM runs WHERE run_id = @run AND fence = @fence AND state = 'running'", _ => true,
        ("@run", attempt.Run), ("@fence", attempt.Fence)).Count == 1;

    // The attempt was ended with that word: a commit whose answer was lost is offered again by whoever waits for it.
    private static bool Ended(Transaction transaction, Attempt attempt, RunEvent happened, string column,
        string word) => transaction.Query(
        $"SELECT {column} FROM attempts a JOIN runs r USING (run_id) WHERE a.run_id = @run AND a.fence = @fence AND "
            + "r.fence = @fence AND a.outcome = @outcome",
        row => row.Text(0), ("@run", attempt.Run), ("@fence", attempt.Fence), ("@outcome", happened)) is [var said]
        && said == word;

    private static void End(Transaction transaction, RunId run, long fence, AttemptEnd loss)
    {
        var next = RunLifecycle.Next(RunState.Running, loss.Happened);
        var charged = loss.Charged
            && loss.Happened is RunEvent.AttemptLost or RunEvent.AttemptsUsedUp or RunEvent.FailedForGood;
        var waits = next == RunState.Pending && loss.BackOff > TimeSpan.Zero;
        transaction.Execute(
            """
            UPDATE runs SET state = @state, losses = losses + @charged, lease_until = NULL, not_before = @notBefore, failure_kind = @kind,
                failure_message = @message, submitted = NULL, submitted_job = NULL WHERE run_id = @run
            """,
            ("@state", next), ("@charged", charged ? 1 : 0),
            ("@notBefore", waits ? transaction.Now + loss.BackOff : null),
            ("@kind", loss.Kind), ("@message", loss.Message), ("@run", run));
        CloseAttempt(transaction, run, fence, loss.Happened, loss);
    }

    private static void CloseAttempt(Transaction transaction, RunId run, long fence, RunEvent happened,
        AttemptEnd? loss)
    {
        transaction.Execute(
            """
            UPDATE attempts SET ended = @now, outcome = @outcome, failure_kind = @kind, failure_message = @message
            WHERE run_id = @run AND fence = @fence
            """,
            ("@now", transaction.Now), ("@outcome", happened), ("@kind", loss?.Kind), ("@message", loss?.Message),
            ("@run", run), ("@fence", fence));
        Changed(transaction, run);
    }

    /// <summary>
    /// How many hosts died (or fell silent) without the run being on them, since the first of its latest charged
    /// attempts and the one under way began. Where it is as many as died with it, the run does not explain their
    /// deaths.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="losses">Its charged attempts since it last got further.</param>
    public int HostsLostWithout(RunId run, int losses) => Read(transaction => transaction.Query(
        """
        SELECT COUNT(*) FROM (
            SELECT DISTINCT d.host_machine, d.host_pid, d.host_started FROM attempts d
            WHERE d.failure_kind = @lost AND d.host_machine IS NOT NULL
                AND d.ended > (SELECT MIN(began) FROM (
                    SELECT began FROM attempts WHERE run_id = @run AND (outcome IS NULL OR outcome = @charged) ORDER BY fence DESC LIMIT @many) latest)
                AND NOT EXISTS (SELECT 1 FROM attempts m WHERE m.run_id = @run AND m.host_machine = d.host_machine AND m.host_pid = d.host_pid
                    AND m.host_started = d.host_started)) hosts
        """,
        row => row.GetInt32(0), ("@run", run), ("@lost", FailureKind.LeaseExpired), ("@charged", RunEvent.AttemptLost),
        ("@many", losses + 1)).Single());
}
