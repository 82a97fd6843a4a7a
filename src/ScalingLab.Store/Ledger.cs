using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using ScalingLab.Runs;

namespace ScalingLab.Store;

/// <summary>
/// The queue and the one truth about every run: state, attempts, lease, fencing number, curves and accepted result. Every change of state
/// goes through
/// <see cref="RunLifecycle"/> inside one transaction, so any number of processes may share a ledger; whatever a process was doing when it
/// died is either written whole or not at all.
/// </summary>
public sealed partial class Ledger : IDisposable
{
    private readonly DbDataSource _source;
    private readonly TimeProvider _time;
    private readonly Action _close;

    private Ledger(DbDataSource source, TimeProvider time, Action close)
    {
        _source = source;
        _time = time;
        _close = close;
    }

    /// <summary>The ledger's clock: leases and back-off are measured on it, and on no other.</summary>
    public DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>Opens the ledger in a file on a local disk; makes the folder, the file and its tables where they are missing.</summary>
    /// <exception cref="InputException">The file is no ledger, cannot be written, or was written by a newer program.</exception>
    public static Ledger OpenSqlite(string file, TimeProvider? time = null)
    {
        var path = Path.GetFullPath(file);
        var connection = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            ForeignKeys = true,
            DefaultTimeout = 30, // seconds that a statement waits for another process's transaction
        }.ConnectionString;
        var ledger = new Ledger(SqliteFactory.Instance.CreateDataSource(connection), time ?? TimeProvider.System, () =>
        {
            using var pooled = new SqliteConnection(connection);
            SqliteConnection.ClearPool(pooled);
        });
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (var first = ledger.Connect())
            {
                // Write-ahead log: readers (status, dashboard) never wait for the writer. The mode stays with the file.
                Pragma(first, "PRAGMA journal_mode = WAL");
            }
            ledger.Write(transaction => Schema.Upgrade(transaction, path));
            return ledger;
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            ledger.Dispose();
            throw new InputException(
                path, $"cannot be opened as a ledger ({e.Message}): give a folder that can be written, or move the file away");
        }
        catch
        {
            ledger.Dispose();
            throw;
        }
    }

    /// <summary>Closes the ledger's connections.</summary>
    public void Dispose()
    {
        _source.Dispose();
        _close();
    }

    private DbConnection Connect()
    {
        var connection = _source.OpenConnection();

        // FULL: a commit is on the disk before it is answered, so that not even a power cut takes back an accepted result or lets a fencing
        // number be given out twice. The ledger commits a few times a second at most; a sync of some milliseconds does not matter.
        Pragma(connection, "PRAGMA busy_timeout = 30000; PRAGMA synchronous = FULL");
        return connection;
    }

    private static void Pragma(DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants, see the callers
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    /// <summary>One transaction that takes the write lock at its start: what it reads still holds when it writes.</summary>
    private T Write<T>(Func<DbTransaction, T> work)
    {
        using var connection = Connect();
        using var transaction = connection.BeginTransaction(IsolationLevel.Serializable);
        var answer = work(transaction);
        transaction.Commit();
        return answer;
    }

    private void Write(Action<DbTransaction> work) => Write(transaction =>
    {
        work(transaction);
        return true;
    });

    /// <summary>One consistent view, without a lock that a writer would wait for.</summary>
    private T Read<T>(Func<DbTransaction, T> work)
    {
        using var connection = Connect();
        using DbTransaction transaction = connection is SqliteConnection sqlite
            ? sqlite.BeginTransaction(deferred: true)
            : connection.BeginTransaction(IsolationLevel.RepeatableRead);
        return work(transaction);
    }
}
