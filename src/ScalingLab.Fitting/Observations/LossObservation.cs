namespace ScalingLab.Fitting.Observations;

/// <summary>
/// One trained model as a law sees it. The caller chooses the counting convention of N and C and keeps to it.
/// </summary>
/// <param name="Parameters">N, model parameters under the caller's counting convention.</param>
/// <param name="Tokens">D, training tokens.</param>
/// <param name="Flops">C, training FLOPs under the caller's counting convention (6ND or counted exactly).</param>
/// <param name="Loss">Final loss, nats/token.</param>
/// <param name="BudgetFlops">The compute budget that the run was planned for; null where the sweep had none.</param>
/// <param name="Label">A name to show beside the point; null for none.</param>
/// <param name="Row">The row (1 is the first) in the caller's file; null means its place in the list.</param>
/// <param name="UniqueTokens">U, the distinct training tokens; D beyond U repeats them. Null where nothing is said of
/// repetition.</param>
/// <param name="Seed">The replicate; rows that differ in nothing else tell the seeds' noise. Null where the file has
/// none.</param>
/// <param name="Counts">The same model and compute under other counting conventions; null where the file has one
/// convention only.</param>
/// <param name="Flags">What is known to be wrong with the run, in words such as "undertrained"; null: nothing. It is
/// fitted like the others.</param>
/// <param name="Run">The run that this is one point of several of; they err together. Null: a run of its own.</param>
/// <param name="Setting">In what else the run differs from others of its N and D, in the caller's words; runs of other
/// settings are no replicates.</param>
public sealed record LossObservation(
    double Parameters,
    double Tokens,
    double Flops,
    double Loss,
    double? BudgetFlops = null,
    string? Label = null,
    int? Row = null,
    double? UniqueTokens = null,
    string? Seed = null,
    ModelCounts? Counts = null,
    string? Flags = null,
    string? Run = null,
    string? Setting = null)
{
    /// <summary>What the run scored on tasks; null: it was asked none.</summary>
    public IReadOnlyList<TaskObservation>? Scores { get; init; }
}

/// <summary>
/// One model's size and training compute as different papers count them; null where the file does not say.
/// </summary>
/// <param name="Total">All parameters, embeddings included.</param>
/// <param name="NonEmbedding">Parameters without embeddings and head (Kaplan et al. 2020).</param>
/// <param name="WithHead">Parameters that take part in matrix products: blocks and head (Porian et al. 2024).</param>
/// <param name="ExactFlops">Training FLOPs with attention and head counted.</param>
public sealed record ModelCounts(double? Total, double? NonEmbedding, double? WithHead, double? ExactFlops);
