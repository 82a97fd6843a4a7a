using ScalingLab.Runs;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store;

/// <summary>An attempt with the run that it was at.</summary>
/// <param name="Sweep">A sweep that has the run; of several the first by name.</param>
/// <param name="Cell">The run as that sweep has it.</param>
/// <param name="Attempt">The attempt.</param>
public sealed record TimedAttempt(string Sweep, SweepCell Cell, AttemptRecord Attempt);

/// <content>Attempts by when they were.</content>
public sealed partial class Ledger
{
    /// <summary>
    /// The attempts that run, or ended since a moment, the running and then the latest first; and how many there are.
    /// Those at runs that no sweep has any more are none of them.
    /// </summary>
    /// <param name="since">The moment.</param>
    /// <param name="most">How many are read at most.</param>
    public (IReadOnlyList<TimedAttempt> Attempts, int InAll) AttemptsSince(DateTimeOffset since, int most) =>
        Read(transaction => (
        (IReadOnlyList<TimedAttempt>)transaction.Query(
            $"""
            {AttemptColumns}, r.spec, c.model, c.budget_flops, c.varies, c.sweep
            FROM attempts a JOIN runs r USING (run_id) JOIN cells c ON c.run_id = r.run_id
                AND c.sweep = (SELECT MIN(o.sweep) FROM cells o WHERE o.run_id = r.run_id)
            WHERE a.ended IS NULL OR a.ended >= @since
            ORDER BY CASE WHEN a.ended IS NULL THEN 0 ELSE 1 END, a.began DESC, a.run_id LIMIT @most
            """,
            row => new TimedAttempt(
                row.GetString(17),
                new SweepCell(RunJson.Deserialize<RunSpec>(row.GetString(13)), row.GetString(14), row.Number(15),
                    RunJson.Deserialize<IReadOnlyList<RecipeChoice>>(row.GetString(16))),
                AttemptOf(row)),
            ("@since", since), ("@most", most)),
        (int)transaction.Query(
            """
            SELECT COUNT(*) FROM attempts a WHERE (a.ended IS NULL OR a.ended >= @since)
                AND EXISTS (SELECT 1 FROM cells c WHERE c.run_id = a.run_id)
            """,
            row => row.GetInt64(0), ("@since", since)).Single()));

    /// <summary>
    /// What runs are, by one query: each with a sweep that has it, of several the first by name. What no sweep has is
    /// absent.
    /// </summary>
    /// <param name="runs">At most some hundreds.</param>
    public IReadOnlyDictionary<RunId, (string Sweep, SweepCell Cell)> Cells(IReadOnlyCollection<RunId> runs)
    {
        if (runs.Count == 0) return new Dictionary<RunId, (string, SweepCell)>();
        var values = runs.Select((run, i) => (Name: FormattableString.Invariant($"@r{i}"), Value: (object?)run))
            .ToArray();
        return Read(transaction => transaction.Query(
            $"""
            SELECT r.spec, c.model, c.budget_flops, c.varies, c.sweep, r.run_id FROM cells c JOIN runs r USING (run_id)
            WHERE r.run_id IN ({string.Join(", ", values.Select(v => v.Name))})
                AND c.sweep = (SELECT MIN(o.sweep) FROM cells o WHERE o.run_id = r.run_id)
            """,
            row => (Run: new RunId(row.GetString(5)), Sweep: row.GetString(4), Cell: CellOf(row)), values))
            .ToDictionary(found => found.Run, found => (found.Sweep, found.Cell));
    }
}
