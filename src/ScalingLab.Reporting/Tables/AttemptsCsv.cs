using System.Globalization;
using ScalingLab.Reporting.Formats;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Reporting.Tables;

/// <summary>
/// attempts.csv: one row an attempt, where a ledger told of them. Missing is empty; times are UTC to the millisecond.
/// </summary>
public static class AttemptsCsv
{
    private const int MostRows = 1_000_000;
    private const string Time = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>The columns, in order.</summary>
    public static IReadOnlyList<string> Columns { get; } =
        ["run_id", "attempt", "node", "device", "began", "ended", "outcome", "failure_kind"];

    /// <summary>Writes the rows whole or not at all: a temporary file, renamed.</summary>
    public static Task WriteAsync(string path, IReadOnlyList<AttemptRow> rows, CancellationToken stop = default) =>
        CsvRows.WriteAsync(path, Columns, rows, row =>
        [
            row.RunId, CsvFields.Text(row.Number), row.Node, row.Device ?? "", Text(row.Began), row.Ended is { } ended
                ? Text(ended) : "",
            row.Outcome is { } outcome ? EnumNames.ToName(outcome) : "", row.Failure is { } failure
                ? EnumNames.ToName(failure) : "",
        ], stop);

    /// <summary>Reads the rows back; none where the file is not there: results of earlier versions have none.</summary>
    /// <exception cref="InputException">Every problem of the file, each with its line and column.</exception>
    public static IReadOnlyList<AttemptRow> Read(string path) =>
        !InputFile.IsThere(path) ? [] : CsvFields.ReadAll(path, Columns, MostRows, f => new AttemptRow(
        f.Word("run_id"), f.Int("attempt"), f.Word("node"), f.Optional("device"), f.Time("began"),
        f.OptionalTime("ended"),
        f.OptionalEnum<RunEvent>("outcome"), f.OptionalEnum<FailureKind>("failure_kind")));

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString(Time, CultureInfo.InvariantCulture);
}
