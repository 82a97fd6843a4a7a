using ScalingLab.Fitting.Observations;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Figures.Performance;

/// <summary>A run as the figures of a fit draw it; what a table of runs does not have is null.</summary>
internal sealed record PlottedRun(
    int Row, string? Run, string? Model, string? Seed, double Parameters, double Tokens, double Loss,
    string? Flags = null);

/// <summary>The runs that a fit was made from, and what its axes are called.</summary>
/// <param name="Runs">One a fitted row.</param>
/// <param name="Size">The axis of N.</param>
/// <param name="SizeWords">Which N, in a caption.</param>
/// <param name="Loss">The axis of the loss.</param>
internal sealed record PlottedRuns(IReadOnlyList<PlottedRun> Runs, string Size, string SizeWords, string Loss)
{
    // More colours than this cannot be told apart, nor their legend read.
    private const int MostModels = 28;

    private readonly Dictionary<int, string> _flags = Runs.Where(r => r.Flags is not null).DistinctBy(r => r.Row)
        .ToDictionary(r => r.Row, r => r.Flags!);

    /// <summary>The runs of a sweep of ours.</summary>
    public static PlottedRuns From(VariantFit variant) => new(
        [.. variant.Runs.Select(r =>
            new PlottedRun(r.Row, r.Run.RunId, r.Run.Model, FormattableString.Invariant($"{r.Run.Seed}"),
            r.Run.ParametersWithHead, r.Run.Tokens, r.Run.LossValidation!.Value, r.Run.Flags == RunDefects.None ? null
            : RunDefectNames.Join(r.Run.Flags)))],
        "Parameters N, blocks and head", "model size N (blocks and head)", "Validation loss (nats/token)");

    /// <summary>The runs of anyone's table.</summary>
    public static PlottedRuns From(IReadOnlyList<LossObservation> observations) => new(
        [.. observations.Select((one, index) =>
            new PlottedRun(one.Row ?? index + 1, null, one.Label, one.Seed, one.Parameters, one.Tokens, one.Loss,
            one.Flags))],
        "Parameters N", "model size N", "Loss (nats/token)");

    /// <summary>What is wrong with the run of a row; null: nothing.</summary>
    public string? FlagsOf(int row) => _flags.GetValueOrDefault(row);

    /// <summary>The models by size; empty where they have no names, or too many.</summary>
    public IReadOnlyList<string> Models()
    {
        if (Runs.Any(r => r.Model is null)) return [];
        var models = Runs.OrderBy(r => r.Parameters).Select(r => r.Model!).Distinct().ToList();
        return models.Count > MostModels ? [] : models;
    }
}
