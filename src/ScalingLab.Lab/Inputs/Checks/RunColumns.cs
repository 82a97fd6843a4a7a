using System.Text.RegularExpressions;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Inputs.Columns;
using ScalingLab.Runs;

namespace ScalingLab.Lab.Inputs.Checks;

/// <summary>A column whose values name runs that have several rows.</summary>
public sealed record RunColumn(string Name, FitWarning Warning);

/// <summary>
/// Tables whose rows are points along runs (checkpoints) rather than final losses. A column named like one of runs
/// tells it where its values repeat with other D at one N; any column does, the sizes too, where each value has many
/// rows evenly apart in D, as checkpoints are and the lengths of separate runs, which are chosen by factors, are not.
/// </summary>
internal static partial class RunColumns
{
    // Evenly spaced lengths of fewer rows may have been chosen.
    private const int LeastEvenRows = 6;

    /// <summary>The column that tells it, with what to say; null where rows are runs.</summary>
    public static RunColumn? Find(CsvTable table, ColumnMapping used, IReadOnlyList<LossObservation> rows)
    {
        var others = table.Header.Where(h => h.Length > 0 && !used.Names.Contains(h)).ToList();
        var named = others.Where(h => RunName().IsMatch(Letters(h))).ToList();
        foreach (var column in named)
        {
            var several = Several(Groups(table, column, rows));
            if (several.Count > 1 || several.Exists(run => run.Count > 2)) return Said(table, column, rows);
        }

        // A name may be the model's; where models of one size have several, it is the run's.
        foreach (var column in others.Where(h => Label().IsMatch(Letters(h))))
        {
            var several = Several(Groups(table, column, rows)).Where(run => run.Count > 2).ToList();
            if (several.GroupBy(run => run[0].Parameters).Any(size => size.Count() > 1))
                return Said(table, column, rows);
        }

        foreach (var column in others.Append(used.Parameters.Name))
        {
            var even = Several(Groups(table, column, rows)).Where(EvenlySpaced).Sum(run => run.Count);
            if (even > 0.5 * rows.Count) return Said(table, column, rows);
        }

        return null;
    }

    /// <summary>
    /// The rows labelled by the run that the column names, as points of curves; rows that name none are left out.
    /// </summary>
    public static IReadOnlyList<LossObservation> Labelled(CsvTable table, string column,
        IReadOnlyList<LossObservation> rows) =>
        [.. rows.Select(one => one with { Label = table.Text(table.RowOf(one), column) })
            .Where(one => one.Label is not null)];

    /// <summary>
    /// The row of each run with the most tokens; rows that name no run stay. The others are set aside.
    /// </summary>
    /// <exception cref="InputException">Values of the column stand at several N: they name no runs.</exception>
    public static IReadOnlyList<LossObservation> Last(
        CsvTable table, string column, IReadOnlyList<LossObservation> rows, List<ExcludedRow> setAside)
    {
        var runs = Groups(table, column, rows);
        if (runs.Find(run => run.Any(one => one.Parameters != run[0].Parameters)) is { } mixed)
        {
            var (value, sizes) =
                (table.Text(table.RowOf(mixed[0]), column), mixed.Select(one => one.Parameters).Distinct().Count());
            throw new InputException("--run-column", $"'{value}' in column {column} stands at "
                + $"{sizes} sizes: it names no run");
        }

        var last = runs.Select(run => run.MaxBy(one => (one.Tokens, one.Row))!.Row!.Value).ToHashSet();
        var earlier = runs.SelectMany(run => run).Select(one => one.Row!.Value).Where(row => !last.Contains(row))
            .ToHashSet();
        setAside.AddRange(earlier.Select(row => new ExcludedRow(row, "an earlier point of its run")));
        return [.. rows.Where(one => !earlier.Contains(one.Row!.Value))];
    }

    private static RunColumn Said(CsvTable table, string column, IReadOnlyList<LossObservation> rows)
    {
        var runs = Groups(table, column, rows);
        var several = Several(runs);
        return new RunColumn(column, new FitWarning("checkpoints-as-runs",
            $"column {column}: {several.Count} of its {runs.Count} values stand in several rows each "
                + $"({several.Sum(run => run.Count)} of {rows.Count} rows), "
            + $"at one N and growing D: the rows are checkpoints along {runs.Count} runs, not final losses, and "
                + "intervals are drawn by run. "
            + $"--run-column {ShellQuoting.QuoteForText(column)} keeps the last row of each run."));
    }

    private static List<List<LossObservation>> Groups(CsvTable table, string column,
        IReadOnlyList<LossObservation> rows) =>
    [
        .. rows.Select(one => (One: one, Value: table.Text(table.RowOf(one), column)))
            .Where(one => one.Value is not null)
            .GroupBy(one => one.Value, one => one.One).Select(run => run.ToList()),
    ];

    // Those with several rows, if nearly all of these stand at one N and other D each; else none.
    private static List<List<LossObservation>> Several(List<List<LossObservation>> groups)
    {
        var several = groups.Where(group => group.Count > 1).ToList();
        var along = several.Where(group =>
            group.All(one => one.Parameters == group[0].Parameters) && group.DistinctBy(one => one.Tokens)
            .Count() == group.Count).ToList();
        return along.Sum(group => group.Count) >= 0.9 * several.Sum(group => group.Count) ? along : [];
    }

    // The last step may be shorter.
    private static bool EvenlySpaced(List<LossObservation> run)
    {
        if (run.Count < LeastEvenRows) return false;
        var tokens = run.Select(one => one.Tokens).Order().ToList();
        var steps = tokens.Zip(tokens.Skip(1), (one, next) => next - one).SkipLast(1).ToList();
        return steps.Max() - steps.Min() <= 0.05 * steps.Average();
    }

    private static string Letters(string name) => string.Concat(name.Where(char.IsAsciiLetter)).ToLowerInvariant();

    [GeneratedRegex("^(.*run|.*runs|.*runid|.*runname|.*runuid|(model)?(exp|experiment|trial|job|training)(id|name)?|id|uid|uuid|wandbid|checkpointof)$")]
    private static partial Regex RunName();

    [GeneratedRegex("^(name|displayname|label|title|config|configname)$")]
    private static partial Regex Label();
}
