using ScalingLab.Runs;

namespace ScalingLab.Store;

/// <content>Hosts that died, and who was there.</content>
public sealed partial class Ledger
{
    /// <summary>
    /// How many hosts died (or fell silent) without the run being on them, since the first of its latest charged attempts and the one under way
    /// began. Where it is as many as died with it, the run does not explain their deaths.
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
        row => row.GetInt32(0), ("@run", run), ("@lost", FailureKind.LeaseExpired), ("@charged", RunEvent.AttemptLost), ("@many", losses + 1)).Single());
}
