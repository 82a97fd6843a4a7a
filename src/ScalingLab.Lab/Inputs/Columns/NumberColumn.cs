using System.Globalization;
using ScalingLab.Lab.Formatting;
using ScalingLab.Runs;

namespace ScalingLab.Lab.Inputs.Columns;

/// <summary>One column's numbers. What is none is one problem for the whole column, with the first places.</summary>
internal sealed class NumberColumn
{
    // Places named in a problem; a column of text has one in every row.
    private const int MostShown = 3;

    private readonly Dictionary<int, double> _values = [];
    private readonly List<(CsvRow Row, string Text, string? Why)> _bad = [];
    private readonly ColumnExpression _choice;
    private (int Cells, string Text, double Value) _counts;
    private int _filled;

    private NumberColumn(ColumnExpression choice) => _choice = choice;

    /// <summary>How fields that are no plain numbers were read; null where all are plain.</summary>
    public string? Note => _counts.Cells == 0 ? null : string.Create(
        CultureInfo.InvariantCulture,
        $"column {_choice.Name}: {_counts.Cells} cells such as '{_counts.Text}' were read as {_counts.Value:G15}");

    /// <summary>Reads the column in these rows.</summary>
    /// <param name="table">The table.</param>
    /// <param name="choice">The column, and what its numbers are multiplied by.</param>
    /// <param name="rows">Rows to read.</param>
    /// <param name="counts">Whether it counts something, so that suffixes and set-apart thousands have a
    /// meaning.</param>
    public static NumberColumn Read(CsvTable table, ColumnExpression choice, IEnumerable<CsvRow> rows, bool counts)
    {
        var column = new NumberColumn(choice);
        List<(CsvRow Row, string Text)> odd = [];
        foreach (var row in rows)
        {
            if (table.Text(row, choice.Name) is not { } text) continue;
            column._filled++;
            if (NumberParser.TryParsePlain(text, out var value)) column._values[row.Number] = value * choice.Factor;
            else odd.Add((row, text));
        }

        if (odd.Count > 0) column.ReadIrregular(table, odd, counts);
        return column;
    }

    /// <summary>The number in a row; null where the field is missing or no number.</summary>
    public double? At(CsvRow row) => _values.TryGetValue(row.Number, out var value) ? value : null;

    /// <summary>The one problem of the column; null where there is none.</summary>
    public Problem? Problem(CsvTable table)
    {
        if (_bad.Count == 0) return null;
        var shown = _bad.OrderBy(one => one.Row.Line).DistinctBy(one => one.Text).Take(MostShown).ToList();
        var places = string.Join(", ", shown.Select(one => $"line {one.Row.Line} '{Short(one.Text)}'"));
        var whys = string.Concat(shown.Select(one => one.Why).OfType<string>().Distinct().Select(why => $"; {why}"));
        return new Problem($"{table.File}, column {_choice.Name}",
            $"{_bad.Count} of {_filled} cells {(_bad.Count == 1 ? "is no number" : "are no numbers")}, first "
                + $"{places}{whys}");
    }

    private void ReadIrregular(CsvTable table, IReadOnlyList<(CsvRow Row, string Text)> odd, bool counts)
    {
        var read = odd.Select(one =>
        {
            var isCount = NumberParser.TryParseCount(one.Text, out var value, out var sure);
            return (one.Row, one.Text, Value: value, Sure: sure, IsCount: counts && isCount);
        }).ToList();
        // One field with two commas, or with a comma and a point, tells what a single comma means in the others.
        var commas = read.Exists(one => one.IsCount && one.Sure && one.Text.Contains(',', StringComparison.Ordinal));
        foreach (var (row, text, value, sure, isCount) in read)
        {
            if (isCount && (sure || commas))
            {
                _values[row.Number] = value * _choice.Factor;
                _counts = _counts.Cells == 0 ? (1, text, value) : _counts with { Cells = _counts.Cells + 1 };
            }
            else
            {
                _bad.Add((row, text, Why(text, isCount)));
            }
        }

        if (read.Exists(one => one.IsCount && char.IsAsciiLetter(one.Text.Trim()[^1])))
            RefuseBare(table, read.Select(one => one.Row.Number).ToHashSet());
    }

    // Where the others have a suffix, 0.82 is 0.82 of something.
    private void RefuseBare(CsvTable table, HashSet<int> odd)
    {
        var bare =
            _values.Where(one => !odd.Contains(one.Key) && Math.Abs(one.Value / _choice.Factor) is > 0 and < 1000)
            .Select(one => one.Key).ToList();
        foreach (var row in bare.Select(number => table.Rows[number - 1]))
        {
            _bad.Add((row, table.Text(row, _choice.Name)!, "others have a suffix such as M"));
            _values.Remove(row.Number);
        }
    }

    private static string? Why(string text, bool ambiguous)
    {
        if (ambiguous) return "a comma there may set thousands apart or decimals";
        return NumberParser.TryParsePlain(text.Replace(',', '.'), out _)
            ? "numbers have a decimal point, and no commas" : null;
    }

    private static string Short(string text) => text.Length <= 40 ? text : $"{text[..40]}...";
}
