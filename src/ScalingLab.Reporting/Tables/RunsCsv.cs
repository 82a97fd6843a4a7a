using ScalingLab.Reporting.Formats;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Reporting.Tables;

/// <summary>
/// runs.csv: one row a run. docs/results-files.md has every column with its unit. Missing is empty, never 0.
/// </summary>
public static class RunsCsv
{
    /// <summary>
    /// The columns that every runs.csv has, in order; the recipe fields that vary, the sources of a mixture, then the
    /// tasks that runs were scored on, stand between "precision" and "attempts".</summary>
    public static IReadOnlyList<string> Columns { get; } = [.. RunColumn.All.Select(c => c.Name)];

    /// <summary>
    /// The column of a varied recipe field: its own name, or with "recipe_" before it where a column of that name
    /// stands already.</summary>
    public static string ColumnOf(string field) => Columns.Contains(field) ? $"recipe_{field}" : field;

    /// <summary>What a row has in a column; empty where nothing.</summary>
    internal static string Text(RunRow row, string column) =>
        RunColumn.All.FirstOrDefault(c => c.Name == column) is { } own
        ? own.Text(row) : row.Varies.FirstOrDefault(v => ColumnOf(v.Field) == column)?.Value
            ?? ScoreColumns.Text(row, column) ?? "";

    /// <summary>The columns that rows have: of recipes that vary and of tasks too.</summary>
    internal static IReadOnlyList<string> ColumnsOf(IReadOnlyList<RunRow> rows) =>
        [.. Columns, .. rows.SelectMany(r => r.Varies).Select(v => ColumnOf(v.Field)).Distinct(),
            .. ScoreColumns.Of(rows)];

    /// <summary>Writes the rows whole or not at all: a temporary file, renamed.</summary>
    public static Task WriteAsync(string path, IReadOnlyList<RunRow> rows, CancellationToken stop = default)
    {
        var varied = rows.SelectMany(r => r.Varies).Select(v => v.Field).Distinct().ToList();
        var sources = rows.SelectMany(r => r.Sources).Select(s => s.Name).Distinct().ToList();
        var scores = ScoreColumns.Of(rows);
        var before = RunColumn.All.TakeWhile(c => c.Name != "attempts").ToList();
        var after = RunColumn.All.Skip(before.Count).ToList();
        IReadOnlyList<string> columns =
        [
            .. before.Select(c => c.Name), .. varied.Select(ColumnOf), .. sources.SelectMany(SourceColumns.For),
                .. scores, .. after.Select(c => c.Name),
        ];
        return CsvRows.WriteAsync(path, columns, rows, row =>
        [
            .. before.Select(c => c.Text(row)),
            .. varied.Select(field => row.Varies.FirstOrDefault(v => v.Field == field)?.Value ?? ""),
            .. sources.SelectMany(name => SourceColumns.Write(row.Sources.FirstOrDefault(s => s.Name == name))),
            .. scores.Select(column => ScoreColumns.Text(row, column) ?? ""),
            .. after.Select(c => c.Text(row)),
        ], stop);
    }

    /// <summary>
    /// Reads the rows back. A column that is not one of <see cref="Columns"/> and none of a source or task is a varied
    /// recipe field.</summary>
    /// <exception cref="InputException">Every problem of the file, each with its line and column; what to do with a
    /// folder of exported runs.</exception>
    public static IReadOnlyList<RunRow> Read(string path)
    {
        try
        {
            return CsvFields.ReadAll(path, [.. RunColumn.All.Where(c => !c.IsLater).Select(c => c.Name)],
                GridExpansion.MaxCells, Row);
        }
        catch (InputException e) when (!InputFile.IsThere(path) && Exported(path) is { Count: > 0 } files)
        {
            throw new InputException(path, $"{e.Problems[0].Text}. The folder has finished runs that 'lab export' "
                + "wrote: 'lab import "
                + $"{string.Join(' ', files)}' takes them into the ledger, and 'lab run GRID' of their grid then "
                    + "writes results without training them");
        }
    }

    private static List<string> Exported(string path) =>
        Path.GetDirectoryName(path) is { Length: > 0 } folder && Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*.jsonl.gz").Order(StringComparer.Ordinal)] : [];

    private static RunRow Row(CsvFields f) =>
        RunColumn.Row(f) with { Varies = Varies(f), Sources = SourceColumns.Read(f), Scores = ScoreColumns.Read(f) };

    private static IReadOnlyList<RecipeChoice> Varies(CsvFields f) =>
        [.. f.Header.Except(Columns).Except(SourceColumns.Names(f.Header).SelectMany(SourceColumns.For))
            .Except(ScoreColumns.In(f.Header))
            .Select(c => (Column: c, Value: f.Optional(c))).Where(c => c.Value is not null)
            .Select(c => new RecipeChoice(FieldOf(c.Column), c.Value!))];

    private static string FieldOf(string column) =>
        column.StartsWith("recipe_", StringComparison.Ordinal) && Columns.Contains(column["recipe_".Length..])
        ? column["recipe_".Length..]
            : column;
}
