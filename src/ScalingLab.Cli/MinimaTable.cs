using ScalingLab.Fitting;
using ScalingLab.Runs;

namespace ScalingLab.Cli;

/// <summary>Columns of a table of minima, by name.</summary>
/// <param name="Parameters">N_opt.</param>
/// <param name="Flops">C; null: a column called flops.</param>
/// <param name="Tokens">D_opt; null: C / 6N.</param>
internal sealed record MinimaColumns(string Parameters, string? Flops, string? Tokens);

/// <summary>A table of compute-optimal models, one a row, read for fitting.</summary>
/// <param name="Minima">Rows with C and N_opt.</param>
/// <param name="SetAside">The rows that are no minima, and why.</param>
/// <param name="Used">What each quantity was taken from, in words.</param>
internal sealed record MinimaTable(IReadOnlyList<GivenMinimum> Minima, IReadOnlyList<ExcludedRow> SetAside, string Used)
{
    /// <summary>The rows that pass every condition, as minima.</summary>
    /// <exception cref="InputException">Columns, conditions or numbers that cannot be used: every problem.</exception>
    public static MinimaTable Of(CsvTable table, MinimaColumns columns, IReadOnlyList<string> conditions)
    {
        var problems = new List<Problem>();
        var flops = columns.Flops ?? "flops";
        Require("--n-opt", columns.Parameters);
        Require("--flops", flops);
        if (columns.Tokens is { } asked) Require("--d-opt", asked);
        List<RowFilter?> filters = [.. conditions.Select(c => RowFilter.Of(c, table, problems))];
        if (table.Rows.Count == 0) problems.Add(new Problem(table.File, "has a header, but no row below it"));
        if (problems.Count > 0) throw new InputException(problems);

        var (minima, setAside) = (new List<GivenMinimum>(), new List<ExcludedRow>());
        foreach (var row in table.Rows)
        {
            if (problems.Count >= CsvTable.MostProblems) break;
            if (filters.FirstOrDefault(f => !f!.Passes(table, row)) is { } filter)
            {
                setAside.Add(new ExcludedRow(row.Number, $"not {filter.Text}"));
                continue;
            }

            string[] needed = [flops, columns.Parameters, .. columns.Tokens is { } name ? (string[])[name] : []];
            double?[] values = [.. needed.Select(column => table.Number(row, column, problems))];
            string[] missing = [.. needed.Where((_, index) => values[index] is null)];
            if (missing.Length > 0) setAside.Add(new ExcludedRow(row.Number, $"no {string.Join(" and no ", missing)}"));
            else minima.Add(new GivenMinimum(values[0]!.Value, values[1]!.Value, values.Length > 2 ? values[2] : null, row.Number));
        }

        if (problems.Count > 0) throw new InputException(problems);
        if (minima.Count == 0)
        {
            throw new InputException([.. setAside.Take(CsvTable.MostProblems)
                .Select(e => new Problem($"{table.File} row {e.Row}", $"cannot be fitted: {e.Reason}"))]);
        }

        return new MinimaTable(minima, setAside, $"minima: C = {flops}, N_opt = {columns.Parameters}, D_opt = {columns.Tokens ?? "C / 6N_opt"}");

        void Require(string option, string column)
        {
            if (!table.Has(column)) problems.Add(new Problem(option, $"{table.File} has no column '{column}' ({table.Columns})"));
        }
    }
}
