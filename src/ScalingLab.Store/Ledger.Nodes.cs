using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store;

/// <content>Who takes part: nodes, and which of them makes a sweep's report.</content>
public sealed partial class Ledger
{
    /// <summary>
    /// Says that a node is there, with what it offers, for as long as the lease. False, and nothing written, when
    /// another process has that name and its lease still runs: two that took each other for one would book devices
    /// twice.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="ownClock">Its own clock just now, to show a wrong one.</param>
    /// <param name="lease">How long it counts as there without announcing itself again.</param>
    /// <param name="takeOver">The other process is known to be gone.</param>
    public bool Announce(Node node, DateTimeOffset ownClock, TimeSpan lease, bool takeOver = false) =>
        Write(transaction =>
    {
        var now = transaction.Now;
        var there = transaction.Query(
            "SELECT host_machine, host_pid, host_started, lease_until, joined FROM nodes WHERE name = @name",
            row => (Host: row.Process(0), LeaseUntil: row.Time(3), Joined: row.Time(4)), ("@name", node.Name))
            .SingleOrDefault();
        var isSame = there.Host == node.Host;
        if (!isSame && !takeOver && there.LeaseUntil > now) return false;
        Heartbeat(transaction, lease);
        transaction.Execute(
            """
            INSERT INTO nodes (name, host_machine, host_pid, host_started, devices, waits, sweep, clock_ahead, joined, announced, lease_until)
            VALUES (@name, @machine, @pid, @started, @devices, @waits, @sweep, @ahead, @joined, @now, @until)
            ON CONFLICT (name) DO UPDATE SET host_machine = excluded.host_machine, host_pid = excluded.host_pid,
                host_started = excluded.host_started, devices = excluded.devices, waits = excluded.waits, sweep = excluded.sweep,
                clock_ahead = excluded.clock_ahead, joined = excluded.joined, announced = excluded.announced, lease_until = excluded.lease_until
            """,
            ("@name", node.Name), ("@machine", node.Host.Machine), ("@pid", node.Host.Pid),
            ("@started", node.Host.Started),
            ("@devices", NodeJson.Serialize(node.Devices)), ("@sweep", node.Sweep),
            ("@waits", node.Waits.Count > 0 ? NodeJson.Serialize(node.Waits) : null),
            ("@ahead", (long)(ownClock - now).TotalMilliseconds),
            ("@joined", isSame ? there.Joined : now), ("@now", now), ("@until", now + lease));
        return true;
    });

    /// <summary>Says that a node goes; does nothing where another process has its name by now.</summary>
    public void Leave(Node node) => Write(transaction =>
    {
        transaction.Execute(
            "UPDATE nodes SET lease_until = NULL WHERE name = @name AND host_machine = @machine AND host_pid = @pid "
                + "AND host_started = @started",
            ("@name", node.Name), ("@machine", node.Host.Machine), ("@pid", node.Host.Pid),
            ("@started", node.Host.Started));
    });

    /// <summary>Every node that ever announced itself, by name.</summary>
    public IReadOnlyList<NodeStatus> Nodes() => Read(transaction =>
    {
        var yields = Yields(transaction);
        return transaction.Query(
            """
            SELECT name, host_machine, host_pid, host_started, devices, joined, announced, lease_until, clock_ahead, waits, sweep FROM nodes ORDER BY name
            """,
            row => new NodeStatus(
                new Node(row.GetString(0), row.Process(1)!, NodeJson.Devices(row.GetString(4)))
                {
                    Waits = row.Text(9) is { } waits ? NodeJson.Waits(waits) : [],
                    Sweep = row.Text(10),
                },
                row.Time(5)!.Value, row.Time(6)!.Value, row.Time(7), TimeSpan.FromMilliseconds(row.GetInt64(8)),
                yields.Until("node", row.GetString(0))));
    });

    /// <summary>
    /// Until when everything yields, whatever single nodes and sweeps do; may have passed; null where nobody asked.
    /// </summary>
    public DateTimeOffset? AllYieldedUntil() => Read(transaction => Yields(transaction).OfAll);

