using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Observations;

/// <summary>What a file holds for the fits.</summary>
/// <param name="Observations">Final losses, one a run; each with its row, or in the file's order.</param>
public sealed record FitRows(IReadOnlyList<LossObservation> Observations)
{
    /// <summary>Rows of the same file that are no observations, and why.</summary>
    public IReadOnlyList<ExcludedRow> SetAside { get; init; } = [];

    /// <summary>What whoever read the file has to say of it; first among the document's warnings.</summary>
    public IReadOnlyList<FitWarning> Warnings { get; init; } = [];

    /// <summary>Points of training curves, many a run, for the envelope; empty where there are none.</summary>
    public IReadOnlyList<LossObservation> Curves { get; init; } = [];

    /// <summary>
    /// Observations for the data-constrained law, where it takes more than the others do: runs on other numbers of
    /// unique tokens. Null: the same.</summary>
    public IReadOnlyList<LossObservation>? DataConstrained { get; init; }
}
