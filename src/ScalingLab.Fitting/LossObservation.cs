namespace ScalingLab.Fitting;

/// <summary>One trained model as a law sees it. The caller chooses the counting convention of N and C and keeps to it.</summary>
/// <param name="Parameters">N, model parameters under the caller's counting convention.</param>
/// <param name="Tokens">D, training tokens.</param>
/// <param name="Flops">C, training FLOPs under the caller's counting convention (6ND or counted exactly).</param>
/// <param name="Loss">Final loss, nats/token.</param>
/// <param name="BudgetFlops">The compute budget that the run was planned for; null where the sweep had none.</param>
/// <param name="Label">A name to show beside the point; null for none.</param>
/// <param name="Row">The row (1 is the first) in the caller's file; null means its place in the list.</param>
public sealed record LossObservation(
    double Parameters,
    double Tokens,
    double Flops,
    double Loss,
    double? BudgetFlops = null,
    string? Label = null,
    int? Row = null);