    /// <summary>
    /// Claims the right to make a sweep's fit and report. Null when not every run has ended, when the report is of what
    /// they ended with, or when somebody else is at it (or has just failed at it).
    /// </summary>
    public ReportClaim? ClaimReport(string sweep, string node, TimeSpan lease) => Write(transaction =>
    {
        var found = transaction.Query(
            "SELECT revision, reported_stamp, report_until, report_fence FROM sweeps WHERE name = @sweep",
            row => (Revision: row.GetInt64(0), Reported: row.Text(1), Until: row.Time(2), Fence: row.GetInt64(3)),
            ("@sweep", sweep));
        if (found is not [var there] || there.Until > transaction.Now) return null;
        var counts = transaction.Query(
            "SELECT r.state, COUNT(*), CAST(SUM(r.fence) AS BIGINT) FROM cells c JOIN runs r USING (run_id) WHERE "
                + "c.sweep = @sweep GROUP BY r.state",
            row => new StateCount(sweep, row.State(0), row.GetInt32(1), row.GetInt64(2)), ("@sweep", sweep));
        var stamp = Stamp(there.Revision, new(counts), counts.Sum(c => c.Fences));
        if (stamp is null || stamp == there.Reported) return null;
        transaction.Execute(
            "UPDATE sweeps SET report_fence = @fence, report_until = @until, report_node = @node WHERE name = @sweep",
            ("@fence", there.Fence + 1), ("@until", transaction.Now + lease), ("@node", node), ("@sweep", sweep));
        return new ReportClaim(sweep, stamp, there.Fence + 1);
    });

    /// <summary>Extends the lease from now. False when somebody else has claimed the report since.</summary>
    public bool RenewReport(ReportClaim claim, TimeSpan lease) => Write(transaction => transaction.Execute(
        "UPDATE sweeps SET report_until = @until WHERE name = @sweep AND report_fence = @fence AND report_until IS NOT NULL",
        ("@until", transaction.Now + lease), ("@sweep", claim.Sweep), ("@fence", claim.Fence)) == 1);

    /// <summary>
    /// The report is made. False, and nothing written, when somebody else has claimed it since. Should a run have
    /// changed meanwhile, a report is due again.
    /// </summary>
    public bool Reported(ReportClaim claim) => Write(transaction => transaction.Execute(
        """
        UPDATE sweeps SET reported = @now, reported_stamp = @stamp, report_until = NULL, report_failure = NULL
        WHERE name = @sweep AND report_fence = @fence
        """,
        ("@now", transaction.Now), ("@stamp", claim.Stamp), ("@sweep", claim.Sweep), ("@fence", claim.Fence)) == 1);

    /// <summary>
    /// Notes how many finished runs a report flags: who only looks at the queue need not read their curves for it.
    /// </summary>
    public void Flag(string sweep, int runs) => Write(transaction => transaction.Execute(
        "UPDATE sweeps SET flagged = @runs WHERE name = @sweep AND (flagged IS NULL OR flagged <> @runs)",
        ("@runs", runs), ("@sweep", sweep)));

    /// <summary>
    /// The report could not be made: nobody tries again before the wait is over. False when somebody else has claimed
    /// it since.
    /// </summary>
    public bool FailReport(ReportClaim claim, string message, TimeSpan backOff) =>
        Write(transaction => transaction.Execute(
        "UPDATE sweeps SET report_until = @until, report_failure = @message WHERE name = @sweep AND report_fence = @fence",
        ("@until", transaction.Now + backOff), ("@message", message), ("@sweep", claim.Sweep),
        ("@fence", claim.Fence)) == 1);

    // Names what the runs of a sweep ended with: a run that ends anew has a higher fencing number, or is in another
    // state. Null before the last has ended.
    private static string? Stamp(long revision, RunCounts counts, long fences) =>
        counts.Total == 0 || counts.Left > 0
            ? null
            : FormattableString.Invariant($"{revision}-{fences}-")
                + string.Join('.', RunLifecycle.States.Where(RunLifecycle.IsEnded).Select(s => counts[s]));

    /// <summary>Whoever is heard says by its lease until when it will be heard again, at the latest.</summary>
    private static void Heartbeat(Transaction transaction, TimeSpan lease) => Heartbeat(transaction, lease,
        transaction.Query("SELECT until FROM pulse", row => row.Time(0)!.Value).Single());

    private static void Heartbeat(Transaction transaction, TimeSpan lease, DateTimeOffset until)
    {
        var now = transaction.Now;
        var promised = now + lease;
        if (until < now)
        {
            var quiet = now + (lease < Grace ? lease : Grace);
            transaction.Execute(
                "UPDATE pulse SET quiet_until = CASE WHEN until = 0 THEN 0 ELSE @quiet END, until = @promised",
                ("@promised", promised), ("@quiet", quiet));
        }
        else if (promised - until > lease / 10) // a promise a second would do, not one for each of a hundred attempts
            transaction.Execute("UPDATE pulse SET until = @promised", ("@promised", promised));
    }

    /// <summary>
    /// Whether a common silence has just ended. Whoever asks is heard by that: the silence ends with the first to ask.
    /// </summary>
    private static bool IsAfterOutage(Transaction transaction)
    {
        Heartbeat(transaction, Grace);
        return transaction.Query("SELECT quiet_until FROM pulse", row => row.Time(0)!.Value).Single() > transaction.Now;
    }

    // What the first to come back waits for the others: they try again every second, and renew three times a lease.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
}
