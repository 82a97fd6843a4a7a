using System.Text.Json.Serialization;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Diagnostics;

/// <summary>
/// Diagnostics of the parametric law: does it predict runs it has not seen, does it hang on single runs, on the losses
/// dropped or on delta, and is what it misses noise. Made by <see cref="DiagnosticChecks"/>.
/// </summary>
public sealed record FitDiagnostics
{
    /// <summary>Every budget left out in turn; null with fewer than three budgets.</summary>
    public CrossValidation? BudgetFolds { get; init; }

    /// <summary>Five folds drawn by the seed, replicates together; null with fewer than ten distinct (N, D).</summary>
    public CrossValidation? RandomFolds { get; init; }

    public required Leverage Leverage { get; init; }

    /// <summary>The fit with the highest 0, 1, 2 ... losses dropped.</summary>
    public IReadOnlyList<VariedFit> DropSweep { get; init; } = [];

    /// <summary>The fit by Huber's cost at other deltas, and by squares (delta null).</summary>
    public IReadOnlyList<VariedFit> DeltaSweep { get; init; } = [];

    /// <summary>Runs far outside the others' scatter.</summary>
    public IReadOnlyList<OutlierRun> Outliers { get; init; } = [];

    /// <summary>Model sizes whose runs all lie off: badly tuned, or another kind of model.</summary>
    public IReadOnlyList<OutlierSize> Rungs { get; init; } = [];

    /// <summary>Residuals against N, D and C.</summary>
    public IReadOnlyList<ResidualPattern> Patterns { get; init; } = [];

    /// <summary>In JSON they stand in the document's one list.</summary>
    [JsonIgnore]
    public IReadOnlyList<FitWarning> Warnings { get; init; } = [];
}

/// <summary>
/// Runs left out and predicted by the law fitted to the others. Errors are ln(predicted) - ln(observed), pooled over
/// the folds whose refit reached an optimum; null where none did.
/// </summary>
public sealed record CrossValidation(
    IReadOnlyList<Fold> Folds, int Points, double? Bias, double? MeanAbsoluteError, double? RootMeanSquareError);

/// <summary>
/// One fold. Flops is the budget left out, null for a random fold; Extrapolates says that all its compute lies beyond
/// what was seen.
/// </summary>
public sealed record Fold(
    double? Flops, bool Extrapolates, int Points, FitStatus Status, double? Bias, double? MeanAbsoluteError,
    double? WorstError, int? WorstRow);

/// <summary>What leaving out single runs does; Runs has the ten that move a most.</summary>
/// <param name="Flops">The largest budget, at which the advice is compared.</param>
/// <param name="LargestExponentChange">The run whose absence moves a most.</param>
/// <param name="LargestAdviceChange">The run whose absence moves N_opt at that budget most.</param>
/// <param name="Runs">In order of the size of their change of a.</param>
public sealed record Leverage(
    double Flops, RunLeverage LargestExponentChange, RunLeverage LargestAdviceChange, IReadOnlyList<RunLeverage> Runs);

/// <summary>Without this row a changes by ExponentChange and ln N_opt at the largest budget by AdviceChange.</summary>
public sealed record RunLeverage(int Row, double ExponentChange, double AdviceChange);

/// <summary>
/// The fit under another choice; numbers are null where nothing could be fitted. Parameters is N_opt at the largest
/// budget.
/// </summary>
public sealed record VariedFit
{
    /// <summary>Highest losses dropped.</summary>
    public int DropHighest { get; init; }

    /// <summary>Null for squares.</summary>
    public double? HuberDelta { get; init; }

    public required int Points { get; init; }

    public required FitStatus Status { get; init; }

    /// <summary>Sum of the costs.</summary>
    public double? Objective { get; init; }

    [JsonPropertyName("E")]
    public double? E { get; init; }

    [JsonPropertyName("A")]
    public double? A { get; init; }

    [JsonPropertyName("B")]
    public double? B { get; init; }

    public double? Alpha { get; init; }

    public double? Beta { get; init; }

    [JsonPropertyName("a")]
    public double? ParametersExponent { get; init; }

    public double? Parameters { get; init; }
}

/// <summary>A run off the law: Error is ln(predicted) - ln(observed), Z that over the robust scatter of all.</summary>
public sealed record OutlierRun(int Row, string? Label, double Error, double Z);

/// <summary>
/// A model size whose runs lie off: the median of their errors, and that over what such medians scatter by.
/// </summary>
public sealed record OutlierSize(double Parameters, int Runs, double MedianError, double Z, IReadOnlyList<int> Rows);

/// <summary>
/// Errors against one quantity. Trend is Spearman's rank correlation of the error with it, Bend that with the distance
/// from its middle; SignRuns how often in order of it the sign holds (few runs: the errors hang together). P-values are
/// two-sided for the correlations and for few runs only for the runs.
/// </summary>
/// <param name="Against">parameters, tokens or flops.</param>
public sealed record ResidualPattern(
    string Against, double Trend, double TrendP, double Bend, double BendP, int SignRuns, double ExpectedSignRuns,
    double SignRunsP);
