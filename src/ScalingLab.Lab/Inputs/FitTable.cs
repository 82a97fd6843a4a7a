using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Lab.Inputs.Checks;
using ScalingLab.Lab.Inputs.Columns;
using ScalingLab.Runs;

namespace ScalingLab.Lab.Inputs;

/// <summary>A table of runs, read for fitting.</summary>
/// <param name="Observations">Rows with all that a fit needs, each with its number.</param>
/// <param name="Rows">All rows.</param>
/// <param name="SetAside">The rows that are no observations, and why.</param>
/// <param name="Used">What each quantity was taken from.</param>
public sealed record FitTable(
    IReadOnlyList<LossObservation> Observations, int Rows, IReadOnlyList<ExcludedRow> SetAside, ColumnMapping Used)
{
    /// <summary>What a reader must know of the table before quoting a number.</summary>
    public IReadOnlyList<FitWarning> Warnings { get; init; } = [];

    /// <summary>How fields that are no plain numbers were read, a sentence a column.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>
    /// Where rows are points along runs: all of them, labelled with their runs, for the envelope; else empty.
    /// </summary>
    public IReadOnlyList<LossObservation> Points { get; init; } = [];

    /// <summary>What each quantity was taken from, and how odd numbers were read, in words.</summary>
    public string Source => string.Join("\n", Notes.Prepend($"{Used}."));

    /// <summary>Every row of a file, as observations.</summary>
    /// <exception cref="InputException">The file, its columns or its numbers cannot be used: every problem.</exception>
    public static FitTable Read(string file, FitColumns asked) => From(CsvTable.Read(file), asked, new RowSelection());

    /// <summary>
    /// The rows of <paramref name="table"/> that were asked for, as observations: copies once, each with what is odd
    /// about it.
    /// </summary>
    /// <exception cref="InputException">Columns, conditions or numbers that cannot be used: every problem.</exception>
    public static FitTable From(CsvTable table, FitColumns asked, RowSelection choice)
    {
        var problems = new List<Problem>();
        var used = ColumnMapping.Find(table, asked, problems);
        List<RowFilter?> filters = [.. choice.Where.Select(c => RowFilter.Parse(c, table, problems))];
        if (choice.RunColumn is { } run) Require("--run-column", run);
        foreach (var column in choice.BestOver) Require("--best-over", column);
        if (table.Rows.Count == 0) problems.Add(new Problem(table.File, "has a header, but no row below it"));
        if (problems.Count > 0) throw new InputException(problems);

        var setAside = new List<ExcludedRow>();
        var passed = RowFilter.Passing(table, filters, setAside);
        var reader = new ObservationReader(table, used!, passed, problems);
        if (problems.Count > 0) throw new InputException(problems);
        var observations = reader.Observations(setAside);
        RequireSome(table, observations, setAside);
        return RowReduction.Apply(table, used!, observations, setAside, choice) with { Notes = reader.Notes };

        void Require(string option, string column)
        {
            if (!table.Has(column))
                problems.Add(new Problem(option, $"{table.File} has no column '{column}' ({table.Columns})"));
        }
    }

    // Statuses say what few rows cannot hold; without any row that could be fitted the file is not what was meant.
    private static void RequireSome(CsvTable table, IReadOnlyList<LossObservation> observations,
        IReadOnlyList<ExcludedRow> setAside)
    {
        var check = ObservationChecks.Check(observations);
        if (check.Usable.Count > 0) return;
        throw table.NothingIn(check.Excluded.Concat(setAside));
    }
}
