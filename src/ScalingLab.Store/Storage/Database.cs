using System.Text.Json;
using ScalingLab.Runs;

namespace ScalingLab.Store.Storage;

/// <summary>
/// What SQLite and PostgreSQL do each in its own way: connect, begin, tell the time, name types. Every statement of the
/// ledger is the same on both.
/// </summary>
internal abstract class Database : IDisposable
{
    /// <summary>Where it is, for people: no secrets.</summary>
    public abstract string Location { get; }

    /// <summary>Whether several machines may use it at once.</summary>
    public abstract bool IsShared { get; }

    /// <summary>The clock that leases, back-off, windows and deadlines are measured on.</summary>
    public abstract DateTimeOffset Now { get; }

    /// <summary>Makes what has to be there before the first transaction.</summary>
    /// <param name="make">Whether a ledger may be made where there is none.</param>
    /// <returns>False: there is none, and nothing was made.</returns>
    public abstract bool Prepare(bool make);

    /// <summary>
    /// A transaction that is the only one that writes, from its start: what it reads still holds when it writes.
    /// </summary>
    public abstract Transaction BeginWrite();

    /// <summary>One consistent view, without a lock that a writer would wait for.</summary>
    public abstract Transaction BeginRead();

    /// <summary>The schema's words in this database's.</summary>
    public abstract string Schema(string sql);

    /// <summary>
    /// An expression for a number in a column of JSON text, as a float; NULL where the JSON has none at that path of
    /// names.
    /// </summary>
    public abstract string JsonNumber(string column, params IEnumerable<string> path);

    /// <summary>The same for a text.</summary>
    public abstract string JsonText(string column, params IEnumerable<string> path);

    /// <summary>Why this cannot be a ledger, where that is what the failure says; null where it may pass.</summary>
    public virtual InputException? Refusal(Exception failure) =>
        failure is LedgerException { IsPermanent: true } trouble ? new([trouble.Problem]) : null;

    /// <summary>A failure in words; null where it has its own.</summary>
    public virtual LedgerException? Translate(Exception failure) => failure is UnreadableRowException or JsonException
        ? new LedgerException(
            Location,
            $"holds what no ledger writes "
                + $"({LedgerException.Line(failure.Message)}): it was changed, or is damaged; {Repair}",
            lasts: true,
            failure)
        {
            IsDamaged = true,
        }
        : null;

    /// <summary>What to do with a ledger that is damaged.</summary>
    protected abstract string Repair { get; }

    /// <inheritdoc/>
    public abstract void Dispose();
}
