using System.Globalization;
using CsvHelper;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Reporting.Formats;

/// <summary>
/// The fields of a CSV file's rows, by column name, checked as they are read: every problem is kept with its line and
/// column. An empty field is missing.
/// </summary>
internal sealed class CsvFields
{
    private static readonly CsvReaderOptions Reading =
        new() { TrackLineNumbers = true, MalformedData = CsvMalformedDataHandling.Throw };

    // A file of another kind has a problem in every field: the first hundred are enough to see that.
    private const int MostProblems = 100;

    private readonly CsvReader _reader;
    private readonly string _file;
    private readonly Dictionary<string, int> _places = [];

    private CsvFields(CsvReader reader, string file)
    {
        (_reader, _file, Header) = (reader, file, [.. reader.Headers.Select(CsvText.Read)]);
        foreach (var (place, name) in Header.Index()) _places.TryAdd(name, place);
    }

    /// <summary>What is wrong so far.</summary>
    public List<Problem> Problems { get; } = [];

    /// <summary>The file's columns, in order.</summary>
    public IReadOnlyList<string> Header { get; }

    /// <summary>A number so that reading it gives the same number; missing, or not finite, is empty.</summary>
    public static string Text(double? value) =>
        value is { } v && double.IsFinite(v) ? v.ToString("R", CultureInfo.InvariantCulture) : "";

    /// <summary>A whole number; missing is empty.</summary>
    public static string Text(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";

    /// <summary>Reads all rows of <paramref name="path"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="required">Columns that it must have.</param>
    /// <param name="most">More rows than this are no results of a sweep.</param>
    /// <param name="row">A row.</param>
    /// <exception cref="InputException">Every problem: no file, columns missing, fields that cannot be
    /// read.</exception>
    public static IReadOnlyList<T> ReadAll<T>(string path, IReadOnlyList<string> required, int most,
        Func<CsvFields, T> row)
    {
        if (!InputFile.IsThere(path)) throw new InputException(path, "is not there; 'lab run GRID' makes it");
        try
        {
            return InputFile.Read(path, FileKind.Table, stream => ReadAll(path, stream, required, most, row));
        }
        catch (CsvFormatException e)
        {
            throw new InputException($"{path} line {e.LineNumber}", e.Message);
        }
    }

    private static List<T> ReadAll<T>(string name, Stream stream, IReadOnlyList<string> required, int most,
        Func<CsvFields, T> row)
    {
        using var reader = CsvReader.Create(stream, Reading);
        reader.ReadHeader();
        var fields = new CsvFields(reader, name);
        if (fields.Header.Count == 0) throw new InputException(name, "is empty; its first line names the columns");
        var lacks = required.Except(fields.Header).ToList();
        if (lacks.Count > required.Count / 2)
        {
            throw new InputException(name, string.Create(CultureInfo.InvariantCulture, $"lacks {lacks.Count} of the "
                + $"{required.Count} columns that it would ")
                + $"have as a result of lab ('{lacks[0]}', ...): it is another program's, or not whole; 'lab fit "
                    + $"{name}' fits any table of runs");
        }

        fields.Problems.AddRange(lacks.Select(c => new Problem(name, $"has no column '{c}'")));
        if (fields.Problems.Count > 0) throw new InputException(fields.Problems);
        var rows = new List<T>();
        while (fields.Problems.Count < MostProblems && reader.Read())
        {
            if (rows.Count == most)
                throw new InputException(name, string.Create(CultureInfo.InvariantCulture, $"has more than {most:N0} "
                    + $"rows, which is more than is read"));
            rows.Add(row(fields));
        }

        return fields.Problems.Count == 0 ? rows : throw new InputException(fields.Problems);
    }

    public string Word(string column) => Optional(column) ?? Missing(column, "");

    public string? Optional(string column) =>
        _places.TryGetValue(column, out var place) && _reader.GetString(place) is { Length: > 0 } s
        ? CsvText.Read(s) : null;

    public long Long(string column) => OptionalLong(column) ?? Missing(column, 0L);

    public int Int(string column) => Long(column) is var v && v is >= int.MinValue and <= int.MaxValue ? (int)v
        : Wrong(column, "is out of range", 0);

    public double Double(string column) => OptionalDouble(column) ?? Missing(column, 0.0);

    public long? OptionalLong(string column) => Optional(column) is not { } s ? null
        : long.TryParse(s, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var v) ? v
        : Wrong(column, $"'{s}' is not a whole number", 0L);

    public double? OptionalDouble(string column) => Optional(column) is not { } s ? null
        : double.TryParse(s, NumberStyles.Float, CultureInfo.InvariantCulture, out var v) && double.IsFinite(v) ? v
        : Wrong(column, $"'{s}' is not a finite number", 0.0);

    /// <summary>A time of day and date in ISO 8601, in UTC unless it says otherwise.</summary>
    public DateTimeOffset? OptionalTime(string column) => Optional(column) is not { } s ? null
        : DateTimeOffset.TryParse(s, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var v) ? v
        : Wrong(column, $"'{s}' is not a time such as 2026-11-29T16:58:14.065Z", default(DateTimeOffset));

    public DateTimeOffset Time(string column) => OptionalTime(column) ?? Missing(column, default(DateTimeOffset));

    public T Enum<T>(string column)
        where T : struct, Enum => OptionalEnum<T>(column) ?? Missing(column, default(T));

    public T? OptionalEnum<T>(string column)
        where T : struct, Enum => Optional(column) is not { } s ? null
        : EnumNames.Find<T>(s)
        ?? Wrong(column, $"'{s}' is none of {string.Join(", ", EnumNames.All<T>())}", default(T));

    /// <summary>Flags as words; none where the field is empty.</summary>
    public RunDefects OptionalDefects(string column) => Optional(column) is not { } s ? RunDefects.None
        : RunDefectNames.Parse(s)
        ?? Wrong(column, $"'{s}' is not made of undertrained, unstable and overfitted, with ; between",
            RunDefects.None);

    private T Missing<T>(string column, T value) =>
        Problems.Any(p => p.Place == Place(column)) ? value : Wrong(column, "is empty", value);

    private T Wrong<T>(string column, string text, T value)
    {
        Problems.Add(new Problem(Place(column), text));
        return value;
    }

    private string Place(string column) => $"{_file} line {_reader.LineNumber}, {column}";
}
