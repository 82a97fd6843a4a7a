using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store;

/// <content>What people ask for: pause, yield, resume, cancel, retry, and when a sweep may run.</content>
public sealed partial class Ledger
{
    /// <summary>
    /// Starts nothing of the sweep until <see cref="Resume"/>; what runs goes on. False where the ledger does not know
    /// the sweep.
    /// </summary>
    public bool Pause(string sweep) => Set(sweep, "UPDATE sweeps SET paused = @value WHERE name = @sweep", 1);

    /// <summary>
    /// Asks for the devices: workers checkpoint and stop, nothing is started until then. Of one sweep, on one node, or,
    /// with neither, everywhere. False where the ledger does not know the sweep or the node.
    /// </summary>
    /// <param name="sweep">The sweep that gives its devices up.</param>
    /// <param name="node">The node that does.</param>
    /// <param name="until">When it is over; null: until <see cref="Resume"/>.</param>
    public bool Yield(string? sweep = null, string? node = null, DateTimeOffset? until = null) => Write(transaction =>
    {
        if (sweep is not null && !Exists(transaction, "SELECT 1 FROM sweeps WHERE name = @name", sweep)) return false;
        if (node is not null && !Exists(transaction, "SELECT 1 FROM nodes WHERE name = @name", node)) return false;
        foreach (var (scope, name) in Scopes(sweep, node))
        {
            transaction.Execute(
                """
                INSERT INTO yields (scope, name, until) VALUES (@scope, @name, @until)
                ON CONFLICT (scope, name) DO UPDATE SET until = excluded.until
                """,
                ("@scope", scope), ("@name", name), ("@until", until ?? UntilResumed));
        }
        AllChanged(transaction);
        return true;
    });

    /// <summary>
    /// Takes back <see cref="Pause"/> and <see cref="Yield"/> of a sweep, or the yield of a node; with neither, every
    /// yield, but no pause. False where the ledger does not know the sweep or the node.
    /// </summary>
    public bool Resume(string? sweep = null, string? node = null) => Write(transaction =>
    {
        AllChanged(transaction);
        if (sweep is null && node is null)
        {
            transaction.Execute("DELETE FROM yields");
            return true;
        }
        if (node is not null && !Exists(transaction, "SELECT 1 FROM nodes WHERE name = @name", node)) return false;
        if (sweep is not null
            && transaction.Execute("UPDATE sweeps SET paused = 0 WHERE name = @sweep", ("@sweep", sweep)) == 0)
            return false;
        foreach (var (scope, name) in Scopes(sweep, node))
            transaction.Execute("DELETE FROM yields WHERE scope = @scope AND name = @name", ("@scope", scope),
                ("@name", name));
        return true;
    });

    /// <summary>Higher first. False where the ledger does not know the sweep.</summary>
    public bool SetPriority(string sweep, int priority) =>
        Set(sweep, "UPDATE sweeps SET priority = @value WHERE name = @sweep", priority);

    /// <summary>When the sweep may run; null is always. False where the ledger does not know it.</summary>
    public bool SetWindow(string sweep, string? window) =>
        Set(sweep, "UPDATE sweeps SET time_window = @value WHERE name = @sweep", window);

    /// <summary>
    /// When the sweep has to be done; null where it has time. False where the ledger does not know it.
    /// </summary>
    public bool SetDeadline(string sweep, DateTimeOffset? deadline) =>
        Set(sweep, "UPDATE sweeps SET deadline = @value WHERE name = @sweep", deadline);

    /// <summary>
    /// Cancels the runs of a sweep, or the one given, that have not ended. A running attempt loses its hold at once;
    /// its supervisor sees that at the next look and stops the worker.
    /// </summary>
    /// <returns>The runs that were cancelled.</returns>
    public IReadOnlyList<RunId> Cancel(string sweep, RunId? run = null) =>
        Change(sweep, run, RunEvent.Cancelled, (transaction, id, fence, state) =>
        {
            transaction.Execute("UPDATE runs SET lease_until = NULL, not_before = NULL WHERE run_id = @run",
                ("@run", id));
            if (state == RunState.Running) CloseAttempt(transaction, id, fence, RunEvent.Cancelled, null);
        });

    /// <summary>
    /// Makes the failed, quarantined and cancelled runs of a sweep, or the one given, pending again, with all their
    /// attempts and without their curves: a worker that goes on from a checkpoint says the earlier points again.
    /// </summary>
    /// <returns>The runs that are pending again.</returns>
    public IReadOnlyList<RunId> Retry(string sweep, RunId? run = null) =>
        Change(sweep, run, RunEvent.Retried, (transaction, id, _, _) =>
    {
        transaction.Execute(
            """
            UPDATE runs SET losses = 0, checkpoint = 0, not_before = NULL, failure_kind = NULL, failure_message = NULL WHERE run_id = @run
            """,
            ("@run", id));
        transaction.Execute("DELETE FROM points WHERE run_id = @run", ("@run", id));
    });

    private bool Set(string sweep, string sql, object? value) => Write(transaction =>
    {
        AllChanged(transaction);
        return transaction.Execute(sql, ("@value", value), ("@sweep", sweep)) == 1;
    });

    private static bool Exists(Transaction transaction, string sql, string name) =>
        transaction.Query(sql, _ => true, ("@name", name)).Count > 0;

    private static IEnumerable<(string Scope, string Name)> Scopes(string? sweep, string? node)
    {
        if (sweep is not null) yield return ("sweep", sweep);
        if (node is not null) yield return ("node", node);
        if (sweep is null && node is null) yield return ("all", "");
    }

    private List<RunId> Change(
        string sweep, RunId? run, RunEvent happened, Action<Transaction, RunId, long, RunState> also) =>
            Write(transaction =>
    {
        var runs = transaction.Query(
            """
            SELECT r.run_id, r.fence, r.state FROM cells c JOIN runs r USING (run_id)
            WHERE c.sweep = @sweep AND (CAST(@run AS TEXT) IS NULL OR r.run_id = @run) ORDER BY c.position
            """,
            row => (Run: new RunId(row.GetString(0)), Fence: row.GetInt64(1), State: row.State(2)),
            ("@sweep", sweep), ("@run", run?.Value));
        var possible = runs.Where(r => RunLifecycle.Allows(r.State, happened)).ToList();
        AllChanged(transaction);
        foreach (var (id, fence, state) in possible)
        {
            transaction.Execute(
                "UPDATE runs SET state = @state WHERE run_id = @run", ("@state", RunLifecycle.Next(state, happened)),
                ("@run", id));
            also(transaction, id, fence, state);
        }
        return possible.ConvertAll(r => r.Run);
    });
}
