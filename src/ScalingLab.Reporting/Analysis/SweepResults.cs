using ScalingLab.Fitting.Options;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Reporting.Analysis;

/// <summary>A sweep as the ledger has it, handed over to be written.</summary>
/// <param name="Name">The sweep's name.</param>
/// <param name="Question">What it asks, in the grid's words.</param>
/// <param name="GridJson">The grid as given.</param>
/// <param name="Runs">Its runs, in the grid's order, with their points.</param>
/// <param name="Data">The text it trained on.</param>
/// <param name="GridPath">The grid's file as a reader of the results would give it to `lab run`, relative to the
/// repository's root.</param>
public sealed record SweepResults(
    string Name, string? Question, string? GridJson, IReadOnlyList<RunRecord> Runs, DataSummary? Data = null,
    string? GridPath = null)
{
    /// <summary>The rule files that the grid names.</summary>
    public IReadOnlyList<RuleFileReference>? Rules { get; init; }

    /// <summary>Its results folder, relative to the repository's root; null where it is results/NAME.</summary>
    public string? ResultsPath { get; init; }

    /// <summary>Every attempt at its runs.</summary>
    public IReadOnlyList<AttemptRow> Attempts { get; init; } = [];

    /// <summary>What the runs were expected to take before any of them ran; null where nothing was known.</summary>
    public CostEstimate? Estimate { get; init; }
}

/// <summary>What a sweep was expected to take before any of its runs ran.</summary>
/// <param name="DeviceSeconds">The runs' wall times, by the devices of each, added up, seconds.</param>
/// <param name="Runs">How many runs.</param>
/// <param name="BasisRuns">Finished runs of other sweeps whose speed it rests on.</param>
public sealed record CostEstimate(double DeviceSeconds, int Runs, int BasisRuns);

/// <summary>How results are written.</summary>
public sealed record ReportOptions
{
    /// <summary>Whether figures are drawn at all.</summary>
    public bool Figures { get; init; } = true;

    /// <summary>
    /// Grams of CO2-equivalent a kilowatt-hour of the electricity used; without it CO2-equivalents stay missing.
    /// </summary>
    public double? CarbonGramsPerKilowattHour { get; init; }

    /// <summary>
    /// What computing costs; without it the price of the grid, and without that the report speaks of no money.
    /// </summary>
    public ComputePrice? Price { get; init; }

    /// <summary>
    /// Written into the report as its date; absent by default, so that the same runs give the same bytes.
    /// </summary>
    public DateTimeOffset? WrittenAt { get; init; }

    /// <summary>Seed of the fits' random starts and bootstrap.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Whether flagged runs are left out of the fits; they are fitted like the others unless asked.</summary>
    public bool ExcludeFlagged { get; init; }

    /// <summary>Bootstrap draws of the fits; 0 for none, and then there are no intervals.</summary>
    public int BootstrapDraws { get; init; } = 4000;

    /// <summary>Receives progress; null: none.</summary>
    public IProgress<FitProgress>? Progress { get; init; }

    /// <summary>How a report's fits are made.</summary>
    internal FitOptions Fits(CancellationToken stop) =>
        new() { Seed = Seed, Bootstrap = BootstrapDraws, Stop = stop, Progress = Progress };
}

/// <summary>What was written, and what it says.</summary>
/// <param name="Files">The files, relative to the folder, in the order written.</param>
/// <param name="Headline">The result in one sentence.</param>
/// <param name="Warnings">What a reader should know before believing the numbers.</param>
public sealed record ReportOutcome(IReadOnlyList<string> Files, string Headline, IReadOnlyList<string> Warnings)
{
    /// <summary>Completed runs that are flagged.</summary>
    public int Flagged { get; init; }
}
