using System.Globalization;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Inputs.Columns;

namespace ScalingLab.Lab.Inputs.Checks;

/// <summary>Rows of runs that did not finish, by a column that says how each ended.</summary>
internal static class RunStateCheck
{
    private const int MostShown = 12;

    private static readonly HashSet<string> Finished = WordSet(
        "finished", "completed", "complete", "done", "success", "successful", "succeeded", "ok", "converged",
        "trained");

    private static readonly HashSet<string> Unfinished = WordSet(
        "crashed", "crash", "failed", "failure", "killed", "preempted", "running", "pending", "queued", "timeout",
        "timed out", "cancelled", "canceled",
        "aborted", "stopped", "error", "oom", "out of memory", "diverged", "quarantined", "incomplete", "unfinished",
        "interrupted", "nan");

    private static readonly HashSet<string> Yes = WordSet("true", "yes", "1", "y");
    private static readonly HashSet<string> No = WordSet("false", "no", "0", "n");

    private static readonly HashSet<string> Names = WordSet(
        "state", "status", "runstate", "runstatus", "jobstate", "jobstatus", "finalstate", "finalstatus", "exitstatus",
        "exitstate", "outcome");

    // What a program ends with: 0 is good.
    private static readonly HashSet<string> Codes =
        WordSet("exitcode", "returncode", "retcode", "exitstatus", "jobexitcode");

    /// <summary>
    /// The first column that tells of rows that did not finish, with the condition that leaves them out; null where
    /// none does.
    /// </summary>
    public static FitWarning? Warning(CsvTable table, ColumnMapping used, IReadOnlyList<LossObservation> rows)
    {
        foreach (var column in table.Header.Where(h => h.Length > 0 && !used.Names.Contains(h)))
        {
            var said = rows.Select(one => (Row: one.Row!.Value, Text: table.Text(table.RowOf(one), column)?.Trim()))
                .Where(one => one.Text is not null).ToList();
            var values = said.Select(one => one.Text!).Distinct().ToList();
            if (values.Count == 0 || Bad(column, values) is not { Count: > 0 } bad) continue;
            var ended = said.Where(one => bad.Contains(one.Text!)).ToList();
            var good = values.Except(bad).ToList();
            string[] conditions = good.Count == 1 && said.Count == rows.Count ? [$"{column}={good[0]}"]
                : [.. bad.Select(value => $"{column}!={value}")];
            var where =
                string.Join(" ", conditions.Select(condition => $"--where {ShellQuoting.QuoteForText(condition)}"));
            var places = string.Join(", ", ended.Take(MostShown).Select(one => one.Row))
                + (ended.Count > MostShown ? ", ..." : "");
            return new FitWarning("unfinished-runs",
                $"column {column}: {ended.Count} of {rows.Count} rows {(ended.Count == 1 ? "is" : "are")} of runs that "
                    + "did not finish "
                + $"({string.Join(", ", bad)}; {(ended.Count == 1 ? "row" : "rows")} {places}), fitted like the "
                    + $"others: {where} leaves them out.",
                [.. ended.Select(one => one.Row)]);
        }

        return null;
    }

    // The values that say that a run did not finish; null where the column says no such thing.
    private static List<string>? Bad(string column, List<string> values)
    {
        var name = string.Concat(column.Where(char.IsAsciiLetter)).ToLowerInvariant();
        if (Codes.Contains(name) && values.Contains("0")
            && values.All(value => int.TryParse(value, NumberStyles.AllowLeadingSign, null, out _)))
            return values.FindAll(value => value != "0");
        if (values.All(value => Yes.Contains(value) || No.Contains(value)))
            return Finished.Contains(name) ? values.FindAll(No.Contains) : Unfinished.Contains(name)
                ? values.FindAll(Yes.Contains) : null;
        if (values.All(value => Finished.Contains(value) || Unfinished.Contains(value)))
            return values.FindAll(Unfinished.Contains);
        return Names.Contains(name) && values.Exists(value => Finished.Contains(value) || Unfinished.Contains(value))
            ? values.FindAll(value => !Finished.Contains(value)) : null;
    }

    private static HashSet<string> WordSet(params string[] words) => new(words, StringComparer.OrdinalIgnoreCase);
}
