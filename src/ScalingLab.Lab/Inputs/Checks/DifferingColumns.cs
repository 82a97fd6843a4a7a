using System.Globalization;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Inputs.Columns;

namespace ScalingLab.Lab.Inputs.Checks;

/// <summary>The columns in which rows of one N and D differ, with what to say.</summary>
internal sealed record DifferingSettings(IReadOnlyList<string> Names, FitWarning Warning);

/// <summary>
/// Rows that share N and D (to 2 %, and their distinct tokens) and lie further apart in loss than seeds would, because
/// they were trained otherwise: at other learning rates, batch sizes, by other recipes.
/// </summary>
internal static class DifferingColumns
{
    // Seeds differ by 0.1 to 0.5 %, tiny models by up to 1 %.
    private const double BeyondSeeds = 0.01;
    private const double BeyondSeedsUnexplained = 0.02;

    // With a column behind it that explains most of it, less is told from chance.
    private const double BeyondSeedsExplained = 0.002;
    private const double MostlyExplained = 0.6;
    private const double PartlyExplained = 0.25;
    private const double SamePlace = 1.02;
    private const int MostNamed = 3;

    /// <summary>
    /// The settings that explain how rows of one N and D differ, with the warning; null where seeds would do.
    /// </summary>
    public static DifferingSettings? Find(CsvTable table, ColumnMapping used, IReadOnlyList<LossObservation> rows)
    {
        var cells = Cells([.. rows.Where(one => one.Loss > 0 && double.IsFinite(one.Loss))])
            .Where(cell => cell.Count > 1).ToList();
        if (cells.Count == 0) return null;
        var shares = new CellVariance(cells);
        var columns = table.Header.Where(h => h.Length > 0 && !used.Names.Contains(h) && !SettingNames.IsOther(h))
            .Select(h =>
                (Name: h,
                    Explained: shares.ExplainedBy(one => table.Text(table.RowOf(one), h), SettingNames.IsKnown(h))))
            .Where(column => column.Explained is not null).OrderByDescending(column => column.Explained).ToList();
        var telling = columns.Where(column => shares.Spread > BeyondSeeds
            ? column.Explained >= PartlyExplained || SettingNames.IsKnown(column.Name)
            : shares.Spread > BeyondSeedsExplained && column.Explained >= MostlyExplained && shares.Rows >= 10)
            .Select(column => column.Name);
        var names = Needed(table, cells, telling);
        if (names.Count == 0 && (shares.Spread < BeyondSeedsUnexplained || shares.Rows < 0.2 * rows.Count)) return null;

        var all = string.Join(", ", names);
        var apart = shares.Spread.ToString("P1", CultureInfo.InvariantCulture);
        var differ =
            $"{shares.Rows} of {rows.Count} rows share N and D with others and differ from them by {apart} in loss, "
                + "more than seeds would";
        var text = names.Count == 0
            ? $"{differ}, and no column tells why: a law through all of them is one of badly tuned runs too; keep one of each."
            : $"column{(names.Count > 1 ? "s" : "")} {all}: "
                + $"{differ}: a law through all of them is one of badly tuned runs too; "
                + string.Join(" ", names.Select(name => $"--best-over {ShellQuoting.QuoteForText(name)}"))
                + " keeps the best of each N and D, --where chooses a value.";
        return new DifferingSettings(names,
            new FitWarning("settings-mixed", text,
                [.. cells.SelectMany(cell => cell).Select(one => one.Row!.Value).Order()]));
    }

    // A column that parts no cell further than those before it says the same in other words.
    private static List<string> Needed(CsvTable table, List<List<LossObservation>> cells, IEnumerable<string> telling)
    {
        List<string> names = [];
        foreach (var name in telling)
        {
            List<string> with = [.. names, name];
            if (names.Count < MostNamed && (names.Count == 0 || Parts(with) > Parts(names))) names = with;
        }

        return names;

        int Parts(List<string> columns) =>
            cells.Sum(cell => cell.Select(one => Key(table, columns, one)).Distinct().Count());
    }

    /// <summary>
    /// Of the rows that share N and D, those of the best setting: the values of the columns with the lowest mean loss.
    /// Rows of that setting that differ in their seeds all stay; the others are set aside.
    /// </summary>
    public static IReadOnlyList<LossObservation> Best(
        CsvTable table, IReadOnlyList<string> columns, IReadOnlyList<LossObservation> rows, List<ExcludedRow> setAside)
    {
        var kept = new HashSet<int>();
        foreach (var cell in Cells(rows))
        {
            var best = cell.GroupBy(one => Key(table, columns, one)).MinBy(setting => setting.Average(Cost))!;
            kept.UnionWith(best.Select(one => one.Row!.Value));
        }

        var over = string.Join(" and ", columns);
        var others = rows.Select(one => one.Row!.Value).Where(row => !kept.Contains(row));
        setAside.AddRange(others.Select(row => new ExcludedRow(row, $"not the best of its N and D over {over}")));
        return [.. rows.Where(one => kept.Contains(one.Row!.Value))];

        // A run that diverged is the worst of all.
        static double Cost(LossObservation one) =>
            one.Loss > 0 && double.IsFinite(one.Loss) ? one.Loss : double.PositiveInfinity;
    }

    /// <summary>A row's values in the columns, as one text.</summary>
    public static string Key(CsvTable table, IReadOnlyList<string> columns, LossObservation one) =>
        string.Join('\u001F', columns.Select(column => table.Text(table.RowOf(one), column)));

    // Runs of one length may miss it by a step of their batch.
    private static IEnumerable<List<LossObservation>> Cells(IReadOnlyList<LossObservation> rows)
    {
        foreach (var size in rows.GroupBy(one => one.Parameters))
        {
            List<LossObservation> cell = [];
            foreach (var one in size.OrderBy(one => one.UniqueTokens ?? 0).ThenBy(one => one.Tokens))
            {
                if (cell.Count > 0
                    && !(Near(one.Tokens, cell[0].Tokens) && Near(one.UniqueTokens ?? 1, cell[0].UniqueTokens ?? 1)))
                {
                    yield return cell;
                    cell = [];
                }

                cell.Add(one);
            }

            yield return cell;
        }

        static bool Near(double one, double first) => one <= SamePlace * first && first <= SamePlace * one;
    }
}
