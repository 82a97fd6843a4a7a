using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using ScalingLab.Runs;

namespace ScalingLab.Store;

/// <summary>As much over ADO.NET as the ledger needs: parameters by name, rows by a function, null and enumerations both ways.</summary>
internal static class Sql
{
    /// <summary>Runs a statement; the number of rows that it changed.</summary>
    public static int Execute(this DbTransaction transaction, string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(transaction, sql, values);
        return command.ExecuteNonQuery();
    }

    /// <summary>Reads every row.</summary>
    public static List<T> Query<T>(
        this DbTransaction transaction, string sql, Func<DbDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(transaction, sql, values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    public static string? Text(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static double? Number(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDouble(column);

    public static int? Integer(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);

    public static DateTimeOffset? Time(this DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    /// <summary>Three columns from <paramref name="column"/> on: machine, process id, start.</summary>
    public static ProcessMark? Mark(this DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : new ProcessMark(row.GetString(column), row.GetInt32(column + 1), row.GetString(column + 2));

    public static RunState State(this DbDataReader row, int column) => Enum.Parse<RunState>(row.GetString(column), ignoreCase: true);

    public static FailureKind? Failure(this DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : Enum.Parse<FailureKind>(row.GetString(column), ignoreCase: true);

    [SuppressMessage("Security", "CA2100", Justification = "Statements are constants; what comes from outside is a parameter.")]
    private static DbCommand Command(DbTransaction transaction, string sql, ReadOnlySpan<(string Name, object? Value)> values)
    {
        var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        foreach (var (name, value) in values)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value switch
            {
                null => DBNull.Value,
                RunId run => run.Value,
                Enum word => word.ToString().ToLowerInvariant(),
                DateTimeOffset time => time.ToUnixTimeMilliseconds(),
                _ => value,
            };
            command.Parameters.Add(parameter);
        }
        return command;
    }
}
