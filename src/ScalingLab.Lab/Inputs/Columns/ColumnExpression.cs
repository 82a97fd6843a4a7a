using System.Globalization;
using ScalingLab.Lab.Formatting;
using ScalingLab.Runs;

namespace ScalingLab.Lab.Inputs.Columns;

/// <summary>A column, and what its numbers are multiplied by, as <c>--n "params_M*1e6"</c> says it.</summary>
public sealed record ColumnExpression(string Name, double Factor = 1)
{
    /// <summary>
    /// Reads COLUMN or COLUMN*FACTOR; null, and a problem, where the table has no such column or the factor is no
    /// positive number.</summary>
    public static ColumnExpression? Parse(string option, string text, CsvTable table, List<Problem> problems)
    {
        if (table.Has(text)) return new ColumnExpression(text);
        var star = text.LastIndexOf('*');
        var name = star < 0 ? "" : text[..star].Trim();
        if (name.Length == 0 || !table.Has(name))
        {
            problems.Add(new Problem(option, $"{table.File} has no column '{(name.Length == 0 ? text : name)}' "
                + $"({table.Columns})"));
            return null;
        }

        if (NumberParser.TryParsePlain(text[(star + 1)..], out var factor) && double.IsFinite(factor) && factor > 0)
            return new ColumnExpression(name, factor);
        problems.Add(new Problem(option, $"'{text}' multiplies by "
            + $"'{text[(star + 1)..].Trim()}', which is no positive number"));
        return null;
    }

    /// <summary>What to write for this column times a further factor.</summary>
    public string Times(double factor) =>
        string.Create(CultureInfo.InvariantCulture, $"{Name}*{Plain(Factor * factor)}");

    /// <summary>As the first line of a fit names it.</summary>
    public override string ToString() =>
        Factor == 1 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name} * {Plain(Factor)}");

    // 1e6 and 8.64e19, but 524288.
    private static string Plain(double x) =>
        x >= 1e3 && Math.Log10(x) % 1 is < 1e-9 or > 1 - 1e-9 ? x.ToString("0e0", CultureInfo.InvariantCulture)
        : x is >= 1e-3 and < 1e9 ? x.ToString("G9", CultureInfo.InvariantCulture)
        : x.ToString("0.######e0", CultureInfo.InvariantCulture);
}
