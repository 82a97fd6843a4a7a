using Microsoft.Data.Sqlite;

namespace ScalingLab.Store.Storage;

/// <summary>What SQLite's result codes (sqlite.org/rescode.html) mean for a ledger, and what to do.</summary>
internal static class SqliteErrors
{
    /// <summary>What a damaged file is answered with: nothing that could lose what is left of it.</summary>
    public const string Recovery =
        "nothing was changed. End every lab that uses it, copy the file with those beside it that end in -wal and "
            + "-shm, and make a new one "
        + "of what can be read of the copy: sqlite3 COPY .recover | sqlite3 NEW, then --ledger NEW. Checkpoints and "
            + "results/ are as they were";

    private const string WriteAdvice = "see that this user may write the file and its folder";

    /// <summary>The trouble in words.</summary>
    /// <param name="path">The ledger's file.</param>
    /// <param name="failure">What SQLite said.</param>
    public static LedgerException Translate(string path, SqliteException failure)
    {
        var (text, lasts) = failure.SqliteErrorCode switch
        {
            // SQLITE_ERROR: a table or a column is missing
            1 => ($"is not made as a ledger is ({MessageOf(failure)}): {Recovery}", true),
            3 or 8 or 23 => ($"cannot be written ({MessageOf(failure)}): {WriteAdvice}", true), // PERM, READONLY, AUTH
            5 or 6 =>
                ("is locked by another program, for 30 s now; nothing is lost: 'fuser' with its name says by which, "
                    + "let that one end and try "
                + "again", false), // BUSY, LOCKED
            // IOERR
            10 => ($"cannot be read or written just now ({MessageOf(failure)}): look at the disk; what was committed "
                + "stays committed", false),
            11 => ($"is damaged ({MessageOf(failure)}): {Recovery}", true), // CORRUPT
            // FULL
            13 => ("has no room: the disk is full; make room and try again, what was committed stays committed", false),
            // CANTOPEN
            14 => ($"cannot be opened ({MessageOf(failure)}): {WriteAdvice}, and that the disk has room", true),
            // NOTADB
            26 => ($"is no ledger, or one whose beginning is damaged: give the right one with --ledger. If it was one: {Recovery}", true),
            _ => ($"does not answer as it should ({MessageOf(failure)})", false),
        };
        return new LedgerException(path, text, lasts, failure) { IsDamaged = failure.SqliteErrorCode is 1 or 11 or 26 };
    }

    // "SQLite Error 11: 'database disk image is malformed'." without its frame.
    private static string MessageOf(SqliteException failure) =>
        LedgerException.Line(failure.Message.Split('\'', 2) is [_, var rest] ? rest.TrimEnd('.', '\'')
            : failure.Message);
}
