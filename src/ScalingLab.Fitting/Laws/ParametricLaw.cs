using ScalingLab.Fitting.Numerics;

namespace ScalingLab.Fitting.Laws;

/// <summary>
/// L(N, D) = E + A/N^alpha + B/D^beta, nats/token (Hoffmann et al. 2022, "Training Compute-Optimal Large Language
/// Models", eq. 2 and 10).
/// </summary>
public sealed record ParametricLaw(double E, double A, double B, double Alpha, double Beta)
{
    private const int ClosedFormPasses = 4;

    /// <summary>What standard errors and intervals are told of.</summary>
    internal static IReadOnlyList<(string Name, Func<ParametricLaw, double> Value)> Quantities { get; } =
    [
        ("E", law => law.E), ("A", law => law.A), ("B", law => law.B), ("alpha", law => law.Alpha),
        ("beta", law => law.Beta), ("a", law => law.ParametersExponent), ("b", law => law.TokensExponent),
    ];

    /// <summary>a in N_opt proportional to C^a: beta / (alpha + beta).</summary>
    public double ParametersExponent => Beta / (Alpha + Beta);

    /// <summary>b in D_opt proportional to C^b: alpha / (alpha + beta).</summary>
    public double TokensExponent => Alpha / (Alpha + Beta);

    /// <summary>The law's loss, nats/token.</summary>
    public double Loss(double parameters, double tokens) =>
        E + (A * Math.Pow(parameters, -Alpha)) + (B * Math.Pow(tokens, -Beta));

    /// <summary>
    /// The compute-optimal model and data for C = 6ND: N_opt = G (C/6)^a, D_opt = (C/6)^b / G with
    /// G = (alpha A / (beta B))^(1/(alpha+beta)) (Hoffmann et al. 2022, eq. 4).
    /// </summary>
    public (double Parameters, double Tokens) Optimum(double flops)
    {
        var logG = (Math.Log(Alpha) + Math.Log(A) - Math.Log(Beta) - Math.Log(B)) / (Alpha + Beta);
        var logProduct = Math.Log(flops / 6);
        return (Math.Exp(logG + (ParametersExponent * logProduct)), Math.Exp((TokensExponent * logProduct) - logG));
    }

    /// <summary>
    /// The compute-optimal model and data where a model of N parameters costs <paramref name="flopsPerToken"/>(N) a
    /// token, in the unit of <paramref name="flops"/>, whatever that is (N to about 1e-8 relative). Not a number where
    /// the loss at that compute has no minimum over N, as where a larger model costs no more than a small one.
    /// </summary>
    public (double Parameters, double Tokens) Optimum(double flops, Func<double, double> flopsPerToken)
    {
        ArgumentNullException.ThrowIfNull(flopsPerToken);
        double LossAt(double logN)
        {
            var parameters = Math.Exp(logN);
            // E is left out: it moves no minimum and would cost digits.
            return (A * Math.Pow(parameters, -Alpha)) + (B * Math.Pow(flops / flopsPerToken(parameters), -Beta));
        }

        // In closed form if each model cost as much a parameter as one of the size found so far: exact at once where
        // the cost is k N, near for others.
        var near = Optimum(flops).Parameters;
        for (var pass = 0; pass < ClosedFormPasses; pass++)
            near = Optimum(6 * flops * near / flopsPerToken(near)).Parameters;
        if (GoldenSection.Minimize(LossAt, Math.Log(near)) is not { } place)
            return (double.NaN, double.NaN);
        var best = Math.Exp(place);
        return (best, flops / flopsPerToken(best));
    }
}
