namespace ScalingLab.Runs.Outcomes;

/// <summary>
/// The true entropy of the tokens that a run was trained on, nats/token: the mean over the positions of a sequence of
/// the entropy of the token given all before it. No model of that context has a lower expected loss.
/// </summary>
/// <param name="Rate">The entropy, exact or estimated.</param>
/// <param name="Lower">Lower bound; where it is estimated that of its interval of 95 %, where it is exact the rate
/// itself.</param>
/// <param name="Upper">Upper bound, likewise.</param>
public sealed record KnownEntropy(double Rate, double Lower, double Upper)
{
    /// <summary>
    /// What the ideal predictor, which knows the source, scores on the very validation set, nats/token: it differs from
    /// the rate by the luck of the set.
    /// </summary>
    public double? LossIdeal { get; init; }
}
