namespace ScalingLab.Fitting.Laws;

/// <summary>
/// Score = floor + (top - floor) / (1 + exp(slope (L - middle))): how a share of right answers goes with the loss
/// (Bhagia et al. 2024, "Establishing Task Scaling Laws via Compute-Efficient Model Ladders", arXiv 2412.04403, the
/// second of their two steps). Gadre et al. 2024 (arXiv 2403.08540) let the error fall off exponentially with the loss:
/// the same far above the middle.
/// </summary>
/// <param name="Floor">What guessing gets, 0 to 1.</param>
/// <param name="Top">What a model of no loss gets, above the floor and at most 1.</param>
/// <param name="Slope">Per nat/token, above 0.</param>
/// <param name="Middle">The loss of half the way, nats/token.</param>
public sealed record DownstreamLaw(double Floor, double Top, double Slope, double Middle)
{
    /// <summary>The share of right answers at a loss.</summary>
    public double Score(double loss) => Floor + ((Top - Floor) / (1 + Math.Exp(Slope * (loss - Middle))));
}
