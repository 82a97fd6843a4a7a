using System.Text.Json.Nodes;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Reporting.Analysis;

/// <summary>
/// A sweep as its files have it: what every fit, figure and page is made from, whether the runs come from the ledger or
/// from a results folder.
/// </summary>
/// <param name="Name">The sweep's name.</param>
/// <param name="About">Question, grid and data, as fit.json keeps them.</param>
/// <param name="Runs">The rows of runs.csv.</param>
/// <param name="Curves">The rows of curves.csv.</param>
/// <param name="Verdicts">Which of the runs have a defect; the rows have it as their flags.</param>
internal sealed record SweepTable(
    string Name, SweepMetadata About, IReadOnlyList<RunRow> Runs, IReadOnlyList<CurveRow> Curves,
    IReadOnlyList<RunVerdict> Verdicts)
{
    /// <summary>The rows of attempts.csv; none where there is none.</summary>
    public IReadOnlyList<AttemptRow> Attempts { get; init; } = [];

    /// <summary>
    /// Rows of runs.csv that name a run of another row. Each run counts once, by its first row with a loss.
    /// </summary>
    public int RepeatedRows { get; init; }

    /// <summary>What is said of them.</summary>
    public IEnumerable<string> RepeatedRowsText => RepeatedRows == 0 ? [] :
    [
        $"{RepeatedRows} of {RepeatedRows + Runs.Count} rows of runs.csv name a run that another row names: each run "
            + "is counted once, by its first row "
        + "with a loss.",
    ];

    public static SweepTable From(SweepResults results, ReportOptions options) => Judged(
        results.Name,
        new SweepMetadata(results.Question, results.GridPath, results.GridJson is null ? null
            : JsonNode.Parse(results.GridJson),
            results.Data)
        {
            Rules = results.Rules,
            Estimate = results.Estimate,
            ResultsPath = results.ResultsPath,
        },
        [.. results.Runs.Select(r => RunRow.From(results.Name, r, options.CarbonGramsPerKilowattHour))],
        [.. results.Runs.SelectMany(CurveRow.From)]) with
    {
        Attempts = results.Attempts,
    };

    /// <summary>
    /// Reads runs.csv, curves.csv and, where they are there, attempts.csv and what fit.json says about the sweep.
    /// </summary>
    /// <exception cref="InputException">A file is missing or damaged: every problem.</exception>
    public static SweepTable Read(string folder)
    {
        var rows = RunsCsv.Read(Path.Combine(folder, "runs.csv"));
        var runs = rows.GroupBy(r => r.RunId)
            .Select(run => run.FirstOrDefault(r => r.LossValidation is not null) ?? run.First()).ToList();
        var curves = CurvesCsv.Read(Path.Combine(folder, "curves.csv")).DistinctBy(r => (r.RunId, r.Step)).ToList();
        // A table without runs does not say whose it is.
        var name = rows.Count > 0 ? rows[0].Sweep
            : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return Judged(name, FitFile.ReadAbout(Path.Combine(folder, "fit.json")), runs, curves) with
        {
            RepeatedRows = rows.Count - runs.Count, Attempts = AttemptsCsv.Read(Path.Combine(folder, "attempts.csv")),
        };
    }

    // Flags are found anew from what was measured, whatever a file says of them.
    private static SweepTable Judged(string name, SweepMetadata about, IReadOnlyList<RunRow> runs,
        IReadOnlyList<CurveRow> curves)
    {
        var verdicts = RunVerdicts.Find(runs, curves);
        return new SweepTable(name, about, RunVerdicts.Flag(runs, verdicts), curves, verdicts);
    }
}

/// <summary>What a sweep is about, beyond its runs.</summary>
internal sealed record SweepMetadata(string? Question, string? GridPath, JsonNode? Grid, DataSummary? Data)
{
    /// <summary>
    /// The rule files that the grid names, each with its content's hash: the runs hold the numbers that came of them.
    /// </summary>
    public IReadOnlyList<RuleFileReference>? Rules { get; init; }

    /// <summary>What the runs were expected to take.</summary>
    public CostEstimate? Estimate { get; init; }

    /// <summary>The results folder that the runs were trained into, where it was not results/NAME.</summary>
    public string? ResultsPath { get; init; }
}
