using System.Data;
using Npgsql;
using ScalingLab.Runs;

namespace ScalingLab.Store.Storage;

/// <summary>
/// A PostgreSQL database that several machines share. Its clock is the ledger's, so that a node whose own is wrong
/// decides nothing by it; one advisory lock lets one transaction write at a time, as SQLite does, so that one code is
/// right on both.
/// </summary>
internal sealed class PostgresDatabase : Database
{
    private const string Clock = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";

    // One lock a schema: two ledgers in one database do not wait for each other. Read committed, and the lock before
    // anything else: a snapshot of the whole transaction would be from before the wait. The time is read after the wait
    // too: a materialized part is there before what is read from it. One statement, not two: Npgsql sends the second of
    // a batch by the thread pool, also for a caller that blocks, and where every thread of the pool blocks so, nobody
    // sends (measured: a node stood still for 2 to 10 s, the server idle).
    private const string LockAndClock =
        $"""
        WITH held AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended('scalinglab ledger ' || current_schema(), 0)))
        SELECT {Clock} FROM held
        """;

    private readonly NpgsqlDataSource _source;
    private readonly TimeProvider? _time;

    /// <param name="place">See <see cref="LedgerLocation"/>.</param>
    /// <param name="time">A clock instead of the database's; null is the database's.</param>
    public PostgresDatabase(string place, TimeProvider? time)
    {
        var settings = LedgerLocation.Postgres(place);
        Location = LedgerLocation.Redacted(settings);
        settings.PersistSecurityInfo = false;
        if (!settings.ContainsKey("Application Name")) settings.ApplicationName = "scalinglab";
        if (!settings.ContainsKey("Timeout")) settings.Timeout = 5;
        if (!settings.ContainsKey("Command Timeout")) settings.CommandTimeout = 10;
        if (!settings.ContainsKey("GSS Encryption Mode")) settings.GssEncryptionMode = GssEncryptionMode.Disable;

        // A node that is stopped, or cut off, in the middle of a transaction must not hold the one lock: the server
        // ends it.
        settings.Options = $"-c idle_in_transaction_session_timeout=5000 {settings.Options}".TrimEnd();
        _source = NpgsqlDataSource.Create(settings);
        _time = time;
    }

    public override string Location { get; }

    public override bool IsShared => true;

    public override DateTimeOffset Now
    {
        get
        {
            if (_time is not null) return _time.GetUtcNow();
            using var connection = _source.OpenConnection();
            return Read(connection);
        }
    }

    public override bool Prepare(bool make)
    {
        using var first = _source.OpenConnection(); // whether it answers at all
        if (make) return true;
        using var command = new NpgsqlCommand("SELECT to_regclass('schema_version') IS NOT NULL", first);
        return (bool)command.ExecuteScalar()!;
    }

    public override Transaction BeginWrite() => Begin(IsolationLevel.ReadCommitted, connection =>
    {
        using var command = new NpgsqlCommand(LockAndClock, connection);
        return Time((long)command.ExecuteScalar()!);
    });

    public override Transaction BeginRead() => Begin(IsolationLevel.RepeatableRead, null);

    public override string Schema(string sql) => sql
        .Replace(" INTEGER", " BIGINT", StringComparison.Ordinal)
        .Replace(" REAL", " DOUBLE PRECISION", StringComparison.Ordinal);

    public override string JsonNumber(string column, params IEnumerable<string> path) =>
        $"CAST({JsonText(column, path)} AS DOUBLE PRECISION)";

    public override string JsonText(string column, params IEnumerable<string> path) =>
        $"CAST({column} AS JSON) #>> '{{{string.Join(',', path)}}}'";

    // What waiting may mend (a server that restarts, a network that is down) is not bad input.
    public override InputException? Refusal(Exception failure) => failure is NpgsqlException { IsTransient: false } no
        ? new InputException(
            Location,
            $"cannot be opened as a ledger ({no.Message}): see that the database exists and that this user may create "
                + "tables in it")
        : base.Refusal(failure);

    protected override string Repair =>
        "nothing was changed. End every lab that uses it and restore the database from its backup";

    public override void Dispose() => _source.Dispose();

    private Transaction Begin(IsolationLevel isolation, Func<NpgsqlConnection, DateTimeOffset>? first)
    {
        var connection = _source.OpenConnection();
        NpgsqlTransaction? transaction = null;
        try
        {
            transaction = connection.BeginTransaction(isolation);
            return first is null
                ? new Transaction(connection, transaction, () => _time?.GetUtcNow() ?? Read(connection))
                : new Transaction(connection, transaction,
                    () => throw new InvalidOperationException("the time is known")) { Now = first(connection) };
        }
        catch
        {
            transaction?.Dispose();
            connection.Dispose();
            throw;
        }
    }

    private static DateTimeOffset Read(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand($"SELECT {Clock}", connection);
        return DateTimeOffset.FromUnixTimeMilliseconds((long)command.ExecuteScalar()!);
    }

    private DateTimeOffset Time(long milliseconds) =>
        _time?.GetUtcNow() ?? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
