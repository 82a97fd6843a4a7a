namespace ScalingLab.Store;

/// <content>
/// Who was told that a sweep has ended. A notice is noted before it is sent and ended after: of a process that dies in
/// between nobody knows whether
/// it was heard, and it is not sent again.
/// </content>
public sealed partial class Ledger
{
    private const string Sending = "sending";
    private const string Interrupted = "interrupted";

    /// <summary>
    /// Begins to tell somebody of the ends of sweeps. Who was never told anything is not told of what has ended before.
    /// </summary>
    /// <param name="to">Names who is told; no secret.</param>
    /// <param name="ended">The ends that there are: sweep and what it ended with.</param>
    public void BeginNotices(string to, IReadOnlyList<(string Sweep, string Stamp)> ended) => Write(transaction =>
    {
        if (transaction.Query("SELECT 1 FROM notices WHERE url = @to LIMIT 1", _ => true, ("@to", to)).Count > 0)
            return;
        transaction.Insert(
            "INSERT INTO notices (url, sweep, stamp, state)",
                [[to, "", "", "begun"], .. ended.Select(e => new object?[] { to, e.Sweep, e.Stamp, "before" })]);
    });

    /// <summary>
    /// The right to tell somebody that a sweep has ended: true once, and again after <see cref="EndNotice"/> said that
    /// it was interrupted.
    /// </summary>
    public bool ClaimNotice(string to, string sweep, string stamp) => Write(transaction =>
    {
        // Looked at first, without a change: most of the time there is nothing to tell.
        var state = transaction.Query(
            "SELECT state FROM notices WHERE url = @to AND sweep = @sweep AND stamp = @stamp", row => row.GetString(0),
            ("@to", to), ("@sweep", sweep), ("@stamp", stamp)).SingleOrDefault();
        if (state is not (null or Interrupted)) return false;
        transaction.Execute(
            """
            INSERT INTO notices (url, sweep, stamp, state) VALUES (@to, @sweep, @stamp, @state)
            ON CONFLICT (url, sweep, stamp) DO UPDATE SET state = excluded.state
            """,
            ("@to", to), ("@sweep", sweep), ("@stamp", stamp), ("@state", Sending));
        return true;
    });

    /// <summary>What became of a notice.</summary>
    public void EndNotice(string to, string sweep, string stamp, NoticeEnd end) =>
        Write(transaction => transaction.Execute(
        "UPDATE notices SET state = @end WHERE url = @to AND sweep = @sweep AND stamp = @stamp AND state = @sending",
        ("@to", to), ("@sweep", sweep), ("@stamp", stamp), ("@end", end), ("@sending", Sending)));
}

/// <summary>What became of a notice.</summary>
public enum NoticeEnd
{
    /// <summary>It was heard.</summary>
    Told,

    /// <summary>Nobody heard it for too long.</summary>
    GivenUp,

    /// <summary>Who was at it was asked to stop: another may go on.</summary>
    Interrupted,
}
