using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Solvers;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Laws.DataConstrained;

/// <summary>
/// Fits Muennighoff et al. 2023's law, with the options' cost and residuals, from many starts: all seven unknowns
/// together or, given the law of fresh data, R_D* and R_N* alone as they do.
/// </summary>
public static class DataConstrainedFitter
{
    // From here on a run counts as repeating its data, or as larger than its data asks for.
    private const double Repeats = 1.05;

    private static readonly double[] Decays = [1.5, 5, 15, 50];

    /// <summary>
    /// Fits usable observations (<see cref="ObservationChecks.Check"/>) that say their distinct tokens; the others are
    /// left out. Needs repetition, and a point more than unknowns.
    /// </summary>
    /// <param name="observations">Rows with <see cref="LossObservation.UniqueTokens"/>.</param>
    /// <param name="options">Cost, residuals, seed and bootstrap.</param>
    /// <param name="fresh">The law of data seen once, from elsewhere; null to fit it here.</param>
    public static DataConstrainedFit Fit(IReadOnlyList<LossObservation> observations, FitOptions options,
        ParametricLaw? fresh = null)
    {
        ArgumentNullException.ThrowIfNull(observations);
        ArgumentNullException.ThrowIfNull(options);
        ParallelWork.Begin("data-constrained law", options);
        LossObservation[] rows =
            [.. observations.Where(one => one.UniqueTokens is { } unique && double.IsFinite(unique) && unique > 0)];
        var counts = Counts(rows, fresh);
        if (Refusal(counts, fresh is null ? 7 : 2) is { } refusal)
            return refusal;
        var terms = new DataConstrainedTerms(rows, fresh);
        var starts = Starts(rows, options, fresh, terms, out var reason);
        if (starts.Count == 0)
            return Refused(counts, FitStatus.Unidentified, ["E", "A", "B", "alpha", "beta", "r_d_star", "r_n_star"],
                reason);
        double[] losses = [.. rows.Select(one => one.Loss)];
        var fit = TermsFit.Fit(
            new TermsProblem(terms, losses, options.FittedResiduals, options.Delta, options.Stop), starts);
        var law = terms.Law(fit.Best.Theta);
        counts = counts with { ExcessPoints = rows.Count(one => Excess(law, one) > Repeats) };
        var (unidentified, warnings) = DataConstrainedIdentifiability.Check(fit, terms, counts);
        // R_N* alone left open is no reason to say nothing of R_D*.
        if (unidentified.All(name => name == "r_n_star"))
            fit.Bootstrap("data-constrained law", 0xDA7A, options, RunGroups.From(rows));
        var quantities = Quantities(terms, fresh is not null).Where(one => !unidentified.Contains(one.Name)).ToList();
        return fit.CompleteSummarized(counts with
        {
            Objective = options.Reported(fit.Best.Value, rows.Length),
            E = law.Base.E,
            A = law.Base.A,
            B = law.Base.B,
            Alpha = law.Base.Alpha,
            Beta = law.Base.Beta,
            ParametersExponent = law.Base.ParametersExponent,
            TokensExponent = law.Base.TokensExponent,
            TokensDecay = unidentified.Contains("r_d_star") ? null : law.TokensDecay,
            ParametersDecay = unidentified.Contains("r_n_star") ? null : law.ParametersDecay,
            Draws = [.. fit.Draws.Select(terms.Law)],
            Best = law,
            Warnings = warnings,
        }, unidentified, quantities);
    }

    // What is known before anything is fitted.
    private static DataConstrainedFit Counts(LossObservation[] rows, ParametricLaw? fresh) => new()
    {
        Status = FitStatus.Unidentified,
        Points = rows.Length,
        RepeatedPoints = rows.Count(one => Epochs(one) > Repeats),
        MostEpochs = rows.Length == 0 ? null : rows.Max(Epochs),
        BaseGiven = fresh is not null,
    };

    private static double Epochs(LossObservation one) => one.Tokens / DataConstrainedTerms.Unique(one);

    private static double Excess(DataConstrainedLaw law, LossObservation one) =>
        one.Parameters / law.MatchedParameters(DataConstrainedTerms.Unique(one));

    // For a supposed R_D* the effective tokens are known, and the law is Hoffmann et al.'s: its fit starts the descent.
    private static List<double[]> Starts(
        LossObservation[] rows, FitOptions options, ParametricLaw? fresh, DataConstrainedTerms terms, out string reason)
    {
        var starts = new List<double[]>();
        reason = "";
        var plain =
            new FitOptions
            { Bootstrap = 0, Method = FitMethod.SquaredError, Residuals = options.Residuals, Seed = options.Seed };
        foreach (var tokens in Decays)
        {
            var law = fresh;
            if (law is null)
            {
                var effective = rows.Select(one => one with
                {
                    Tokens = DataConstrainedTerms.Unique(one) * (1 + Saturation.At(Epochs(one) - 1, tokens).Worth),
                    BudgetFlops = null,
                });
                var fit = ParametricFitter.Fit([.. effective], plain);
                law = fit.Law;
                reason = string.Join(" ", fit.Warnings.Select(warning => warning.Text));
            }

            if (law is not null)
                starts.AddRange(
                    Decays.Select(parameters => terms.Theta(new DataConstrainedLaw(law, tokens, parameters))));
        }

        return starts;
    }

    private static (string Name, Func<double[], double> Value)[] Quantities(DataConstrainedTerms terms, bool given)
    {
        (string, Func<double[], double>)[] decays =
            [("r_d_star", theta => Math.Exp(theta[5])), ("r_n_star", theta => Math.Exp(theta[6]))];
        return given ? decays :
        [
            .. ParametricLaw.Quantities.Select(one =>
                (one.Name, (Func<double[], double>)(theta => one.Value(terms.Law(theta).Base)))),
            .. decays,
        ];
    }

    private static DataConstrainedFit? Refusal(DataConstrainedFit counts, int unknowns)
    {
        if (counts.Points == 0)
        {
            return Refused(counts, FitStatus.TooFewPoints, ["r_d_star", "r_n_star"],
                "No row says how many distinct tokens it saw: name their column to fit the data-constrained law.");
        }

        if (counts.Points <= unknowns)
        {
            return Refused(counts, FitStatus.TooFewPoints, [], Invariant(
                $"The data-constrained law has {unknowns} unknowns and needs at least {unknowns + 1} rows with distinct tokens; ",
                $"there are {counts.Points}."));
        }

        return counts.RepeatedPoints == 0
            ? Refused(counts, FitStatus.Unidentified, ["r_d_star", "r_n_star"],
                "No run repeats its data, so what repetition is worth (R_D*) cannot be seen.")
            : null;
    }

    private static DataConstrainedFit Refused(
        DataConstrainedFit counts, FitStatus status, IReadOnlyList<string> unidentified, string text) => counts with
        {
            Status = status,
            Unidentified = unidentified,
            Warnings =
            [
                new FitWarning(status == FitStatus.TooFewPoints ? "data-constrained-too-few-points"
                    : "data-constrained-unidentified", text),
            ],
        };
}
