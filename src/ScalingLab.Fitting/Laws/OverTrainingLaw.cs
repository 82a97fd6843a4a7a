namespace ScalingLab.Fitting.Laws;

/// <summary>
/// L = E + (a M^eta + b M^-eta) C^-eta with M = D/N tokens a parameter and C = 6ND, nats/token (Gadre et al. 2024,
/// "Language models scale reliably with over-training and on downstream tasks", arXiv 2403.08540): the Chinchilla law
/// with alpha = beta = 2 eta, written so that what over-training costs at a fixed C shows.
/// </summary>
/// <param name="E">Irreducible loss.</param>
/// <param name="A">Gadre et al.'s a, the size's term: too small a model.</param>
/// <param name="B">Gadre et al.'s b, the data's term: too few tokens.</param>
/// <param name="Eta">Exponent of C.</param>
public sealed record OverTrainingLaw(double E, double A, double B, double Eta)
{
    /// <summary>The ratio D/N of the lowest loss, the same at every C: (b/a)^(1/(2 eta)).</summary>
    public double OptimalTokensPerParameter => Math.Pow(B / A, 1 / (2 * Eta));

    /// <summary>The law's loss, nats/token.</summary>
    public double Loss(double parameters, double tokens)
    {
        var ratio = tokens / parameters;
        return E
            + (((A * Math.Pow(ratio, Eta)) + (B * Math.Pow(ratio, -Eta))) * Math.Pow(6 * parameters * tokens, -Eta));
    }

    /// <summary>The same law as Hoffmann et al. write it.</summary>
    public ParametricLaw Parametric => new(E, A * Math.Pow(6, -Eta), B * Math.Pow(6, -Eta), 2 * Eta, 2 * Eta);
}
