using ScalingLab.Reporting.Formats;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tables;

/// <summary>
/// The columns of runs.csv that a task has: METRIC_TASK with METRIC_low_TASK and METRIC_high_TASK for each of its
/// numbers, what guessing gets, and what was asked. A task's name has no underscore, so that its columns are those that
/// end with it.
/// </summary>
internal static class ScoreColumns
{
    private const string Low = "_low";
    private const string High = "_high";
    private const string Guess = "guess";
    private const string Majority = "majority";
    private const string Documents = "documents";
    private const string Kind = "kind";
    private const string Key = "key";

    private static readonly string[] OfTask =
        [Guess, Guess + Low, Guess + High, Majority, Documents, Kind, Key];

    /// <summary>A task's columns, in order.</summary>
    /// <param name="task">Its name.</param>
    /// <param name="metrics">The numbers that any run has of it.</param>
    public static IReadOnlyList<string> For(string task, IReadOnlyList<string> metrics) =>
        [.. metrics.SelectMany(m => new[] { m, m + Low, m + High }).Concat(OfTask).Select(c => Column(c, task))];

    /// <summary>The columns of every task that rows have scores of.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<RunRow> rows) =>
        [.. rows.SelectMany(r => r.Scores).GroupBy(s => s.Name).OrderBy(g => g.Key, StringComparer.Ordinal)
            .SelectMany(g => For(g.Key, [.. g.SelectMany(s => s.Metrics).Select(m => m.Name).Distinct()]))];

    /// <summary>The columns of tasks that a file has.</summary>
    public static IReadOnlyList<string> In(IReadOnlyList<string> header) =>
        [.. Names(header).SelectMany(task => For(task, Metrics(task, header)))];

    /// <summary>What a row has in such a column; null where the column is none of its tasks'.</summary>
    public static string? Text(RunRow row, string column)
    {
        var at = column.LastIndexOf('_');
        if (at < 1 || row.Scores.FirstOrDefault(s => s.Name == column[(at + 1)..]) is not { } score) return null;
        var what = column[..at];
        var first = score.Metrics.FirstOrDefault(m => m.Guess is not null);
        return what switch
        {
            Guess => CsvFields.Text(first?.Guess),
            Guess + Low => CsvFields.Text(first?.GuessRange?.Low),
            Guess + High => CsvFields.Text(first?.GuessRange?.High),
            Majority => CsvFields.Text(first?.Majority),
            Documents => CsvFields.Text(score.Documents),
            Kind => score.Kind,
            Key => score.Key,
            _ => OfMetric(score, what),
        };
    }

    /// <summary>What a row says of each task.</summary>
    public static IReadOnlyList<TaskScore> Read(CsvFields fields)
    {
        List<TaskScore> scores =
        [
            .. Names(fields.Header).Where(task => fields.Optional(Column(Documents, task)) is not null)
                .Select(task => new TaskScore(
                    task, fields.Word(Column(Kind, task)), fields.Word(Column(Key, task)),
                    fields.Int(Column(Documents, task)), Metrics(fields, task))),
        ];
        if (scores.Count == 0) return []; // the one empty list, so that rows without scores are equal
        return scores;
    }

    private static List<Metric> Metrics(CsvFields fields, string task)
    {
        double? Number(string what) => fields.OptionalDouble(Column(what, task));
        Range95? Range(string what) => Number(what + Low) is { } low && Number(what + High) is { } high
            ? new Range95(low, high) : null;
        return
        [
            .. from name in Metrics(task, fields.Header)
               let value = Number(name)
               where value is not null
               let metric = new Metric(name, value.Value, Range(name))
               // Whoever chooses can guess, however choices are compared.
               select name.StartsWith("acc", StringComparison.Ordinal)
                   ? metric with { Guess = Number(Guess), GuessRange = Range(Guess), Majority = Number(Majority) }
                   : metric,
        ];
    }

    private static IEnumerable<string> Names(IReadOnlyList<string> header) => header
        .Where(c => c.StartsWith($"{Documents}_", StringComparison.Ordinal)).Select(c => c[(Documents.Length + 1)..])
        .Where(task => !task.Contains('_', StringComparison.Ordinal)
            && OfTask.All(what => header.Contains(Column(what, task))));

    private static IReadOnlyList<string> Metrics(string task, IReadOnlyList<string> header) =>
    [
        .. header.Where(c => c.EndsWith($"{Low}_{task}", StringComparison.Ordinal))
            .Select(c => c[..^(Low.Length + 1 + task.Length)])
            .Where(m => m != Guess && header.Contains(Column(m, task)) && header.Contains(Column(m + High, task))),
    ];

    private static string? OfMetric(TaskScore score, string what)
    {
        Metric? Named(string ending) => what.EndsWith(ending, StringComparison.Ordinal)
            ? score.Metrics.FirstOrDefault(m => m.Name == what[..^ending.Length]) : null;
        return Named(Low) is { } low ? CsvFields.Text(low.Range?.Low)
            : Named(High) is { } high ? CsvFields.Text(high.Range?.High)
            : Named("") is { } metric ? CsvFields.Text(metric.Value) : null;
    }

    private static string Column(string what, string task) => $"{what}_{task}";
}
