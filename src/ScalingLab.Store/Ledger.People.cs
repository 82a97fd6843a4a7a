using System.Data.Common;
using ScalingLab.Runs;

namespace ScalingLab.Store;

/// <content>What people ask for: pause, resume, cancel, retry.</content>
public sealed partial class Ledger
{
    /// <summary>
    /// Starts nothing of the sweep until <see cref="Resume"/>; what runs goes on. False where the ledger does not know the sweep.
    /// </summary>
    public bool Pause(string sweep) => SetPaused(sweep, true);

    /// <summary>Takes back <see cref="Pause"/>. False where the ledger does not know the sweep.</summary>
    public bool Resume(string sweep) => SetPaused(sweep, false);

    /// <summary>
    /// Cancels the runs of a sweep, or the one given, that have not ended. A running attempt loses its hold at once; its supervisor sees
    /// that at the next look and stops the worker.
    /// </summary>
    /// <returns>The runs that were cancelled.</returns>
    public IReadOnlyList<RunId> Cancel(string sweep, RunId? run = null) =>
        Change(sweep, run, RunEvent.Cancelled, (transaction, id, fence, state) =>
        {
            transaction.Execute("UPDATE runs SET lease_until = NULL, not_before = NULL WHERE run_id = @run", ("@run", id));
            if (state == RunState.Running) CloseAttempt(transaction, id, fence, RunEvent.Cancelled, null);
        });

    /// <summary>
    /// Makes the failed, quarantined and cancelled runs of a sweep, or the one given, pending again, with all their attempts and without
    /// their curves: a worker that goes on from a checkpoint says the earlier points again.
    /// </summary>
    /// <returns>The runs that are pending again.</returns>
    public IReadOnlyList<RunId> Retry(string sweep, RunId? run = null) => Change(sweep, run, RunEvent.Retried, (transaction, id, _, _) =>
    {
        transaction.Execute(
            """
            UPDATE runs SET losses = 0, checkpoint = 0, not_before = NULL, failure_kind = NULL, failure_message = NULL WHERE run_id = @run
            """,
            ("@run", id));
        transaction.Execute("DELETE FROM points WHERE run_id = @run", ("@run", id));
    });

    private bool SetPaused(string sweep, bool paused) => Write(transaction =>
        transaction.Execute("UPDATE sweeps SET paused = @paused WHERE name = @sweep", ("@paused", paused ? 1 : 0), ("@sweep", sweep)) == 1);

    private List<RunId> Change(
        string sweep, RunId? run, RunEvent happened, Action<DbTransaction, RunId, long, RunState> also) => Write(transaction =>
    {
        var runs = transaction.Query(
            """
            SELECT r.run_id, r.fence, r.state FROM cells c JOIN runs r USING (run_id)
            WHERE c.sweep = @sweep AND (@run IS NULL OR r.run_id = @run) ORDER BY c.position
            """,
            row => (Run: new RunId(row.GetString(0)), Fence: row.GetInt64(1), State: row.State(2)),
            ("@sweep", sweep), ("@run", run?.Value));
        var possible = runs.Where(r => RunLifecycle.Allows(r.State, happened)).ToList();
        foreach (var (id, fence, state) in possible)
        {
            transaction.Execute(
                "UPDATE runs SET state = @state WHERE run_id = @run", ("@state", RunLifecycle.Next(state, happened)), ("@run", id));
            also(transaction, id, fence, state);
        }
        return possible.ConvertAll(r => r.Run);
    });
}
