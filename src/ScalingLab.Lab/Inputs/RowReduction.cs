using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Outliers;
using ScalingLab.Lab.Inputs.Checks;
using ScalingLab.Lab.Inputs.Columns;
using ScalingLab.Runs;

namespace ScalingLab.Lab.Inputs;

/// <summary>
/// From the rows that can be read to the rows that are fitted: copies once, then what was asked for, then what is odd
/// about the rest.
/// </summary>
internal static class RowReduction
{
    // Of runs.csv, and then the file itself knows which rows are flagged.
    private const string Flags = "flags";

    /// <exception cref="Runs.InputException">The run column names no runs.</exception>
    public static FitTable Apply(
        CsvTable table, ColumnMapping used, IReadOnlyList<LossObservation> read, List<ExcludedRow> setAside,
        RowSelection choice)
    {
        var copies = DuplicateRows.Find(table, used, read);
        setAside.AddRange(copies.Select(copy => new ExcludedRow(copy.Row, "a copy of an earlier row")));
        IReadOnlyList<LossObservation> rows =
            [.. read.ExceptBy(copies.Select(copy => copy.Row), one => one.Row!.Value)];
        if (choice.ExcludeFlagged) rows = WithoutFlagged(table, rows, setAside);

        IReadOnlyList<LossObservation> points = [];
        if (choice.RunColumn is { } named)
        {
            points = RunColumns.Labelled(table, named, rows);
            rows = RunColumns.Last(table, named, rows, setAside);
        }

        if (choice.BestOver.Count > 0) rows = DifferingColumns.Best(table, choice.BestOver, rows, setAside);

        var found = choice.RunColumn is null ? RunColumns.Find(table, used, rows) : null;
        if (found is not null)
        {
            rows = [.. rows.Select(one => one with { Run = table.Text(table.RowOf(one), found.Name) })];
            points = RunColumns.Labelled(table, found.Name, rows);
        }

        // Points of one run are no settings of one N and D.
        var differing = found is null ? DifferingColumns.Find(table, used, rows) : null;
        if (differing is { Names.Count: > 0 })
            rows = [.. rows.Select(one => one with { Setting = DifferingColumns.Key(table, differing.Names, one) })];
        var usable = ObservationChecks.Check(rows).Usable;
        return new FitTable(rows, table.Rows.Count, setAside, used)
        {
            Points = points,
            Warnings =
            [
                .. OrEmpty(UnitCheck.Warning(used, usable)),
                .. OrEmpty(UniqueTokensCheck.Warning(used, usable)),
                .. OrEmpty(found?.Warning),
                .. OrEmpty(RunStateCheck.Warning(table, used, usable)),
                .. OrEmpty(differing?.Warning),
                .. OrEmpty(BudgetCheck.Warning(used, usable)),
                .. OrEmpty(DuplicateRows.Warning(copies, read.Count)),
            ],
        };
    }

    private static IEnumerable<FitWarning> OrEmpty(FitWarning? warning) => warning is null ? [] : [warning];

    private static IReadOnlyList<LossObservation> WithoutFlagged(CsvTable table, IReadOnlyList<LossObservation> rows,
        List<ExcludedRow> setAside)
    {
        List<ExcludedRow> flagged = table.Has(Flags)
            ? [.. rows.Where(one => one.Flags is not null)
                .Select(one => new ExcludedRow(one.Row!.Value, $"flagged {one.Flags}"))]
            : [.. NeighbourCheck.FindHighLosses(rows).Select(one => new ExcludedRow(one.Row, "far above what its "
                + "neighbours in N and D predict"))];
        setAside.AddRange(flagged);
        return [.. rows.ExceptBy(flagged.Select(one => one.Row), one => one.Row!.Value)];
    }
}
