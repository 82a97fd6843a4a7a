using System.Data.Common;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store;

/// <summary>
/// Where a run of a sweep stands, for who watches it: what may change, and nothing of what the run is.
/// </summary>
public sealed record RunStatus
{
    /// <summary>The run.</summary>
    public required RunId Run { get; init; }

    /// <summary>Its state.</summary>
    public required RunState State { get; init; }

    /// <summary>Attempts begun.</summary>
    public required int Attempts { get; init; }

    /// <summary>Fencing number of the latest attempt; 0 before the first.</summary>
    public required long Fence { get; init; }

    /// <summary>The accepted result of a completed run.</summary>
    public RunResult? Result { get; init; }

    /// <summary>Why the last attempt ended badly.</summary>
    public FailureKind? Failure { get; init; }

    /// <summary>The failure in words.</summary>
    public string? FailureMessage { get; init; }

    /// <summary>Node of the latest attempt; null before the first.</summary>
    public string? Node { get; init; }

    /// <summary>Its device there; null where it is not known.</summary>
    public string? Device { get; init; }

    /// <summary>When it began.</summary>
    public DateTimeOffset? Began { get; init; }

    /// <summary>When it ended; null while it runs.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>The last step that the curves have; null before the first.</summary>
    public long? Step { get; init; }

    /// <summary>The last training loss that is a number, nats/token.</summary>
    public double? LossTrain { get; init; }

    /// <summary>The last validation loss that is a number, nats/token.</summary>
    public double? LossValidation { get; init; }
}

/// <summary>What has changed of a sweep since it was last read.</summary>
/// <param name="Now">The ledger's clock.</param>
/// <param name="Mark">What the next reading counts from.</param>
/// <param name="IsWhole">Whether <paramref name="Runs"/> are all there are.</param>
/// <param name="Revision">Another number, other cells or another question.</param>
/// <param name="Runs">Runs that changed, and those that an attempt holds, in the sweep's order.</param>
public sealed record SweepChanges(DateTimeOffset Now, long Mark, bool IsWhole, long Revision,
    IReadOnlyList<RunStatus> Runs);

/// <summary>A point of a curve, for who draws it.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Tokens">Tokens trained on so far.</param>
/// <param name="LossTrain">Mean training loss since the point before, nats/token.</param>
/// <param name="LossValidation">Loss on the fixed validation set, nats/token.</param>
/// <param name="TokensPerSecond">Training tokens a second of time in training steps since the point before.</param>
public readonly record struct CurveRow(long Step, long Tokens, double? LossTrain, double? LossValidation,
    double? TokensPerSecond);

/// <content>What a page reads that many look at: news alone, and curves without what it does not draw.</content>
public sealed partial class Ledger
{
    private const string IsNumber = "BETWEEN -1.7e308 AND 1.7e308"; // a loss may be infinite

    /// <summary>
    /// The runs of a sweep, and what it calls them, in its order; empty where the ledger does not know it.
    /// </summary>
    public IReadOnlyList<(RunId Run, SweepCell Cell)> Cells(string sweep) => Read(transaction => transaction.Query(
        """
        SELECT r.spec, c.model, c.budget_flops, c.varies, r.run_id FROM cells c JOIN runs r USING (run_id)
        WHERE c.sweep = @sweep ORDER BY c.position
        """,
        row => (new RunId(row.GetString(4)), CellOf(row)), ("@sweep", sweep)));

    /// <summary>
    /// What has changed of a sweep since; null where the ledger does not know it. No curve is read, only where each
    /// ends.
    /// </summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="since">The <see cref="SweepChanges.Mark"/> of the last reading; negative reads everything.</param>
    public SweepChanges? ReadChanges(string sweep, long since) => Read(transaction =>
    {
        if (transaction.Query("SELECT revision FROM sweeps WHERE name = @sweep", row => row.GetInt64(0),
            ("@sweep", sweep)) is not [var revision])
            return null;
        var (latest, ofAll) = transaction.Query("SELECT latest, of_all FROM changes", row =>
            (row.GetInt64(0), row.GetInt64(1))).Single();
        var isWhole = since < 0 || ofAll > since;
        var which = isWhole ? "" : " AND (r.changed > @since OR r.state = 'running')";
        var runs = Statuses(transaction, $"c.sweep = @sweep{which}", ("@sweep", sweep), ("@since", since));
        return new SweepChanges(transaction.Now, latest, isWhole, revision, runs);
    });

