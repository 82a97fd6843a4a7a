using System.Data.Common;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store;

/// <content>What runs have used.</content>
public sealed partial class Ledger
{
    /// <summary>
    /// What attempted runs have used, of those that changed since and of those that an attempt holds. No whole curve of
    /// a completed run is read.
    /// </summary>
    /// <param name="since">The <see cref="RunUsageChanges.Version"/> of the last reading; negative reads
    /// everything.</param>
    /// <param name="sweep">One sweep; null is all.</param>
    public RunUsageChanges Uses(long since, string? sweep = null) => Read(transaction =>
    {
        var (latest, ofAll) = transaction.Query("SELECT latest, of_all FROM changes", row =>
            (row.GetInt64(0), row.GetInt64(1))).Single();
        var isWhole = since < 0 || ofAll > since;
        return new RunUsageChanges(latest, isWhole, transaction.Query(
            $"""
            SELECT c.sweep, r.run_id, r.state, r.flops, r.tokens, 1 - COALESCE({_database.JsonNumber("r.result", "trunkSteps")}, 0) / r.steps,
                {_database.JsonNumber("r.result", "energyJoules")}, {_database.JsonNumber("r.result", "gridIntensity", "gramsPerKwh")},
                (SELECT CAST(SUM((COALESCE(a.ended, @now) - a.began) * {DevicesOf("a.device")}) AS DOUBLE PRECISION)
                    FROM attempts a WHERE a.run_id = r.run_id),
                CASE WHEN r.state <> 'completed' THEN
                    (SELECT CAST(MAX(p.tokens) AS DOUBLE PRECISION) FROM points p WHERE p.run_id = r.run_id) END,
                CASE WHEN r.state <> 'completed' THEN
                    (SELECT SUM({_database.JsonNumber("p.telemetry", "energyJoules")}) FROM points p WHERE p.run_id = r.run_id) END
            FROM cells c JOIN runs r USING (run_id)
            WHERE r.attempts > 0 AND (CAST(@sweep AS TEXT) IS NULL OR c.sweep = @sweep)
                {(isWhole ? "" : "AND (r.changed > @since OR r.state = 'running')")}
            """,
            UseOf, ("@now", transaction.Now), ("@sweep", sweep), ("@since", since)));
    });

    // One more than there are signs between them.
    private static string DevicesOf(string column) =>
        $"(1 + COALESCE(LENGTH({column}) - LENGTH(REPLACE({column}, '+', '')), 0))";

    private static RunUsage UseOf(DbDataReader row)
    {
        var (isCompleted, flops, tokens) = (row.State(2) == RunState.Completed, row.GetDouble(3),
            (double)row.GetInt64(4));
        var share = isCompleted ? row.Number(5) ?? 1 : (row.Number(9) ?? 0) / tokens;
        var joules = row.Number(isCompleted ? 6 : 10);
        return new RunUsage(
            row.GetString(0), new RunId(row.GetString(1)), (row.Number(8) ?? 0) / 1000, flops * share, tokens * share,
                joules,
            isCompleted && row.Number(7) is { } grams ? joules / GridIntensity.JoulesPerKwh * grams
                : null, isCompleted);
    }
}
