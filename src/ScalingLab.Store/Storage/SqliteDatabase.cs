using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Store.Storage;

/// <summary>A file on a local disk of one machine, whose clock is the ledger's.</summary>
internal sealed class SqliteDatabase : Database
{
    private readonly string _path;
    private readonly string _connection;
    private readonly DbDataSource _source;
    private readonly TimeProvider _time;

    public SqliteDatabase(string file, TimeProvider time)
    {
        _path = Path.GetFullPath(file);
        _connection = new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            ForeignKeys = true,
            DefaultTimeout = 30, // seconds that a statement waits for another process's transaction
        }.ConnectionString;
        _source = SqliteFactory.Instance.CreateDataSource(_connection);
        _time = time;
    }

    public override string Location => _path;

    public override bool IsShared => false;

    public override DateTimeOffset Now => _time.GetUtcNow();

    public override bool Prepare(bool make)
    {
        if (!make && !InputFile.IsThere(InputFile.ResolveLinks(_path))) return false;
        if (Directory.Exists(_path))
        {
            throw new LedgerException(
                _path, $"is a folder, and a ledger is a file: give the file, e.g. --ledger "
                    + $"{Path.Combine(_path, "ledger.db")}", lasts: true);
        }
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        try
        {
            return Make(make);
        }
        catch (SqliteException e) when (new FileInfo(InputFile.ResolveLinks(_path)) is { Exists: true, Length: 0 })
        {
            throw NoFile($"is no regular file but a pipe or a device, or an empty file that cannot be written "
                + $"({e.Message})", e);
        }
    }

    private LedgerException NoFile(string what, Exception? cause = null) =>
        new(_path, $"{what}: give another with --ledger", lasts: true, cause);

    /// <summary>Whether it has no length and yet can be read, as a device that never ends.</summary>
    private bool IsDevice()
    {
        using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return file.Length == 0 && file.ReadByte() >= 0;
    }

    private bool Make(bool make)
    {
        using var first = Connect();
        // An empty file, or one whose maker died before its first table.
        if (!make && QueryText(first, "SELECT COUNT(*) = 0 FROM sqlite_master"))
            return IsDevice() ? throw NoFile("is no regular file but a device") : false;
        // There are tables, and none that says which version of a ledger they are.
        if (QueryText(first,
            "SELECT COUNT(*) > 0 AND SUM(name = 'schema_version') = 0 FROM sqlite_master WHERE type = 'table'"))
        {
            throw new LedgerException(
                _path, "is another program's database: give a ledger, or the name of a file that is to be made, with --ledger", lasts: true);
        }

        // Write-ahead log: readers (status, dashboard) never wait for the writer. The mode stays with the file.
        Pragma(first, "PRAGMA journal_mode = WAL");
        return true;
    }

    // BEGIN IMMEDIATE
    public override Transaction BeginWrite() =>
        Begin(connection => connection.BeginTransaction(IsolationLevel.Serializable));

    public override Transaction BeginRead() => Begin(connection => connection.BeginTransaction(deferred: true));

    public override string Schema(string sql) => sql;

    public override string JsonNumber(string column, params IEnumerable<string> path) =>
        $"CAST({JsonText(column, path)} AS REAL)";

    public override string JsonText(string column, params IEnumerable<string> path) =>
        $"json_extract({column}, '$.{string.Join('.', path)}')";

    public override LedgerException? Translate(Exception failure) => failure switch
    {
        SqliteException said => SqliteErrors.Translate(_path, said),
        IOException or UnauthorizedAccessException => new LedgerException(
            _path, $"cannot be made or opened ({failure.Message}): give a folder that this user may write",
            lasts: true, failure),
        _ => base.Translate(failure),
    };

    public override void Dispose()
    {
        _source.Dispose();
        using var pooled = new SqliteConnection(_connection);
        SqliteConnection.ClearPool(pooled);
    }

    protected override string Repair => SqliteErrors.Recovery;

    private Transaction Begin(Func<SqliteConnection, SqliteTransaction> begin)
    {
        var connection = Connect();
        try
        {
            return new Transaction(connection, begin(connection), _time.GetUtcNow);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private SqliteConnection Connect()
    {
        var connection = (SqliteConnection)_source.OpenConnection();

        // FULL: a commit is on the disk before it is answered, so that not even a power cut takes back an accepted
        // result or lets a fencing number be given out twice. The ledger commits a few times a second at most; a sync
        // of some milliseconds does not matter.
        Pragma(connection, "PRAGMA busy_timeout = 30000; PRAGMA synchronous = FULL");
        return connection;
    }

    private static bool QueryText(SqliteConnection connection, string sql)
    {
        using var command = Command(connection, sql);
        return command.ExecuteScalar() is 1L;
    }

    private static void Pragma(SqliteConnection connection, string sql)
    {
        using var command = Command(connection, sql);
        command.ExecuteNonQuery();
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants, see the callers
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }
}