    /// <summary>Where one run of a sweep stands; null where the sweep does not have it.</summary>
    public RunStatus? Status(string sweep, RunId run) => Read(transaction =>
        Statuses(transaction, "c.sweep = @sweep AND c.run_id = @run", ("@sweep", sweep), ("@run", run))
            .SingleOrDefault());

    /// <summary>
    /// The curves of a sweep's runs from one place in its order up to and without another, each by step.
    /// </summary>
    public ILookup<RunId, CurveRow> Curves(string sweep, int from, int to) => Read(transaction => transaction.Query(
        $"""
        SELECT {CurveColumns} FROM cells c JOIN points p USING (run_id)
        WHERE c.sweep = @sweep AND c.position >= @from AND c.position < @to ORDER BY c.position, p.step
        """,
        CurveOf, ("@sweep", sweep), ("@from", from), ("@to", to)).ToLookup(p => p.Run, p => p.Row));

    /// <summary>What the curves of runs have from a step of each on.</summary>
    public IReadOnlyList<(RunId Run, IReadOnlyList<CurveRow> Rows)> Curves(
        IReadOnlyList<(RunId Run, long From)> runs) =>
        runs.Count == 0 ? []
            : Read(transaction => runs.Select(of => (of.Run, (IReadOnlyList<CurveRow>)transaction.Query(
            $"SELECT {CurveColumns} FROM points p WHERE p.run_id = @run AND p.step >= @from ORDER BY p.step",
            row => CurveOf(row).Row, ("@run", of.Run), ("@from", of.From)))).ToList());

    /// <summary>All points of a run, by step.</summary>
    public IReadOnlyList<MetricPoint> Points(RunId run) => Read(transaction => transaction.Query(
        """
        SELECT run_id, step, tokens, loss_train, loss_validation, learning_rate, gradient_norm, telemetry FROM points
        WHERE run_id = @run ORDER BY step
        """,
        Point, ("@run", run)));

    private string CurveColumns =>
        $"p.run_id, p.step, p.tokens, p.loss_train, p.loss_validation, "
            + $"{_database.JsonNumber("p.telemetry", "tokensPerSecond")}";

    private static (RunId Run, CurveRow Row) CurveOf(DbDataReader row) => (
        new RunId(row.GetString(0)),
            new CurveRow(row.GetInt64(1), row.GetInt64(2), row.Number(3), row.Number(4), row.Number(5)));

    private static List<RunStatus> Statuses(
        Transaction transaction, string which, params ReadOnlySpan<(string Name, object? Value)> values) =>
            transaction.Query(
        $"""
        SELECT r.run_id, r.state, r.attempts, r.fence, r.result, r.failure_kind, r.failure_message, a.node, a.device, a.began, a.ended,
            (SELECT MAX(p.step) FROM points p WHERE p.run_id = r.run_id),
            (SELECT p.loss_train FROM points p WHERE p.run_id = r.run_id AND p.loss_train {IsNumber} ORDER BY p.step DESC LIMIT 1),
            (SELECT p.loss_validation FROM points p WHERE p.run_id = r.run_id AND p.loss_validation {IsNumber} ORDER BY p.step DESC LIMIT 1)
        FROM cells c JOIN runs r USING (run_id) LEFT JOIN attempts a ON a.run_id = r.run_id AND a.fence = r.fence
        WHERE {which} ORDER BY c.position
        """,
        row => new RunStatus
        {
            Run = new RunId(row.GetString(0)),
            State = row.State(1),
            Attempts = row.GetInt32(2),
            Fence = row.GetInt64(3),
            Result = row.Text(4) is { } result ? RunJson.Deserialize<RunResult>(result) : null,
            Failure = row.Failure(5),
            FailureMessage = row.Text(6),
            Node = row.Text(7),
            Device = row.Text(8),
            Began = row.Time(9),
            Ended = row.Time(10),
            Step = row.IsDBNull(11) ? null : row.GetInt64(11),
            LossTrain = row.Number(12),
            LossValidation = row.Number(13),
        },
        values);
}
