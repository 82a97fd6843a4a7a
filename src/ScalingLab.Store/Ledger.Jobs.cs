using System.Data.Common;
using System.Globalization;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store;

/// <summary>A run with its latest attempt, as a list of jobs shows it.</summary>
public sealed record RunJob
{
    /// <summary>The run as <see cref="Sweep"/> has it.</summary>
    public required SweepCell Cell { get; init; }

    /// <summary>The sweep; of several that have the run the first by name, unless one was asked for.</summary>
    public required string Sweep { get; init; }

    /// <summary>Where the run stands.</summary>
    public required RunState State { get; init; }

    /// <summary>Attempts begun.</summary>
    public required int Attempts { get; init; }

    /// <summary>Fencing number of the latest; 0 before the first.</summary>
    public required long Fence { get; init; }

    /// <summary>Its node; null before the first.</summary>
    public string? Node { get; init; }

    /// <summary>When it began; null before the first.</summary>
    public DateTimeOffset? Began { get; init; }

    /// <summary>When it ended; null before.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>The class of the failure that the run stands with; null without one.</summary>
    public FailureKind? Failure { get; init; }

    /// <summary>That failure in words.</summary>
    public string? Message { get; init; }

    /// <summary>When its sweep was queued.</summary>
    public DateTimeOffset Queued { get; init; }

    /// <summary>What it is called, with its latest attempt.</summary>
    public string Title => AttemptTitle.Format(Sweep, Cell, Attempts, Fence);
}

/// <content>Runs and attempts of the whole ledger, a page at a time: what a view of jobs shows.</content>
public sealed partial class Ledger
{
    private const string JobColumns =
        """
        SELECT r.spec, c.model, c.budget_flops, c.varies, c.sweep, r.state, r.attempts, r.fence, a.node, a.began, a.ended, r.failure_kind,
            r.failure_message, s.created
        FROM runs r JOIN cells c USING (run_id) JOIN sweeps s ON s.name = c.sweep LEFT JOIN attempts a ON a.run_id = r.run_id AND a.fence = r.fence
        """;

    private const string OfOneSweep =
        "c.sweep = COALESCE(CAST(@sweep AS TEXT), (SELECT MIN(o.sweep) FROM cells o WHERE o.run_id = r.run_id))";

    /// <summary>
    /// Runs in one of the states, each once: pending ones by sweep and position, running ones by when they began, ended
    /// ones latest first.
    /// </summary>
    /// <param name="states">Which runs; the order is the first one's.</param>
    /// <param name="from">How many are passed over.</param>
    /// <param name="count">How many are read at most.</param>
    /// <param name="sweep">Of one sweep; null is all.</param>
    public IReadOnlyList<RunJob> Jobs(IReadOnlyList<RunState> states, int from, int count, string? sweep = null) =>
        Read(transaction => transaction.Query(
        $"""
        {JobColumns} WHERE r.state IN ({StateNames(states)}) AND {OfOneSweep}
        ORDER BY {(states[0] switch { RunState.Pending => "c.sweep, c.position", RunState.Running => "a.began, r.run_id", _ => "a.ended DESC, r.run_id" })}
        LIMIT @count OFFSET @from
        """,
        JobOf, ("@sweep", sweep), ("@count", count), ("@from", from)));

    /// <summary>One run; null where no sweep has it.</summary>
    public RunJob? Job(RunId run) => Read(transaction => transaction.Query(
        $"{JobColumns} WHERE r.run_id = @run AND {OfOneSweep}", JobOf, ("@run", run), ("@sweep", null))
        .SingleOrDefault());

    /// <summary>Runs by state, each once, of all sweeps.</summary>
    public IReadOnlyDictionary<RunState, int> Counts() => Read(transaction => transaction.Query(
        "SELECT state, COUNT(*) FROM runs GROUP BY state", row => (State: row.State(0), Count: row.GetInt32(1)))
        .ToDictionary(c => c.State, c => c.Count));

    /// <summary>
    /// Attempts that ended since, by when: how many brought a result, and how many failed. What was interrupted is
    /// neither.
    /// </summary>
    /// <param name="since">The earliest end.</param>
    /// <param name="unit">Length of each span, which begin at its multiples since 1970.</param>
    public IReadOnlyList<(DateTimeOffset Begin, int Finished, int Failed)> AttemptEnds(DateTimeOffset since,
        TimeSpan unit) => Read(transaction =>
        transaction.Query(
            """
            SELECT ended / @unit, SUM(CASE WHEN outcome = 'finished' THEN 1 ELSE 0 END), COUNT(*) FROM attempts
            WHERE ended >= @since AND outcome IN ('finished', 'attemptlost', 'attemptsusedup', 'failedforgood') GROUP BY 1 ORDER BY 1
            """,
            row => (
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(0) * (long)unit.TotalMilliseconds),
                row.GetInt32(1), row.GetInt32(2) - row.GetInt32(1)),
            ("@since", since), ("@unit", (long)unit.TotalMilliseconds)));

    private static string StateNames(IEnumerable<RunState> states) =>
        string.Join(", ", states.Select(s => $"'{s.ToString().ToLower(CultureInfo.InvariantCulture)}'"));

    private static RunJob JobOf(DbDataReader row) => new()
    {
        Cell = CellOf(row),
        Sweep = row.GetString(4),
        State = row.State(5),
        Attempts = row.GetInt32(6),
        Fence = row.GetInt64(7),
        Node = row.Text(8),
        Began = row.Time(9),
        Ended = row.Time(10),
        Failure = row.Failure(11),
        Message = row.Text(12),
        Queued = row.Time(13)!.Value,
    };
}
