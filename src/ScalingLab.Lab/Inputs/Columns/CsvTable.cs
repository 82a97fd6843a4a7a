using CsvHelper;
using ScalingLab.Fitting.Observations;
using ScalingLab.Lab.Formatting;
using ScalingLab.Reporting.Formats;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Lab.Inputs.Columns;

/// <summary>
/// A row of a table: its number (1 is the first below the header), the line of the file where it begins, its fields.
/// </summary>
public sealed record CsvRow(int Number, long Line, IReadOnlyList<string> Fields);

/// <summary>
/// Anyone's CSV file in memory: a header line, then a row a line. Comma, semicolon, tab or bar between fields, found by
/// itself; quoted fields, a byte order mark and either line end are read.
/// </summary>
/// <param name="File">As it was named.</param>
/// <param name="Header">The columns, without blanks round them.</param>
/// <param name="Rows">The rows, in order; every row has as many fields as the header.</param>
public sealed record CsvTable(string File, IReadOnlyList<string> Header, IReadOnlyList<CsvRow> Rows)
{
    // A file of another kind has a problem in every row: the first hundred are enough to see that.
    public const int MostProblems = 100;

    // More rows that cannot be fitted for the same reason are said once, with their number.
    private const int MostAlike = 3;

    // Far more than any published sweep has. Half a gigabyte holds so many, and their fits take minutes.
    private const int MostRows = 250_000;
    private const int MostColumns = 1_000;
    private const int MostCells = 5_000_000;

    private static readonly CsvReaderOptions Options = new()
    {
        Separator = null,
        TrackLineNumbers = true,
        TrimWhitespace = true,
        PoolStrings = true,
        MalformedData = CsvMalformedDataHandling.Throw,
    };

    // What people write for "there is none".
    private static readonly HashSet<string> Missing =
        new(["", "na", "n/a", "null", "none", "-", "?"], StringComparer.OrdinalIgnoreCase);

    private readonly Dictionary<string, int> _places = Header.Index().DistinctBy(h => h.Item)
        .ToDictionary(h => h.Item, h => h.Index);

    /// <summary>The columns, for a message.</summary>
    public string Columns => $"columns: {string.Join(", ", Header)}";

    /// <summary>What is thrown where no row can be fitted: why, row by row; a reason of many rows once.</summary>
    public InputException NothingIn(IEnumerable<ExcludedRow> excluded) => new(
        [.. excluded.OrderBy(e => e.Row).GroupBy(e => e.Reason).SelectMany(WhyNot).Take(MostProblems)]);

    private IEnumerable<Problem> WhyNot(IGrouping<string, ExcludedRow> alike) => alike.Count() > MostAlike
        ? [new Problem($"{File} row {alike.First().Row}", $"cannot be fitted: {alike.Key}; nor can "
            + $"{Quantity.Whole(alike.Count() - 1)} more rows, the last of them {alike.Last().Row}")]
        : alike.Select(e => new Problem($"{File} row {e.Row}", $"cannot be fitted: {e.Reason}"));

    /// <exception cref="InputException">There is no such file, it cannot be read, or it is no table: every
    /// problem.</exception>
    public static CsvTable Read(string file)
    {
        try
        {
            return InputFile.Read(file, FileKind.Table, stream => Read(file, stream));
        }
        catch (CsvFormatException e)
        {
            throw new InputException(e.LineNumber > 0 ? $"{file} line {e.LineNumber}" : file, e.Message);
        }
    }

    private static CsvTable Read(string file, Stream stream)
    {
        using var reader = CsvReader.Create(stream, Options);
        reader.ReadHeader();
        string[] header = [.. reader.Headers.Select(h => CsvText.Read(h.Trim()))];
        if (header.All(h => h.Length == 0))
            throw new InputException(file, "is empty; its first line names the columns");
        if (header.Length > MostColumns)
            throw new InputException(file, $"has {Quantity.Whole(header.Length)} columns; at most "
                + $"{Quantity.Whole(MostColumns)} are read");
        var mostRows = Math.Min(MostRows, MostCells / header.Length);
        var problems = header.Where(h => h.Length > 0).CountBy(h => h).Where(h => h.Value > 1)
            .Select(h => new Problem($"{file} line 1", $"{h.Value} columns are called "
                + $"'{h.Key}'; each needs a name of its own")).ToList();
        var rows = new List<CsvRow>();
        while (problems.Count < MostProblems && reader.Read())
        {
            string[] fields =
                [.. Enumerable.Range(0, reader.FieldCount).Select(i => CsvText.Read(reader.GetString(i)))];
            var surplus = fields.Skip(header.Length).Any(f => f.Length > 0);
            if (fields.Length < header.Length || surplus)
                problems.Add(new Problem($"{file} line {reader.LineNumber}", $"has {fields.Length} fields, the header "
                    + $"{header.Length}"));
            else if (rows.Count == mostRows)
                throw new InputException(file, $"has more than {Quantity.Whole(mostRows)} rows of {header.Length} "
                    + "columns, which is more than is read");
            else rows.Add(new CsvRow(rows.Count + 1, reader.LineNumber, fields[..header.Length]));
        }

        return problems.Count == 0 ? new CsvTable(file, header, rows) : throw new InputException(problems);
    }

    /// <summary>Whether there is a column of that name.</summary>
    public bool Has(string column) => IndexOf(column) >= 0;

    /// <summary>The field's text; null where the field is empty or says that there is none.</summary>
    public string? Text(CsvRow row, string column)
    {
        var text = row.Fields[IndexOf(column)];
        return Missing.Contains(text.Trim()) ? null : text;
    }

    /// <summary>The row that an observation was read from.</summary>
    public CsvRow RowOf(LossObservation one) => Rows[one.Row!.Value - 1];

    private int IndexOf(string column) => _places.GetValueOrDefault(column, -1);
}
