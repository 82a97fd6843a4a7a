using System.Data.Common;
using System.Globalization;
using ScalingLab.Runs;

namespace ScalingLab.Store;

/// <summary>
/// The ledger's tables, in versions that are applied in order. A published version is never edited; a change is a new version.
/// </summary>
internal static class Schema
{
    private static readonly string[] Versions =
    [
        """
        CREATE TABLE sweeps (
            name TEXT PRIMARY KEY,
            question TEXT,
            content TEXT NOT NULL,
            threads INTEGER,
            paused INTEGER NOT NULL DEFAULT 0,
            created INTEGER NOT NULL);
        CREATE TABLE runs (
            run_id TEXT PRIMARY KEY,
            spec TEXT NOT NULL,
            flops REAL NOT NULL,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            losses INTEGER NOT NULL DEFAULT 0,
            checkpoint INTEGER NOT NULL DEFAULT 0,
            fence INTEGER NOT NULL DEFAULT 0,
            threads INTEGER,
            not_before INTEGER,
            lease_until INTEGER,
            result TEXT,
            failure_kind TEXT,
            failure_message TEXT);
        CREATE INDEX runs_by_state ON runs (state);
        CREATE TABLE cells (
            sweep TEXT NOT NULL REFERENCES sweeps (name),
            position INTEGER NOT NULL,
            run_id TEXT NOT NULL REFERENCES runs (run_id),
            model TEXT NOT NULL,
            budget_flops REAL,
            varies TEXT NOT NULL,
            PRIMARY KEY (sweep, position),
            UNIQUE (sweep, run_id));
        CREATE INDEX cells_by_run ON cells (run_id);
        CREATE TABLE attempts (
            run_id TEXT NOT NULL REFERENCES runs (run_id),
            fence INTEGER NOT NULL,
            number INTEGER NOT NULL,
            node TEXT NOT NULL,
            host_machine TEXT, host_pid INTEGER, host_started TEXT,
            worker_machine TEXT, worker_pid INTEGER, worker_started TEXT,
            began INTEGER NOT NULL,
            ended INTEGER,
            outcome TEXT,
            failure_kind TEXT,
            failure_message TEXT,
            PRIMARY KEY (run_id, fence));
        CREATE TABLE points (
            run_id TEXT NOT NULL REFERENCES runs (run_id),
            step INTEGER NOT NULL,
            tokens INTEGER NOT NULL,
            loss_train REAL,
            loss_validation REAL,
            learning_rate REAL,
            gradient_norm REAL,
            PRIMARY KEY (run_id, step));
        """,
    ];

    /// <summary>The newest version that this program knows.</summary>
    public static int Newest => Versions.Length;

    /// <summary>
    /// Brings the ledger to the newest version, inside one transaction: two processes that open a new ledger at once agree.
    /// </summary>
    /// <exception cref="InputException">A newer program wrote the ledger.</exception>
    public static void Upgrade(DbTransaction transaction, string place)
    {
        transaction.Execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
        var found = transaction.Query("SELECT version FROM schema_version", row => row.GetInt32(0)).SingleOrDefault();
        if (found > Newest)
        {
            throw new InputException(place, string.Create(CultureInfo.InvariantCulture,
                $"the ledger has schema version {found}, this program knows {Newest} at most: use the newer program, or another folder"));
        }
        if (found == Newest) return;
        for (var version = found; version < Newest; version++) transaction.Execute(Versions[version]);
        transaction.Execute("DELETE FROM schema_version");
        transaction.Execute("INSERT INTO schema_version (version) VALUES (@v)", ("@v", Newest));
    }
}
