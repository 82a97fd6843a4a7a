using ScalingLab.Fitting.Observations;

namespace ScalingLab.Lab.Inputs.Columns;

/// <summary>
/// The columns that a table has of a task, named as runs.csv names them: acc_TASK or exact_match_TASK, documents_TASK
/// and, where one can guess, guess_TASK.
/// </summary>
internal sealed class TaskColumns
{
    private const string Documents = "documents_";
    private const string Guess = "guess_";

    private static readonly string[] Shares = ["acc", "exact_match"];

    private readonly string _task;
    private readonly string _metric;
    private readonly NumberColumn _share;
    private readonly NumberColumn _documents;
    private readonly NumberColumn? _guess;

    private TaskColumns(CsvTable table, IReadOnlyList<CsvRow> rows, string task, string metric)
    {
        (_task, _metric) = (task, metric);
        _share = NumberColumn.Read(table, new ColumnExpression($"{metric}_{task}"), rows, counts: false);
        _documents = NumberColumn.Read(table, new ColumnExpression($"{Documents}{task}"), rows, counts: true);
        _guess = table.Has($"{Guess}{task}")
            ? NumberColumn.Read(table, new ColumnExpression($"{Guess}{task}"), rows, counts: false) : null;
    }

    /// <summary>The columns.</summary>
    public IEnumerable<NumberColumn?> All => [_share, _documents, _guess];

    /// <summary>Those of every task that has a share of right answers.</summary>
    public static IReadOnlyList<TaskColumns> Find(CsvTable table, IReadOnlyList<CsvRow> rows) =>
    [
        .. from column in table.Header
           where column.StartsWith(Documents, StringComparison.Ordinal)
           let task = column[Documents.Length..]
           let metric = Shares.FirstOrDefault(share => table.Has($"{share}_{task}"))
           where metric is not null
           select new TaskColumns(table, rows, task, metric),
    ];

    /// <summary>Every column that a table has of tasks: all that end with a task's name.</summary>
    public static IReadOnlyList<string> NamesIn(CsvTable table)
    {
        List<string> endings =
        [
            .. table.Header.Where(c => c.StartsWith(Documents, StringComparison.Ordinal))
                .Select(c => c[(Documents.Length - 1)..]),
        ];
        return [.. table.Header.Where(c => endings.Exists(ending => c.EndsWith(ending, StringComparison.Ordinal)))];
    }

    /// <summary>What a row says; null where it has no score, or one that is no share.</summary>
    public TaskObservation? At(CsvRow row) =>
        _share.At(row) is { } share and >= 0 and <= 1 && _documents.At(row) is { } documents and >= 1
            ? new TaskObservation(_task, _metric, share, (int)documents, _guess?.At(row) ?? 0) : null;
}
