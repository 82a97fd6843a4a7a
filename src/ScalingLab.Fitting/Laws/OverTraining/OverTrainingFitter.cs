using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Solvers;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Laws.OverTraining;

/// <summary>
/// Fits Gadre et al. 2024's law to final losses, with the options' cost and residuals, from many starts.
/// </summary>
public static class OverTrainingFitter
{
    private const int Unknowns = 4;

    // Below this share of the lowest loss, E is as good as none.
    private const double NegligibleShare = 1e-3;

    // Factors that M and C must range over for their effects to be told apart.
    private const double LeastRange = 1.3;

    /// <summary>
    /// Fits usable observations (<see cref="ObservationChecks.Check"/>), every row; C is 6ND whatever the rows count,
    /// as the law has it. Needs five different places (N, D), two sizes, two numbers of tokens, several budgets and
    /// several ratios D/N.
    /// </summary>
    public static OverTrainingFit Fit(IReadOnlyList<LossObservation> observations, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(observations);
        ArgumentNullException.ThrowIfNull(options);
        ParallelWork.Begin("over-training law", options);
        if (Refusal(observations) is { } refusal)
            return refusal;
        var terms = new OverTrainingTerms(observations);
        double[] losses = [.. observations.Select(one => one.Loss)];
        var problem = new TermsProblem(terms, losses, options.FittedResiduals, options.Delta, options.Stop);
        var fit = TermsFit.Fit(problem, terms.Starts());
        var warnings = new List<FitWarning>();
        var unidentified = Unidentified(fit, terms, warnings);
        if (!fit.Best.Converged)
            warnings.Add(new FitWarning("overtraining-not-converged", "The over-training law's minimiser stopped short "
                + "of an optimum."));
        if (unidentified.Count == 0)
            fit.Bootstrap("over-training law", 0x6AD8E, options, RunGroups.From(observations));
        var law = terms.Law(fit.Best.Theta);
        (string, Func<double[], double>)[] quantities =
        [
            ("E", theta => terms.Law(theta).E),
            ("coefficient_a", theta => terms.Law(theta).A),
            ("coefficient_b", theta => terms.Law(theta).B),
            ("eta", theta => theta[3]),
            ("optimal_tokens_per_parameter", theta => terms.Law(theta).OptimalTokensPerParameter),
        ];
        return fit.CompleteSummarized(new OverTrainingFit
        {
            Status = FitStatus.Unidentified,
            Points = observations.Count,
            Objective = options.Reported(fit.Best.Value, observations.Count),
            E = law.E,
            CoefficientA = law.A,
            CoefficientB = law.B,
            Eta = law.Eta,
            OptimalTokensPerParameter = Finite(law.OptimalTokensPerParameter),
            TokensPerParameterRange = Ratios(observations),
            Warnings = warnings,
        }, unidentified, quantities);
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static Interval Ratios(IReadOnlyList<LossObservation> observations) => new(
        observations.Min(one => one.Tokens / one.Parameters), observations.Max(one => one.Tokens / one.Parameters));

    private static OverTrainingFit? Refusal(IReadOnlyList<LossObservation> observations)
    {
        var places = observations.Select(one => (one.Parameters, one.Tokens)).Distinct().Count();
        if (places <= Unknowns)
        {
            return Refused(observations, FitStatus.TooFewPoints, [], Invariant(
                $"The over-training law has {Unknowns} parameters and needs {Unknowns + 1} different pairs of N and D; there are {places}."));
        }

        if (Range(observations, one => one.Parameters * one.Tokens) < LeastRange)
        {
            return Refused(observations, FitStatus.Unidentified, ["E", "coefficient_a", "coefficient_b", "eta"],
                "All runs spend one budget: how the loss falls with compute cannot be seen.");
        }

        if (Range(observations, one => one.Tokens / one.Parameters) < LeastRange)
        {
            return Refused(observations, FitStatus.Unidentified, ["coefficient_a", "coefficient_b"],
                "All runs have one ratio of tokens to parameters: what over-training costs cannot be seen.");
        }

        if (Range(observations, one => one.Parameters) < LeastRange)
        {
            return Refused(observations, FitStatus.Unidentified, ["E", "coefficient_a"],
                "All models have one size: its term cannot be told from the floor.");
        }

        return Range(observations, one => one.Tokens) < LeastRange
            ? Refused(observations, FitStatus.Unidentified, ["E", "coefficient_b"],
                "All runs have one number of tokens: its term cannot be told from the floor.")
            : null;
    }

    private static double Range(IReadOnlyList<LossObservation> observations, Func<LossObservation, double> value) =>
        observations.Max(value) / observations.Min(value);

    private static OverTrainingFit Refused(
        IReadOnlyList<LossObservation> observations, FitStatus status, IReadOnlyList<string> unidentified,
        string text) => new()
        {
            Status = status,
            Points = observations.Count,
            Unidentified = unidentified,
            Warnings =
                [new FitWarning(status == FitStatus.TooFewPoints ? "overtraining-too-few-points"
                    : "overtraining-unidentified", text)],
        };

    private static List<string> Unidentified(TermsFit fit, OverTrainingTerms terms, List<FitWarning> warnings)
    {
        var names = new List<string>();
        var negligible = Math.Log(NegligibleShare * terms.LowestLoss);
        if (fit.Best.Theta[0] <= negligible || !fit.Rejects(0, negligible))
        {
            names.Add("E");
            warnings.Add(new FitWarning("overtraining-unidentified-e",
                "The over-training law fits as well without an irreducible loss E (profile, 95 %)."));
        }

        foreach (var (name, index, plain)
            in new[] { ("coefficient_a", 1, false), ("coefficient_b", 2, false), ("eta", 3, true) })
        {
            if (fit.Profile(index, plain) is not { IsWide: true } range)
                continue;
            names.Add(name);
            warnings.Add(new FitWarning("overtraining-unidentified-" + name.Replace('_', '-'),
                $"The over-training law's {name} may be anything from {range} and fit as well (profile, 95 %)."));
        }

        return names;
    }
}
