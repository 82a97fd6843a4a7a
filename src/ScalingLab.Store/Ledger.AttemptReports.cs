using System.Data.Common;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store;

/// <content>What attempts said, and what was learned from it: curves, every attempt's end, speeds, peaks of
/// memory.</content>
public sealed partial class Ledger
{
    private const string AttemptColumns =
        """
        SELECT a.run_id, a.number, a.fence, a.node, a.device, a.threads, a.micro_batch_tokens, a.began, a.ended, a.outcome, a.failure_kind,
            a.failure_message, a.flops_per_second
        """;

    /// <summary>The attempts at the runs of a sweep, by the run's position, then by number.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="withoutResult">Only those that brought no result, or none yet: few, where ten thousand went
    /// well.</param>
    public IReadOnlyList<AttemptRecord> Attempts(string sweep, bool withoutResult = false) =>
        Read(transaction => transaction.Query(
        $"""
        {AttemptColumns} FROM cells c JOIN attempts a USING (run_id) WHERE c.sweep = @sweep
            {(withoutResult ? "AND (a.outcome IS NULL OR a.outcome <> 'finished')" : "")} ORDER BY c.position, a.number
        """,
        AttemptOf, ("@sweep", sweep)));

    /// <summary>The attempts at a run, by number.</summary>
    public IReadOnlyList<AttemptRecord> Attempts(RunId run) => Read(transaction => transaction.Query(
        $"{AttemptColumns} FROM attempts a WHERE a.run_id = @run ORDER BY a.number, a.fence", AttemptOf,
        ("@run", run)));

    private static AttemptRecord AttemptOf(DbDataReader row) => new()
    {
        Run = new RunId(row.GetString(0)),
        Number = row.GetInt32(1),
        Fence = row.GetInt64(2),
        Node = row.GetString(3),
        Device = row.Text(4),
        Threads = row.Integer(5),
        MicroBatchTokens = row.Integer(6),
        Began = row.Time(7)!.Value,
        Ended = row.Time(8),
        Outcome = row.EnumValue<RunEvent>(9),
        Failure = row.Failure(10),
        Message = row.Text(11),
        FlopsPerSecond = row.Number(12),
    };

    /// <summary>How fast attempts went, running ones included, by node, class of device, threads and kin.</summary>
    /// <param name="byEngine">Whether by engine too, which takes longer: every result is looked at.</param>
    public IReadOnlyList<MeasuredSpeed> Speeds(bool byEngine = false) => Read(transaction => transaction.Query(
            $"""
            SELECT a.node, a.device, a.threads, r.kin, AVG(a.flops_per_second), COUNT(*), AVG(r.flops / r.tokens),
                AVG(CASE WHEN a.outcome = 'finished' AND r.attempts = 1 AND r.trunk IS NULL
                    THEN CAST(a.ended - a.began AS DOUBLE PRECISION) / 1000 - r.flops / a.flops_per_second END),
                {(byEngine ? _database.JsonText("r.result", "engine") : "NULL")} AS engine
            FROM attempts a JOIN runs r USING (run_id)
            WHERE a.flops_per_second IS NOT NULL AND a.device IS NOT NULL
            GROUP BY a.node, a.device, a.threads, r.kin, engine ORDER BY a.node, a.device, a.threads, r.kin, engine
            """,
            row => new MeasuredSpeed(
                row.GetString(0), NodeDevice.ClassOf(row.GetString(1)), row.Integer(2), row.GetString(3),
                row.GetDouble(4), row.GetInt32(5),
                row.GetDouble(6))
            {
                OverheadSeconds = row.Number(7) is { } beside ? Math.Max(0, beside) : null, Engine = row.Text(8),
            })
        .GroupBy(s => (s.Node, s.DeviceClass, s.Threads, s.Workload, s.Engine))
        .Select(same => same.First() with
        {
            FlopsPerSecond = same.Sum(s => s.FlopsPerSecond * s.Attempts) / same.Sum(s => s.Attempts),
            Attempts = same.Sum(s => s.Attempts),
            OverheadSeconds = same.Average(s => s.OverheadSeconds),
        })
        .ToList());

    private static void WriteAttemptReport(Transaction transaction, Attempt attempt, AttemptReport news)
    {
        if (news.Checkpoint is { } step)
        {
            transaction.Execute(
                "UPDATE runs SET checkpoint = @step, losses = 0 WHERE run_id = @run AND checkpoint < @step",
                ("@step", step), ("@run", attempt.Run));
            Changed(transaction, attempt.Run);
        }
        if (news.TokensPerSecond is { } speed && double.IsFinite(speed) && speed > 0)
        {
            transaction.Execute(
                "UPDATE attempts SET flops_per_second = @speed WHERE run_id = @run AND fence = @fence",
                ("@speed", speed * attempt.Spec.FlopsPerToken), ("@run", attempt.Run),
                ("@fence", attempt.Fence));
        }

        // One statement must not say a point twice (PostgreSQL refuses that), so halves of a point are put together
        // first.
        var points = news.Points.GroupBy(p => p.Step).Select(halves => halves.Aggregate(Join)).Select(p => new object?[]
        {
            attempt.Run, p.Step, p.Tokens, p.LossTrain, p.LossValidation, p.LearningRate, p.GradientNorm,
            p.Telemetry is { } telemetry ? RunJson.Serialize(telemetry) : null,
        }).ToList();
        transaction.Insert(
            "INSERT INTO points (run_id, step, tokens, loss_train, loss_validation, learning_rate, gradient_norm, telemetry)",
            points,
            """
            ON CONFLICT (run_id, step) DO UPDATE SET
                tokens = excluded.tokens,
                loss_train = COALESCE(excluded.loss_train, points.loss_train),
                loss_validation = COALESCE(excluded.loss_validation, points.loss_validation),
                learning_rate = COALESCE(excluded.learning_rate, points.learning_rate),
                gradient_norm = COALESCE(excluded.gradient_norm, points.gradient_norm),
                telemetry = COALESCE(excluded.telemetry, points.telemetry)
            """);
    }

    // A missing value does not erase one: a point may be said in two halves, training loss and validation loss.
    private static MetricPoint Join(MetricPoint before, MetricPoint after) => new(
        after.Step,
        after.Tokens,
        after.LossTrain ?? before.LossTrain,
        after.LossValidation ?? before.LossValidation,
        after.LearningRate ?? before.LearningRate,
        after.GradientNorm ?? before.GradientNorm,
        after.Telemetry ?? before.Telemetry);

    private static void WritePeak(Transaction transaction, Attempt attempt, long bytes)
    {
        var settings = transaction.Query(
            "SELECT device, micro_batch_tokens FROM attempts WHERE run_id = @run AND fence = @fence",
            row => (Device: row.Text(0), MicroBatch: row.Integer(1)), ("@run", attempt.Run), ("@fence", attempt.Fence))
            .Single();
        // a peak that belongs to nothing in particular predicts nothing
        if (settings is not ({ } device, { } microBatch)) return;
        var grew = transaction.Execute(
            """
            INSERT INTO peaks (kin, device_class, micro_batch_tokens, bytes) VALUES (@kin, @class, @micro, @bytes)
            ON CONFLICT (kin, device_class, micro_batch_tokens) DO UPDATE SET bytes = excluded.bytes WHERE peaks.bytes < excluded.bytes
            """,
            ("@kin", WorkloadKey.For(attempt.Spec)), ("@class", NodeDevice.ClassOf(device)), ("@micro", microBatch),
            ("@bytes", bytes)) > 0;
        if (grew) AllChanged(transaction); // every run of the kin is expected to need it
    }
}
