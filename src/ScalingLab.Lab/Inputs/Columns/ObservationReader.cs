using ScalingLab.Fitting.Observations;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Lab.Inputs.Columns;

/// <summary>Rows of a table as observations, from the columns in use.</summary>
internal sealed class ObservationReader
{
    // Of runs.csv: what is wrong with a run, in words; empty for nothing.
    private const string Flags = "flags";

    // Of runs.csv: the model's name.
    private const string Model = "model";

    // runs.csv counts each model in every way that a paper does.
    private static readonly string[] OtherCounts =
        ["parameters_total", "parameters_non_embedding", "parameters_with_head", "flops"];

    private readonly CsvTable _table;
    private readonly ColumnMapping _used;
    private readonly IReadOnlyList<CsvRow> _rows;
    private readonly NumberColumn?[] _numbers;
    private readonly NumberColumn?[] _counts;
    private readonly IReadOnlyList<TaskColumns> _tasks;

    /// <param name="table">The table.</param>
    /// <param name="used">Its columns in use.</param>
    /// <param name="rows">The rows to read.</param>
    /// <param name="problems">Takes every column with fields that are no numbers.</param>
    public ObservationReader(CsvTable table, ColumnMapping used, IReadOnlyList<CsvRow> rows, List<Problem> problems)
    {
        (_table, _used, _rows) = (table, used, rows);
        _numbers = [.. new[] { used.Parameters, used.Tokens, used.Flops, used.Loss, used.Budget, used.Unique }
            .Select(choice => choice is null ? null
                : NumberColumn.Read(table, choice, rows, counts: choice != used.Loss))];
        _counts =
            [.. OtherCounts.Select(name => table.Has(name)
                ? NumberColumn.Read(table, new ColumnExpression(name), rows, counts: true) : null)];
        _tasks = TaskColumns.Find(table, rows);
        problems.AddRange(
            _numbers.Concat(_counts).Concat(_tasks.SelectMany(task => task.All))
                .Select(column => column?.Problem(table)).OfType<Problem>().Distinct());
    }

    /// <summary>How fields that are no plain numbers were read.</summary>
    public IReadOnlyList<string> Notes => [.. _numbers.Select(column => column?.Note).OfType<string>().Distinct()];

    /// <summary>The rows with all that a fit needs; the others are set aside with what they lack.</summary>
    public IReadOnlyList<LossObservation> Observations(List<ExcludedRow> setAside)
    {
        var observations = new List<LossObservation>();
        foreach (var row in _rows)
        {
            if (Observation(row, out var missing) is { } observation) observations.Add(observation);
            else setAside.Add(new ExcludedRow(row.Number, missing));
        }

        return observations;
    }

    private LossObservation? Observation(CsvRow row, out string missing)
    {
        var (size, tokens, flops, loss) =
            (_numbers[0]?.At(row), _numbers[1]?.At(row), _numbers[2]?.At(row), _numbers[3]?.At(row));
        List<string> without = [];
        if (size is null) without.Add(_used.Parameters.Name);
        if (loss is null) without.Add(_used.Loss.Name);
        if ((tokens ?? flops) is null)
            without.Add(string.Join(" or ", new[] { _used.Tokens?.Name, _used.Flops?.Name }.OfType<string>()));
        missing = $"no {string.Join(" and no ", without)}";
        if (without.Count > 0) return null;
        var (n, d) = (size!.Value, tokens ?? (flops!.Value / (6 * size.Value)));
        var last = _numbers[5]?.At(row);
        var unique = !_used.UniqueFromEpochs ? last : last is { } epochs ? d / Math.Max(epochs, 1) : null;
        return new LossObservation(
            n, d, flops ?? (6 * n * d), loss!.Value, _numbers[4]?.At(row), Text(row, Model), row.Number, unique,
            _used.Seed is null ? null : _table.Text(row, _used.Seed), Counts(row), FlagsOf(row))
        {
            Scores = _tasks.Select(task => task.At(row)).OfType<TaskObservation>().ToList() is { Count: > 0 } scores
                ? scores : null,
        };
    }

    // Another's column of that name may hold anything.
    private string? FlagsOf(CsvRow row) =>
        Text(row, Flags) is { } text && RunDefectNames.Parse(text) is not (null or RunDefects.None) ? text : null;

    private string? Text(CsvRow row, string column) => _table.Has(column) ? _table.Text(row, column) : null;

    private ModelCounts? Counts(CsvRow row)
    {
        var counts =
            new ModelCounts(_counts[0]?.At(row), _counts[1]?.At(row), _counts[2]?.At(row), _counts[3]?.At(row));
        return counts is { Total: null, NonEmbedding: null, WithHead: null } ? null : counts;
    }
}
