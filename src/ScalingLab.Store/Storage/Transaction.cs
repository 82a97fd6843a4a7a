using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using ScalingLab.Runs;

namespace ScalingLab.Store.Storage;

/// <summary>
/// One transaction on a connection of its own, with as much over ADO.NET as the ledger needs: parameters by name, rows
/// by a function, null and enumerations both ways, and one moment that it happens at.
/// </summary>
internal sealed class Transaction(DbConnection connection, DbTransaction transaction, Func<DateTimeOffset> clock)
    : IDisposable
{
    // Rows of one INSERT. SQLite finds each parameter by a search through all of them, PostgreSQL pays a round trip for
    // each statement.
    private const int RowsAtOnce = 64;
    private DateTimeOffset? _now;

    /// <summary>The ledger's clock, read once inside the transaction, after whatever it had to wait for.</summary>
    public DateTimeOffset Now
    {
        get => _now ??= clock();
        init => _now = value;
    }

    /// <summary>Runs a statement; the number of rows that it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(sql, values);
        return command.ExecuteNonQuery();
    }

    /// <summary>Reads every row.</summary>
    public List<T> Query<T>(string sql, Func<DbDataReader, T> read,
        params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(sql, values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(Read(reader, read));
        return rows;
    }

    /// <summary>Inserts many rows in few statements.</summary>
    /// <param name="head">Up to and without VALUES.</param>
    /// <param name="rows">The rows: values in the order of the head's columns.</param>
    /// <param name="tail">What follows the values: a conflict's clause.</param>
    public void Insert(string head, IReadOnlyList<object?[]> rows, string tail = "")
    {
        DbCommand? command = null;
        try
        {
            foreach (var chunk in rows.Chunk(RowsAtOnce))
            {
                if (command is null || command.Parameters.Count != chunk.Length * chunk[0].Length)
                {
                    command?.Dispose();
                    command = InsertOf(head, chunk.Length, chunk[0].Length, tail);
                }
                var next = 0;
                foreach (var value in chunk.SelectMany(row => row)) command.Parameters[next++].Value = Stored(value);
                command.ExecuteNonQuery();
            }
        }
        finally
        {
            command?.Dispose();
        }
    }

    public void Commit() => transaction.Commit();

    /// <summary>Rolls back what was not committed, and gives the connection back.</summary>
    public void Dispose()
    {
        try
        {
            transaction.Dispose();
        }
        finally
        {
            connection.Dispose();
        }
    }

    // The functions that read rows only understand what was written: whatever else they throw, the row is to blame.
    private static T Read<T>(DbDataReader row, Func<DbDataReader, T> read)
    {
        try
        {
            return read(row);
        }
        catch (Exception e) when (e is not DbException)
        {
            throw new UnreadableRowException(e);
        }
    }

    private DbCommand InsertOf(string head, int rows, int columns, string tail)
    {
        var command = Command(
            $"{head} VALUES {string.Join(", ", Enumerable.Range(0, rows).Select(r => Row(r, columns)))} {tail}", []);
        for (var i = 0; i < rows * columns; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = string.Create(CultureInfo.InvariantCulture, $"@p{i}");
            command.Parameters.Add(parameter);
        }
        return command;
    }

    private static string Row(int row, int columns) =>
        $"({string.Join(", ", Enumerable.Range(row * columns, columns).Select(i => string.Create(CultureInfo.InvariantCulture, $"@p{i}")))})";

    [SuppressMessage("Security", "CA2100",
        Justification = "Statements are constants; what comes from outside is a parameter.")]
    private DbCommand Command(string sql, ReadOnlySpan<(string Name, object? Value)> values)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        foreach (var (name, value) in values)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = Stored(value);
            command.Parameters.Add(parameter);
        }
        return command;
    }

    // What one database would take and the other not is made the same for both: SQLite keeps no NaN, PostgreSQL no NUL
    // and no half of a surrogate pair, which the last lines of a crashed worker may well have.
    private static object Stored(object? value) => value switch
    {
        null or double.NaN => DBNull.Value,
        RunId run => run.Value,
        Enum word => word.ToString().ToLowerInvariant(),
        DateTimeOffset time => time.ToUnixTimeMilliseconds(),
        string text => Clean(text),
        _ => value,
    };

    private static string Clean(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0 && !text.Contains('\0', StringComparison.Ordinal))
            return text;
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            clean.Append(rune.Value == 0 ? Rune.ReplacementChar.ToString() : rune.ToString());
        return clean.ToString();
    }
}
