using ScalingLab.Fitting;
using ScalingLab.Fitting.Observations;
using ScalingLab.Lab.Inputs.Columns;
using ScalingLab.Runs;

namespace ScalingLab.Lab.Inputs;

/// <summary>Columns of a table of minima, by name.</summary>
/// <param name="Parameters">N_opt.</param>
/// <param name="Flops">C; null: a column called flops.</param>
/// <param name="Tokens">D_opt; null: C / 6N.</param>
public sealed record MinimaColumns(string Parameters, string? Flops, string? Tokens);

/// <summary>A table of compute-optimal models, one a row, read for fitting.</summary>
/// <param name="Minima">Rows with C and N_opt.</param>
/// <param name="SetAside">The rows that are no minima, and why.</param>
/// <param name="Used">What each quantity was taken from, and how odd numbers were read, in words.</param>
public sealed record MinimaTable(IReadOnlyList<GivenMinimum> Minima, IReadOnlyList<ExcludedRow> SetAside, string Used)
{
    /// <summary>The rows that pass every condition, as minima.</summary>
    /// <exception cref="InputException">Columns, conditions or numbers that cannot be used: every problem.</exception>
    public static MinimaTable From(CsvTable table, MinimaColumns asked, IReadOnlyList<string> conditions)
    {
        var problems = new List<Problem>();
        ColumnExpression?[] columns =
        [
            ColumnExpression.Parse("--flops", asked.Flops ?? "flops", table, problems),
            ColumnExpression.Parse("--n-opt", asked.Parameters, table, problems),
            .. asked.Tokens is { } tokens ? [ColumnExpression.Parse("--d-opt", tokens, table, problems)]
                : Array.Empty<ColumnExpression?>(),
        ];
        List<RowFilter?> filters = [.. conditions.Select(c => RowFilter.Parse(c, table, problems))];
        if (table.Rows.Count == 0) problems.Add(new Problem(table.File, "has a header, but no row below it"));
        if (problems.Count > 0) throw new InputException(problems);

        var setAside = new List<ExcludedRow>();
        var passed = RowFilter.Passing(table, filters, setAside);
        NumberColumn[] numbers = [.. columns.Select(column => NumberColumn.Read(table, column!, passed, counts: true))];
        problems.AddRange(numbers.Select(column => column.Problem(table)).OfType<Problem>().Distinct());
        if (problems.Count > 0) throw new InputException(problems);

        var minima = new List<GivenMinimum>();
        foreach (var row in passed)
        {
            string[] missing =
                [.. columns.Where((_, index) => numbers[index].At(row) is null).Select(column => column!.Name)];
            if (missing.Length > 0) setAside.Add(new ExcludedRow(row.Number, $"no {string.Join(" and no ", missing)}"));
            else minima.Add(
                new GivenMinimum(numbers[0].At(row)!.Value, numbers[1].At(row)!.Value,
                    numbers.ElementAtOrDefault(2)?.At(row), row.Number));
        }

        if (minima.Count == 0) throw table.NothingIn(setAside);
        var used =
            $"minima: C = {columns[0]}, N_opt = {columns[1]}, D_opt = "
                + $"{columns.ElementAtOrDefault(2)?.ToString() ?? "C / 6N_opt"}.";
        return new MinimaTable(minima, setAside,
            string.Join("\n", numbers.Select(column => column.Note).OfType<string>().Prepend(used)));
    }
}
