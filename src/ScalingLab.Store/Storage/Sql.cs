using System.Data.Common;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;

namespace ScalingLab.Store.Storage;

/// <summary>Columns as the ledger's values: null, times and enumerations.</summary>
internal static class Sql
{
    public static string? Text(this DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);

    public static double? Number(this DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetDouble(column);

    public static int? Integer(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);

    public static DateTimeOffset? Time(this DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    /// <summary>Three columns from <paramref name="column"/> on: machine, process id, start.</summary>
    public static ProcessIdentity? Process(this DbDataReader row, int column) =>
        row.IsDBNull(column) ? null
        : new ProcessIdentity(row.GetString(column), row.GetInt32(column + 1), row.GetString(column + 2));

    public static RunState State(this DbDataReader row, int column) =>
        Enum.Parse<RunState>(row.GetString(column), ignoreCase: true);

    public static FailureKind? Failure(this DbDataReader row, int column) => row.EnumValue<FailureKind>(column);

    public static T? EnumValue<T>(this DbDataReader row, int column)
        where T : struct, Enum => row.IsDBNull(column) ? null : Enum.Parse<T>(row.GetString(column), ignoreCase: true);
}
