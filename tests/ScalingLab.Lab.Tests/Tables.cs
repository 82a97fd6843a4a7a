using System.Globalization;
using System.Text;
using ScalingLab.Fitting.Laws;
using ScalingLab.Lab.Inputs.Columns;

namespace ScalingLab.Lab.Tests;

/// <summary>Tables of made-up runs by a known law, as files have them.</summary>
internal static class Tables
{
    public static readonly string[] Columns = ["--n", "size", "--flops", "compute", "--loss", "loss"];

    /// <summary>Hoffmann et al. 2022's law as printed.</summary>
    public static ParametricLaw Law { get; } = new(1.69, 406.4, 410.7, 0.34, 0.28);

    /// <summary>Noise-free rows: so many sizes round the optimum of each budget.</summary>
    public static IReadOnlyList<string[]> Rows(int sizes = 7, params double[] budgets)
    {
        var rows = new List<string[]>();
        foreach (var budget in budgets.Length > 0 ? budgets : [1e18, 1e19, 1e20, 1e21])
        {
            for (var i = 0; i < sizes; i++)
            {
                var n = Law.Optimum(budget).Parameters * Math.Exp((2.4 * i / (sizes - 1)) - 1.2);
                rows.Add([Text(n), Text(budget), Text(Law.Loss(n, budget / (6 * n)))]);
            }
        }

        return rows;
    }

    /// <summary>The same runs as numbers.</summary>
    public static IReadOnlyList<(double N, double D, double C, double Loss)> Runs() =>
        [.. Rows().Select(row => row.Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray())
            .Select(row => (row[0], row[1] / (6 * row[0]), row[1], row[2]))];

    /// <summary>A table t.csv in memory.</summary>
    public static CsvTable Table(string header, IEnumerable<string[]> rows) =>
        new("t.csv", header.Split(','), [.. rows.Select((fields, index) => new CsvRow(index + 1, index + 2, fields))]);

    /// <summary>The same of rows of numbers.</summary>
    public static CsvTable Table(string header, IEnumerable<double[]> rows) =>
        Table(header, rows.Select(row => row.Select(Text).ToArray()));

    public static string Csv(IEnumerable<string[]> rows, string header = "size,compute,loss", char separator = ',',
        string end = "\n")
    {
        var text = new StringBuilder().Append(header.Replace(',', separator)).Append(end);
        foreach (var row in rows) text.Append(string.Join(separator, row)).Append(end);
        return text.ToString();
    }

    /// <summary>The rows with one field changed; rows count from 1, as reports do.</summary>
    public static IReadOnlyList<string[]> With(this IReadOnlyList<string[]> rows, int row, int column, string value) =>
        [.. rows.Select((fields, index) => index == row - 1
            ? [.. fields.Select((field, at) => at == column ? value : field)] : fields)];

    public static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
