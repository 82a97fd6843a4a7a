using ScalingLab.Runs;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store;

/// <summary>What of the queue has changed since a node read it last.</summary>
/// <param name="Now">The ledger's clock.</param>
/// <param name="Mark">What the next reading counts from.</param>
/// <param name="IsWhole">Whether <paramref name="Rows"/> are all there are: a person changed sweeps or yields, or
/// nothing was read before.</param>
/// <param name="Rows">Rows of runs that have not ended: changed, or, where asked for, held by an attempt. One for each
/// sweep that has the run.</param>
/// <param name="Ended">Runs that have ended since, or that no sweep has any more.</param>
public sealed record QueueChanges(
    DateTimeOffset Now, long Mark, bool IsWhole, IReadOnlyList<QueuedRun> Rows, IReadOnlyList<RunId> Ended);

/// <content>
/// Changes of the queue alone. Every transaction that changes what scheduling reads of a run gives the run the next
/// number; one that changes more than some runs gives the whole queue the next number. Writing transactions come one
/// after the other, so nothing can get a number that a reader is already past.
/// </content>
public sealed partial class Ledger
{
    /// <summary>
    /// What has changed since. Where nothing has, one row of two numbers is read: ten thousand waiting runs cost as
    /// much as none. A renewed lease alone is no change.
    /// </summary>
    /// <param name="since">The <see cref="QueueChanges.Mark"/> of the last reading; negative reads everything.</param>
    /// <param name="always">Reads the rows that attempts hold too, changed or not: to see whether their leases were
    /// renewed.</param>
    /// <param name="sweep">One sweep; null is all.</param>
    /// <param name="run">One run; null is all.</param>
    public QueueChanges Changes(long since, bool always = false, string? sweep = null, RunId? run = null) =>
        Read(transaction =>
    {
        var (latest, ofAll) =
            transaction.Query("SELECT latest, of_all FROM changes", row => (row.GetInt64(0), row.GetInt64(1))).Single();
        if (since < 0 || ofAll > since)
            return new QueueChanges(transaction.Now, latest, true,
                Rows(transaction, "r.state IN ('pending', 'running')", sweep, run), []);
        if (latest == since && !always) return new QueueChanges(transaction.Now, latest, false, [], []);
        var which =
            $"{(always ? "r.state = 'running' OR " : "")}(r.changed > @since AND r.state IN ('pending', 'running'))";
        var rows = Rows(transaction, $"({which})", sweep, run, since);
        var ended = transaction.Query(
            "SELECT run_id FROM runs WHERE changed > @since AND state NOT IN ('pending', 'running')",
            row => new RunId(row.GetString(0)),
            ("@since", since));
        return new QueueChanges(transaction.Now, latest, false, rows, ended);
    });

    /// <summary>
    /// The number of the latest change: the same number, and nothing of runs, sweeps or yields is another.
    /// </summary>
    public long LatestChange() =>
        Read(transaction => transaction.Query("SELECT latest FROM changes", row => row.GetInt64(0)).Single());

    private static void Changed(Transaction transaction, RunId run) => transaction.Execute(
        "UPDATE runs SET changed = @next WHERE run_id = @run", ("@next", NextChange(transaction)), ("@run", run));

    private static void AllChanged(Transaction transaction) =>
        transaction.Execute("UPDATE changes SET of_all = @next", ("@next", NextChange(transaction)));

    private static long NextChange(Transaction transaction) =>
        transaction.Query("UPDATE changes SET latest = latest + 1 RETURNING latest", row => row.GetInt64(0)).Single();
}
