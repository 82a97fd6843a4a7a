using ScalingLab.Runs;

namespace ScalingLab.Store.Tests;

/// <summary>
/// A ledger as the first published version left it: its tables, word for word, and runs in four states.
/// </summary>
internal static class FirstVersion
{
    private const string Tables =
        """
        CREATE TABLE schema_version (version INTEGER NOT NULL);
        INSERT INTO schema_version VALUES (1);
        CREATE TABLE sweeps (
            name TEXT PRIMARY KEY, question TEXT, content TEXT NOT NULL, threads INTEGER, paused INTEGER NOT NULL DEFAULT 0,
            created INTEGER NOT NULL);
        CREATE TABLE runs (
            run_id TEXT PRIMARY KEY, spec TEXT NOT NULL, flops REAL NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
            losses INTEGER NOT NULL DEFAULT 0, checkpoint INTEGER NOT NULL DEFAULT 0, fence INTEGER NOT NULL DEFAULT 0, threads INTEGER,
            not_before INTEGER, lease_until INTEGER, result TEXT, failure_kind TEXT, failure_message TEXT);
        CREATE INDEX runs_by_state ON runs (state);
        CREATE TABLE cells (
            sweep TEXT NOT NULL REFERENCES sweeps (name), position INTEGER NOT NULL, run_id TEXT NOT NULL REFERENCES runs (run_id),
            model TEXT NOT NULL, budget_flops REAL, varies TEXT NOT NULL, PRIMARY KEY (sweep, position), UNIQUE (sweep, run_id));
        CREATE INDEX cells_by_run ON cells (run_id);
        CREATE TABLE attempts (
            run_id TEXT NOT NULL REFERENCES runs (run_id), fence INTEGER NOT NULL, number INTEGER NOT NULL, node TEXT NOT NULL,
            host_machine TEXT, host_pid INTEGER, host_started TEXT, worker_machine TEXT, worker_pid INTEGER, worker_started TEXT,
            began INTEGER NOT NULL, ended INTEGER, outcome TEXT, failure_kind TEXT, failure_message TEXT, PRIMARY KEY (run_id, fence));
        CREATE TABLE points (
            run_id TEXT NOT NULL REFERENCES runs (run_id), step INTEGER NOT NULL, tokens INTEGER NOT NULL, loss_train REAL,
            loss_validation REAL, learning_rate REAL, gradient_norm REAL, PRIMARY KEY (run_id, step));
        """;

    public static string Of(Place on)
    {
        var content = RunJson.Serialize(
            TestLedger.Sweep("s",
                4).Cells.Select(c => new { Run = c.Spec.Id.Value, c.Model, c.BudgetFlops, c.Varies }));
        var rows = string.Concat(Enumerable.Range(1, 4).Select(seed =>
        {
            var cell = TestLedger.Cell(seed);
            var rest = seed switch
            {
                1 => $"'completed', 1, 0, 10, 1, NULL, '{RunJson.Serialize(TestLedger.Result())}', NULL, NULL",
                2 => "'running', 3, 1, 5, 3, 1767304860000, NULL, NULL, NULL",
                3 => "'pending', 0, 0, 0, 0, NULL, NULL, NULL, NULL",
                _ => "'quarantined', 3, 3, 0, 3, NULL, NULL, 'crashed', 'it fell over'",
            };
            return FormattableString.Invariant($"""
                INSERT INTO runs (run_id, spec, flops, state, attempts, losses, checkpoint, fence, lease_until, result, failure_kind, failure_message)
                VALUES ('{cell.Spec.Id}', '{RunJson.Serialize(cell.Spec)}', {cell.Spec.Flops}, {rest});
                INSERT INTO cells VALUES ('s', {seed - 1}, '{cell.Spec.Id}', '{cell.Model}', {cell.BudgetFlops}, '{RunJson.Serialize(cell.Varies)}');
                """);
        }));
        var sql = $"""
            {Tables}
            INSERT INTO sweeps (name, question, content, created) VALUES ('s', 'why?', '{content}', 1767304800000);
            {rows}
            INSERT INTO attempts (run_id, fence, number, node, began, ended, outcome)
            VALUES ('{TestLedger.Run(1)}', 1, 1, 'node-a', 1767304800000, 1767304810000, 'finished');
            INSERT INTO attempts (run_id, fence, number, node, began) VALUES ('{TestLedger.Run(2)}', 3, 3, 'node-a', 1767304800000);
            INSERT INTO points VALUES ('{TestLedger.Run(1)}', 1, 16, 5.0, NULL, NULL, NULL);
            INSERT INTO points VALUES ('{TestLedger.Run(1)}', 10, 160, 3.6, 3.5, 0.01, NULL)
            """;
        return on == Place.Sqlite
            ? sql
            : sql.Replace(" INTEGER", " BIGINT", StringComparison.Ordinal)
            .Replace(" REAL", " DOUBLE PRECISION", StringComparison.Ordinal);
    }
}
