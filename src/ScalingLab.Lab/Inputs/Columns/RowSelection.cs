using ScalingLab.Lab.Inputs.Checks;

namespace ScalingLab.Lab.Inputs.Columns;

/// <summary>
/// Columns that were asked for by name, each perhaps times a factor; null: the default where the file has it.
/// </summary>
public sealed record FitColumns(
    string? Parameters = null, string? Tokens = null, string? Flops = null, string? Loss = null, string? Budget = null,
    string? Seed = null,
    string? Unique = null)
{
    /// <summary>The columns of runs.csv.</summary>
    public static FitColumns Default { get; } =
        new("parameters_with_head", "tokens", "flops", "loss_validation", "budget_flops", "seed", "unique_tokens");
}

/// <summary>Which rows of a table are to be fitted; all of them unless asked otherwise.</summary>
public sealed record RowSelection
{
    /// <summary>Conditions that a row must pass (<see cref="RowFilter"/>).</summary>
    public IReadOnlyList<string> Where { get; init; } = [];

    /// <summary>
    /// Whether flagged rows are left out: those whose column "flags" is not empty, and in a table without it those far
    /// above what the other rows predict.</summary>
    public bool ExcludeFlagged { get; init; }

    /// <summary>
    /// The column whose values name runs, of each of which the last row stays; null: every row stays.
    /// </summary>
    public string? RunColumn { get; init; }

    /// <summary>The columns over which the best of each N and D stays.</summary>
    public IReadOnlyList<string> BestOver { get; init; } = [];
}
