using CsvHelper;

namespace ScalingLab.Reporting.Formats;

/// <summary>
/// Writes rows of CSV: RFC 4180 with LF, and no field that a spreadsheet would run (<see cref="CsvText"/>). Every CSV
/// file is written by it.
/// </summary>
internal sealed class CsvRows(TextWriter text) : IDisposable
{
    private static readonly CsvWriterOptions Options = new() { NewLine = "\n" };

    private readonly CsvWriter _csv = CsvWriter.Create(text, Options, leaveOpen: true);

    /// <summary>Writes a table whole or not at all: a temporary file, renamed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">Names of its columns.</param>
    /// <param name="rows">What its rows are of.</param>
    /// <param name="fields">The fields of a row, one a column.</param>
    /// <param name="stop">Ends it early.</param>
    public static Task WriteAsync<T>(
        string path, IReadOnlyList<string> columns, IReadOnlyList<T> rows, Func<T, IEnumerable<string>> fields,
        CancellationToken stop) =>
        AtomicFile.WriteAsync(path, text =>
        {
            using var csv = new CsvRows(text);
            csv.Row(columns);
            foreach (var row in rows) csv.Row(fields(row));
        }, stop);

    /// <summary>Writes a row.</summary>
    public void Row(IEnumerable<string> fields)
    {
        foreach (var field in fields) _csv.WriteField(CsvText.Written(field));
        _csv.EndRecord();
    }

    public void Dispose() => _csv.Dispose();
}
