using System.Text.Json;
using System.Text.Json.Serialization;
using ScalingLab.Lab.Planning;
using ScalingLab.Lab.Requests;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Recipes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Preparation;

/// <summary>
/// What a node needs of a sweep beside its runs, kept in the ledger as JSON: a node of another machine has neither the
/// grid's file nor the text.
/// </summary>
public sealed record SweepPreparation
{
    // What is not there is written as null, so that a word left out by mistake is seen; what a later version adds is
    // passed over.
    private static readonly JsonSerializerOptions Json = new(RunJson.Options)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    };

    /// <summary>Where the text was, for a node that has it at the same place but not prepared.</summary>
    public required GridData Data { get; init; }

    /// <summary>The text, tokenizer and split that the runs were named with.</summary>
    public required DataIdentity Identity { get; init; }

    /// <summary>How workers are to work.</summary>
    public required GridWorker Worker { get; init; }

    /// <summary>What the report tells of the text.</summary>
    public required DataSummary Summary { get; init; }

    /// <summary>What the sweep is a tune of, and how its laws are found; null: a sweep, which has a report.</summary>
    public TunePreparation? Tune { get; init; }

    /// <summary>Rule files that the grid names.</summary>
    public IReadOnlyList<RuleFileReference>? Rules { get; init; }

    /// <summary>What finished runs are scored on; null: nothing.</summary>
    public IReadOnlyList<RunTask>? Tasks { get; init; }

    /// <summary>What the runs were expected to take when none of them had run; null where nothing was known.</summary>
    public CostEstimate? Estimate { get; init; }

    /// <summary>
    /// Values that the command line gave in place of the grid file's: the sweep's grid has them already.
    /// </summary>
    public IReadOnlyList<string>? Words { get; init; }

    /// <summary>The machine on which it was queued: its folders are there for certain.</summary>
    public required string Machine { get; init; }

    public static SweepPreparation From(PreparedSweep prepared, GridRequest given) => new()
    {
        Data = prepared.Grid.Data,
        Identity = prepared.Identity,
        Worker = prepared.Grid.Worker,
        Summary = prepared.Summary(),
        Tune = prepared.Tune,
        Rules = prepared.Grid.RuleMarks is { Count: > 0 } rules ? rules : null,
        Tasks = prepared.Grid.Evaluate is { Count: > 0 } tasks ? tasks : null,
        Words = given.Overrides is { Count: > 0 } words ? words : null,
        Machine = Environment.MachineName,
    };

    /// <summary>Reads it back.</summary>
    /// <exception cref="InputException">The sweep has none, or one that this program does not understand.</exception>
    public static SweepPreparation Read(string sweep, SweepSettings? settings)
    {
        try
        {
            if (settings?.Preparation is { } text) return JsonSerializer.Deserialize<SweepPreparation>(text, Json)!;
        }
        catch (JsonException e)
        {
            throw new InputException(sweep, $"was queued by a program of another version "
                + $"({e.Message}): queue its grid again");
        }
        throw new InputException(sweep, "was queued by an earlier version, which did not tell nodes how its data are "
            + "prepared: queue its grid again");
    }

    /// <summary>
    /// The settings of a prepared sweep with what this machine knows of its grid in place of what the ledger had.
    /// </summary>
    public static SweepSettings ApplyTo(Ledger ledger, SweepSettings settings, PreparedSweep prepared,
        GridRequest given, string resultsFolder) => settings with
    {
        Grid = prepared.Grid.Json,
        GridFile = Path.GetFullPath(given.File),
        ResultsFolder = resultsFolder,
        Gpus = prepared.Grid.Worker.Gpus,
        Preparation = JsonSerializer.Serialize(
            From(prepared, given) with
            { Estimate = EstimateCost(prepared.Sweep, TimeBasis.Read(ledger), prepared.Grid.Worker.Gpus ?? 1)
                ?? FirstEstimate(settings, prepared.Sweep) }, Json),
    };

    private static CostEstimate? EstimateCost(Sweep sweep, TimeBasis basis, int gpus) =>
        TimeEstimate.For(sweep, basis, slots: gpus, gpus) is { RunsFinished: 0, DeviceTime: { } time } estimate
            ? new CostEstimate(time.TotalSeconds, sweep.Cells.Count, estimate.BasisRuns) : null;

    /// <summary>
    /// What was expected when the same sweep was queued first; an estimate after runs of its own would be none.
    /// </summary>
    private static CostEstimate? FirstEstimate(SweepSettings settings, Sweep sweep)
    {
        try
        {
            return settings.Preparation is { } text
                && JsonSerializer.Deserialize<SweepPreparation>(text, Json)?.Estimate is { } first
                && first.Runs == sweep.Cells.Count ? first : null;
        }
        catch (JsonException)
        {
            return null; // of another version
        }
    }
}
