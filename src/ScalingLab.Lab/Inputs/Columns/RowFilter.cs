using ScalingLab.Fitting.Observations;
using ScalingLab.Lab.Formatting;
using ScalingLab.Runs;

namespace ScalingLab.Lab.Inputs.Columns;

/// <summary>
/// One <c>--where "COLUMN&lt;VALUE"</c>: &lt;, &lt;=, &gt;, &gt;=, = (or ==) and !=. Two numbers are compared as
/// numbers; = and != compare other text letter by letter. A field that is missing passes != alone. Where the file has
/// no column "row", row is the row's number.
/// </summary>
/// <param name="Text">As it was given.</param>
/// <param name="Numbers">The column's numbers, null for those of the rows.</param>
internal sealed record RowFilter(string Text, string Column, string Comparison, string Value, NumberColumn? Numbers)
{
    private const string Row = "row";

    // The longer first, so that <= is not read as < and a value "=...".
    private static readonly string[] Comparisons = ["<=", ">=", "!=", "==", "<", ">", "="];

    /// <summary>Reads a condition on a column of the table; null, and a problem, where it is none.</summary>
    public static RowFilter? Parse(string text, CsvTable table, List<Problem> problems)
    {
        // The longest column first: one name may begin another, and a name may hold a sign of comparison.
        foreach (var column in table.Header.Append(Row).Where(h => h.Length > 0).Distinct()
            .OrderByDescending(h => h.Length))
        {
            if (!text.TrimStart().StartsWith(column, StringComparison.Ordinal)) continue;
            var rest = text.TrimStart()[column.Length..].TrimStart();
            if (Comparisons.FirstOrDefault(c => rest.StartsWith(c, StringComparison.Ordinal)) is not { } comparison)
                continue;
            var value = rest[comparison.Length..].Trim();
            var isNumber = TryNumber(value, out var number) && !double.IsNaN(number);
            var numbers = table.Has(column)
                ? NumberColumn.Read(table, new ColumnExpression(column), table.Rows, counts: true) : null;
            if (isNumber || comparison is "=" or "==" or "!=")
                return new RowFilter(text, column, comparison, value, numbers);
            problems.Add(new Problem("--where", $"'{text}' compares with '{value}', which is not a number"));
            return null;
        }

        var at = text.IndexOfAny(['<', '>', '=', '!']);
        problems.Add(at < 0
            ? new Problem("--where",
                $"'{text}' is no comparison: write COLUMN, one of < <= > >= = !=, and a value, in quotes")
            : new Problem("--where", $"{table.File} has no column '{text[..at].Trim()}' ({table.Columns})"));
        return null;
    }

    /// <summary>
    /// The rows that pass every filter; the others are set aside with the first that they do not pass.
    /// </summary>
    public static List<CsvRow> Passing(CsvTable table, IReadOnlyList<RowFilter?> filters, List<ExcludedRow> setAside)
    {
        var passed = new List<CsvRow>();
        foreach (var row in table.Rows)
        {
            if (filters.FirstOrDefault(f => !f!.Passes(table, row)) is { } filter)
                setAside.Add(new ExcludedRow(row.Number, $"not {filter.Text}"));
            else passed.Add(row);
        }

        return passed;
    }

    /// <summary>Whether the row passes. Text where a number is to be compared does not pass.</summary>
    public bool Passes(CsvTable table, CsvRow row)
    {
        if ((Numbers is null ? $"{row.Number}" : table.Text(row, Column)) is not { } text)
            return Comparison == "!=" ? Value.Length > 0 : Value.Length == 0 && Comparison is "=" or "==";
        if ((Numbers is null ? row.Number : Numbers.At(row)) is { } x && TryNumber(Value, out var y))
        {
            return Comparison switch { "<" => x < y, "<=" => x <= y, ">" => x > y, ">=" => x >= y, "!=" => x != y,
                _ => x == y };
        }

        return Comparison switch { "!=" => text != Value, "=" or "==" => text == Value, _ => false };
    }

    private static bool TryNumber(string text, out double value) =>
        NumberParser.TryParsePlain(text, out value)
        || (NumberParser.TryParseCount(text, out value, out var sure) && sure);
}
