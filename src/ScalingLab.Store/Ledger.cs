using System.Data.Common;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store;

/// <summary>
/// The queue and the one truth about every run: state, attempts, lease, fencing number, curves and accepted result.
/// Every change of state goes through
/// <see cref="RunLifecycle"/> inside one transaction, so any number of processes may share a ledger; whatever a process
/// was doing when it died is either written whole or not at all.
/// </summary>
public sealed partial class Ledger : IDisposable
{
    private readonly Database _database;

    private Ledger(Database database) => _database = database;

    /// <summary>The end of a yield that only <see cref="Resume"/> ends.</summary>
    public static DateTimeOffset UntilResumed { get; } =
        DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.MaxValue.ToUnixTimeMilliseconds());

    /// <summary>Where the ledger is, for people: a file, or user, host, port and database without a password.</summary>
    public string Location => _database.Location;

    /// <summary>Whether several machines may use it: on PostgreSQL, not in a file.</summary>
    public bool IsShared => _database.IsShared;

    /// <summary>
    /// The ledger's clock: leases, back-off, windows and deadlines are measured on it, and on no other. In a file the
    /// machine's, on PostgreSQL the database's.
    /// </summary>
    public DateTimeOffset Now => _database.Now;

    /// <summary>
    /// Opens the ledger at a place, see <see cref="LedgerLocation"/>; makes its tables where they are missing.
    /// </summary>
    /// <param name="place">A file on a local disk, or a PostgreSQL database.</param>
    /// <param name="time">A clock instead of the ledger's own.</param>
    /// <exception cref="InputException">It is no ledger, cannot be written, or was written by a newer
    /// program.</exception>
    /// <exception cref="DbException">The database cannot be reached just now.</exception>
    public static Ledger Open(string place, TimeProvider? time = null) => Open(DatabaseAt(place, time), make: true)!;

    /// <summary>
    /// Opens the ledger at a place for who only looks: null where there is none yet, and none is made, of an empty file
    /// either.
    /// </summary>
    /// <exception cref="InputException">It is no ledger, or was written by a newer program.</exception>
    /// <exception cref="DbException">The database cannot be reached just now.</exception>
    public static Ledger? OpenIfThere(string place, TimeProvider? time = null) =>
        Open(DatabaseAt(place, time), make: false);

    /// <summary>
    /// Opens the ledger in a file on a local disk; makes the folder, the file and its tables where they are missing.
    /// </summary>
    /// <exception cref="InputException">The file is no ledger, is damaged, cannot be written, or was written by a newer
    /// program.</exception>
    /// <exception cref="LedgerException">It is locked.</exception>
    public static Ledger OpenSqlite(string file, TimeProvider? time = null) =>
        Open(new SqliteDatabase(file, time ?? TimeProvider.System), make: true)!;

    /// <summary>Closes the ledger's connections.</summary>
    public void Dispose() => _database.Dispose();

    private static Database DatabaseAt(string place, TimeProvider? time) =>
        LedgerLocation.IsPostgres(place) ? new PostgresDatabase(place, time)
        : new SqliteDatabase(place, time ?? TimeProvider.System);

    private static Ledger? Open(Database database, bool make)
    {
        var ledger = new Ledger(database);
        try
        {
            if (!ledger.WithLedgerErrors(() => database.Prepare(make)))
            {
                ledger.Dispose();
                return null;
            }

            if (!ledger.IsNewest()) ledger.Write(transaction => Schema.Upgrade(transaction, database));
            return ledger;
        }
        catch (Exception e)
        {
            ledger.Dispose();
            if (database.Refusal(e) is { } refusal) throw refusal;
            throw;
        }
    }

    // Whoever only looks need not wait for whoever writes.
    private bool IsNewest()
    {
        try
        {
            return Read(Schema.CurrentVersion) == Schema.Newest;
        }
        catch (DbException e) when (!e.IsTransient)
        {
            return false; // no table yet; whatever else it is, the attempt to make it says
        }
    }

    private T Write<T>(Func<Transaction, T> work) => WithLedgerErrors(() =>
    {
        using var transaction = _database.BeginWrite();
        var answer = work(transaction);
        transaction.Commit();
        return answer;
    });

    private void Write(Action<Transaction> work) => Write(transaction =>
    {
        work(transaction);
        return true;
    });

    private T Read<T>(Func<Transaction, T> work) => WithLedgerErrors(() =>
    {
        using var transaction = _database.BeginRead();
        return work(transaction);
    });

    /// <summary>Does it; what fails is said in the ledger's words.</summary>
    private T WithLedgerErrors<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (_database.Translate(e) is { } trouble)
        {
            throw trouble;
        }
    }
}
