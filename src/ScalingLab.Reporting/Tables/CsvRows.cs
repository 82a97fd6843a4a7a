using CsvHelper;

namespace ScalingLab.Reporting;

/// <summary>Writes rows of CSV: RFC 4180 with LF, and no field that a spreadsheet would run (<see cref="CsvText"/>). Every CSV file is written by it.</summary>
internal sealed class CsvRows(TextWriter text) : IDisposable
{
    private static readonly CsvWriterOptions Options = new() { NewLine = "\n" };

    private readonly CsvWriter _csv = CsvWriter.Create(text, Options, leaveOpen: true);

    /// <summary>The next field of the row.</summary>
    public void Field(string field) => _csv.WriteField(CsvText.Written(field));

    /// <summary>Ends the row.</summary>
    public void End() => _csv.EndRecord();

    public void Dispose() => _csv.Dispose();
}
