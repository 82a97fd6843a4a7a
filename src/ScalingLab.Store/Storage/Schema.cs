using System.Globalization;
using ScalingLab.Runs;
using ScalingLab.Store.Records;

namespace ScalingLab.Store.Storage;

/// <summary>
/// The ledger's tables, in versions that are applied in order. A published version is never edited; a change is a new
/// version.
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
        """
        ALTER TABLE sweeps ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE sweeps ADD COLUMN time_window TEXT;
        ALTER TABLE sweeps ADD COLUMN deadline INTEGER;
        ALTER TABLE sweeps ADD COLUMN device_class TEXT;
        ALTER TABLE sweeps ADD COLUMN grid TEXT;
        ALTER TABLE sweeps ADD COLUMN grid_file TEXT;
        ALTER TABLE sweeps ADD COLUMN results_folder TEXT;
        ALTER TABLE sweeps ADD COLUMN preparation TEXT;
        ALTER TABLE sweeps ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE sweeps ADD COLUMN reported INTEGER;
        ALTER TABLE sweeps ADD COLUMN reported_stamp TEXT;
        ALTER TABLE sweeps ADD COLUMN report_fence INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE sweeps ADD COLUMN report_until INTEGER;
        ALTER TABLE sweeps ADD COLUMN report_node TEXT;
        ALTER TABLE sweeps ADD COLUMN report_failure TEXT;
        ALTER TABLE runs ADD COLUMN steps INTEGER;
        ALTER TABLE runs ADD COLUMN kin TEXT;
        ALTER TABLE runs ADD COLUMN submitted INTEGER;
        ALTER TABLE runs ADD COLUMN submitted_job TEXT;
        ALTER TABLE attempts ADD COLUMN device TEXT;
        ALTER TABLE attempts ADD COLUMN threads INTEGER;
        ALTER TABLE attempts ADD COLUMN micro_batch_tokens INTEGER;
        ALTER TABLE attempts ADD COLUMN flops_per_second REAL;
        CREATE TABLE nodes (
            name TEXT PRIMARY KEY,
            host_machine TEXT NOT NULL, host_pid INTEGER NOT NULL, host_started TEXT NOT NULL,
            devices TEXT NOT NULL,
            clock_ahead INTEGER NOT NULL,
            joined INTEGER NOT NULL,
            announced INTEGER NOT NULL,
            lease_until INTEGER);
        CREATE TABLE yields (
            scope TEXT NOT NULL,
            name TEXT NOT NULL,
            until INTEGER NOT NULL,
            PRIMARY KEY (scope, name));
        CREATE TABLE pulse (
            until INTEGER NOT NULL,
            quiet_until INTEGER NOT NULL);
        INSERT INTO pulse (until, quiet_until) VALUES (0, 0);
        CREATE TABLE peaks (
            kin TEXT NOT NULL,
            device_class TEXT NOT NULL,
            micro_batch_tokens INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            PRIMARY KEY (kin, device_class, micro_batch_tokens));
        """,
        """
        ALTER TABLE nodes ADD COLUMN waits TEXT;
        ALTER TABLE runs ADD COLUMN trunk TEXT;
        ALTER TABLE runs ADD COLUMN trunk_steps INTEGER;
        CREATE INDEX runs_by_trunk ON runs (trunk);
        ALTER TABLE points ADD COLUMN telemetry TEXT;
        """,
        "ALTER TABLE runs ADD COLUMN tokens INTEGER;",
        "ALTER TABLE sweeps ADD COLUMN flagged INTEGER;",
        """
        ALTER TABLE runs ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX runs_by_change ON runs (changed);
        CREATE TABLE changes (latest INTEGER NOT NULL, of_all INTEGER NOT NULL);
        INSERT INTO changes (latest, of_all) VALUES (0, 0);
        """,
        """
        ALTER TABLE nodes ADD COLUMN sweep TEXT;
        CREATE TABLE notices (
            url TEXT NOT NULL,
            sweep TEXT NOT NULL,
            stamp TEXT NOT NULL,
            state TEXT NOT NULL,
            PRIMARY KEY (url, sweep, stamp));
        """,
        "ALTER TABLE sweeps ADD COLUMN gpus INTEGER;",
    ];

    // What a version needs beyond its statements, by its number.
    private static readonly Dictionary<int, Action<Transaction>> DataUpgrades =
        new() { [2] = FillRuns, [4] = FillTokens };

    /// <summary>The newest version that this program knows.</summary>
    public static int Newest => Versions.Length;

    /// <summary>
    /// Brings the ledger to the newest version, inside one transaction: two processes that open a new ledger at once
    /// agree.
    /// </summary>
    /// <exception cref="InputException">A newer program wrote the ledger.</exception>
    public static void Upgrade(Transaction transaction, Database database)
    {
        transaction.Execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
        var found = CurrentVersion(transaction);
        if (found > Newest)
        {
            throw new InputException(database.Location, string.Create(CultureInfo.InvariantCulture,
                $"the ledger has schema version {found}, this program knows {Newest} at most: use the newer program, "
                    + $"or another folder"));
        }
        if (found == Newest) return;
        for (var version = found; version < Newest; version++)
        {
            transaction.Execute(database.Schema(Versions[version]));
            DataUpgrades.GetValueOrDefault(version + 1)?.Invoke(transaction);
        }
        transaction.Execute("DELETE FROM schema_version");
        transaction.Execute("INSERT INTO schema_version (version) VALUES (@v)", ("@v", Newest));
    }

    /// <summary>The version that the ledger has; 0 where it says none.</summary>
    public static int CurrentVersion(Transaction transaction) =>
        transaction.Query("SELECT version FROM schema_version", row => row.GetInt32(0)).DefaultIfEmpty().Max();

    private static void FillTokens(Transaction transaction)
    {
        foreach (var (run, spec) in Specs(transaction))
            transaction.Execute("UPDATE runs SET tokens = @tokens WHERE run_id = @run", ("@tokens", spec.Tokens),
                ("@run", run));
    }

    private static List<(string Run, RunSpec Spec)> Specs(Transaction transaction) => transaction.Query(
        "SELECT run_id, spec FROM runs", row => (row.GetString(0), RunJson.Deserialize<RunSpec>(row.GetString(1))));

    private static void FillRuns(Transaction transaction)
    {
        foreach (var (run, spec) in Specs(transaction))
        {
            transaction.Execute(
                "UPDATE runs SET steps = @steps, kin = @kin WHERE run_id = @run", ("@steps", spec.Steps),
                ("@kin", WorkloadKey.For(spec)), ("@run", run));
        }
    }
}
